import Contracts
import CrashPoints
import Foundation
import Kafka
import Logging
import SQL

extension StreamsApplication {
  struct Prepared: Sendable {
    var run: RunContext
    /// How many workers have ended.
    var ended: Monitor<Int>
  }

  /// Settles everything that must be right before the first record is read: schemas, topics, bounds.
  func prepare(_ stop: StopHandle, asked: StopHandle) throws -> Prepared {
    let audit = try registerAudit()
    var sinks: [SinkBinding] = []
    for plan in topology.plans {
      let isInner = topology.inner.contains(plan.sink.topic)
      sinks.append(try SinkBinding.resolve(plan, configuration, isInner: isInner, store: store))
    }
    let topics = try prepareTopics(asked)
    for index in sinks.indices { sinks[index].partitions = topics[sinks[index].plan.sink.topic] ?? 1 }
    let context = RunContext(
      configuration: configuration, store: store, topology: topology, sinks: sinks, auditSchemaID: audit,
      bounds: configuration.untilEnd ? try bounds(topics) : nil, board: ProgressBoard(), stop: stop,
      interceptor: interceptor)
    return Prepared(run: context, ended: Monitor(0))
  }

  private func registerAudit() throws -> Int32 {
    let subject = "\(configuration.auditTopic)-value"
    let own = try AvroSchema(json: AuditRow.schemaJSON)
    // The contract's file says the same with documentation; where it is known, it is what gets registered.
    if let latest = try store.latest(subject: subject), latest.schema.canonicalForm == own.canonicalForm { return latest.id }
    if let contracts = configuration.contractsDirectory, let file = try SinkSchema.newestFile(subject, in: contracts),
      file.canonicalForm == own.canonicalForm
    {
      return try store.register(file, subject: subject)
    }
    return try store.register(own, subject: subject)
  }

  /// Creates what is missing and returns the partitions of every topic.
  private func prepareTopics(_ stop: StopHandle) throws -> [String: Int] {
    let admin = try Admin(configuration.kafka, timeout: configuration.callTimeout)
    defer { admin.close() }
    let plan = TopicPlan(topology, configuration)
    var existing = try admin.topics()
    try admin.create(plan.missingSources(existing))
    existing = try awaitSources(plan, admin, stop)
    CrashPoint.hit("prepare.topics")
    if let objection = plan.objection(toJoins: existing) { throw objection }
    try admin.create(plan.missing(existing))
    CrashPoint.hit("prepare.topics", .after)
    existing = try admin.topics()
    if let objection = plan.objection(toJoins: existing) { throw objection }
    if let objection = plan.objection(existing) { throw objection }
    return existing
  }

  /// The topics there are, once every source is among them. An endless run waits for whoever creates them.
  private func awaitSources(_ plan: TopicPlan, _ admin: Admin, _ stop: StopHandle) throws -> [String: Int] {
    var hasSaidSo = false
    while true {
      let existing = try admin.topics()
      guard let missing = plan.sources.first(where: { existing[$0] == nil }) else { return existing }
      guard !configuration.untilEnd, !stop.isStopped else {
        throw StreamsError(
          .unavailable, "The source topic \(missing) does not exist",
          advice: "Create it, or set PARTITIONS in its CREATE STREAM so that it is created")
      }
      if !hasSaidSo { configuration.logger.notice("waiting for a source topic", metadata: ["topic": "\(missing)"]) }
      hasSaidSo = true
      Blocking.pause(milliseconds: 250)
    }
  }

  /// Where reading stops: transactions included that were committed before but whose markers are still to come.
  private func bounds(_ topics: [String: Int]) throws -> Bounds {
    let waves = topology.waves.map { wave in
      wave.flatMap { topic in (0..<Int32(topics[topic] ?? 0)).map { TopicPartition(topic, $0) } }
    }
    let (kafka, timeout) = (configuration.kafka, configuration.callTimeout)
    return try Bounds(waves: waves) { partitions in
      partitions.isEmpty ? [:] : try Consumer.highWatermarks(of: partitions, kafka, timeout: timeout)
    }
  }
}
