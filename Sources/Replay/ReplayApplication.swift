import Contracts
import Kafka
import Logging
import SQL
import Streams

/// What to compute again, and where.
public struct ReplayConfiguration: Sendable {
  /// How queries run; its application is the live one.
  public var streams: StreamsConfiguration
  /// Windows are compared that start in it, milliseconds since the epoch.
  public var windows: Range<Int64>
  /// The side application: group, transactional ids, and the beginning of each topic it makes.
  public var side: String
  /// Whether the side's topics and group stay for looking at.
  public var keeps: Bool

  public init(streams: StreamsConfiguration, windows: Range<Int64>, side: String, keeps: Bool = false) {
    self.streams = streams
    self.windows = windows
    self.side = side
    self.keeps = keeps
  }
}

/// Computes windows again from the log, beside the live application, and compares.
///
/// The queries run as they are, from the first record the log still has, under another application and into topics of their
/// own, so that nothing live is touched: no topic, no group, no registered schema. Blocks: give it a thread of its own.
public struct ReplayApplication {
  private let configuration: ReplayConfiguration
  private let plans: [QueryPlan]
  private let schemas: any SchemaStore
  private let topics: SideTopics

  public init(_ configuration: ReplayConfiguration, plans: [QueryPlan], schemas: any SchemaStore) throws(ReplayError) {
    self.configuration = configuration
    self.plans = plans
    self.schemas = schemas
    topics = SideTopics(plans, prefix: configuration.side)
    guard configuration.side != configuration.streams.application else {
      throw ReplayError("The side has the name of the live application", advice: "Give it another name")
    }
  }

  /// - Parameter onProgress: the records read again so far.
  public func run(stop: StopHandle = StopHandle(), onProgress: (Int64) -> Void = { _ in }) throws -> ReplayReport {
    defer { if !configuration.keeps { clearAway() } }
    try refuseLeftovers()
    var streams = configuration.streams
    streams.application = configuration.side
    streams.auditTopic = "\(configuration.side).audit"
    streams.untilEnd = true
    streams.final = true
    let side = try StreamsApplication(streams, plans: plans.map(topics.side), schemas: SideSchemas(schemas, topics))
    let progress = try side.run(stop: stop) { onProgress($0.consumed) }
    var report = ReplayReport()
    report.consumed = progress.consumed
    for plan in plans { try compare(plan, progress, &report) }
    return report
  }

  private func compare(_ plan: QueryPlan, _ progress: StreamsProgress, _ report: inout ReplayReport) throws {
    guard let aggregation = plan.aggregation, aggregation.emit == .final, let window = aggregation.window.time,
      case .time? = plan.keyWindow
    else {
      report.notes.append("\(plan.id) is not compared: it does not publish each window once")
      return
    }
    let reader = try WindowReader(configuration.streams.kafka, windows: configuration.windows)
    defer { reader.close() }
    let sides = (live: plan.sink.topic, replayed: topics.side(plan.sink.topic))
    let source = topics.side(plan.source.topic)
    // A partition that has come less far may still have records for a window that others have closed.
    let reached = progress.partitions.filter { $0.key.topic == source }.compactMap(\.value.streamTime).min() ?? .min
    let closed = reached == .min ? Int64.min : (reached - window.grace - window.size) / 1000 + 1
    let comparison = try WindowComparison(
      plan.sink.topic, live: reader.table(sides.live), replayed: reader.table(sides.replayed), closedBefore: closed)
    report.topics.append(comparison.topic)
    let shown = comparison.wrong.prefix(ReplayReport.limit)
    let asked = Set(shown.map(\.key))
    let (old, new) = (try reader.values(sides.live, asked), try reader.values(sides.replayed, asked))
    let differ = FieldComparison(schemas)
    for (key, kind) in shown {
      let fields = kind == .differs ? differ.fields(old[key] ?? [], new[key] ?? [], plan.sink.valueFormat) : []
      report.differences.append(
        .init(
          topic: plan.sink.topic, kind: kind, key: String(decoding: key.key, as: UTF8.self), windowStart: key.start,
          fields: fields))
    }
  }

  /// A side that was used before would go on where it was, and not from the beginning.
  private func refuseLeftovers() throws {
    let admin = try Admin(configuration.streams.kafka)
    defer { admin.close() }
    guard try !admin.topics().keys.contains(where: isOwn) else {
      throw ReplayError(
        "There are topics of a replay named \(configuration.side)",
        advice: "Delete them, or give this one another name with --side")
    }
  }

  private func isOwn(_ topic: String) -> Bool {
    topic.hasPrefix("\(configuration.side).") || topic.hasPrefix("\(configuration.side)-")
  }

  /// What cannot be removed is told of; the report is right all the same.
  private func clearAway() {
    do {
      let admin = try Admin(configuration.streams.kafka)
      defer { admin.close() }
      try admin.delete(topics: admin.topics().keys.filter(isOwn).sorted())
      try admin.delete(groups: [configuration.side])
    } catch {
      configuration.streams.logger.warning(
        "topics of the replay are left", metadata: ["side": "\(configuration.side)", "error": "\(error)"])
    }
  }
}
