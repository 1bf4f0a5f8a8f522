import Columns
import Kafka
import SQL
import Windows

/// The work on one source partition: one decode and one source stage, shared by the engines of all queries over the topic; of the
/// topic of a joined table, its rows.
///
/// Its memory runs ahead of what is committed by at most one transaction; after a failure it is thrown away and restored.
/// Belongs to its worker's thread.
final class PartitionTask {
  let partition: TopicPartition
  let changelog: TopicPartition
  let source: SourcePlan
  let decoder: any RecordDecoder
  /// Reads records without a value, where a query passes them on; otherwise they are broken.
  let emptyDecoder: RowDecoder?
  let stage: SourceStage
  let queries: [TaskQuery]
  /// The rows, where the topic is that of a table.
  let table: MaterialisedTable?
  /// The next offset to process.
  var next: Int64
  /// The next offset as last committed.
  var committedNext: Int64
  /// What other instances can know of this partition.
  var told: CommittedOffset?
  /// Reading stops here (`untilEnd`); nil for never, or where that is not known yet.
  var target: Int64?
  /// Records wait until the joined tables have been read up to here.
  var awaited: [TopicPartition: Int64] = [:] {
    didSet { isHeld = !awaited.isEmpty }
  }
  /// Whether records are left alone until tables have been read. Asked for every record.
  private(set) var isHeld = false
  /// Whether there is anything to commit.
  var isDirty = false
  /// Whether every open window is to be closed at the next commit.
  var closesAll = false
  /// Whether the target was reached and its last commit made.
  var isFinished = false
  /// When the last record came, or the task was made.
  var lastRecordAt = ContinuousClock.now
  var undecodable: Int64 = 0
  /// Records of a table since the last commit: those that count, and those without a key.
  var tableCounts: (applied: Int64, nullKey: Int64) = (0, 0)
  /// What the open transaction tells, to be shown once it is committed.
  var audited: [AuditRow] = []
  var sourceCounters = SourceCounters()
  /// Records of this batch that belong to this task: indexes into the batch read last.
  var pending: [Int32] = []

  /// - Parameters:
  ///   - tables: the rows of joined tables in the partition of this number, by topic.
  ///   - next: where reading goes on.
  init(
    _ partition: TopicPartition, _ context: RunContext, sinks: [String: SinkWriter], tables: [String: MaterialisedTable],
    restored: RestoredState, next: Int64
  ) throws {
    let (topic, topology) = (partition.topic, context.topology)
    let plans = topology.plans.filter { $0.source.topic == topic }
    let joined = topology.tables[topic]
    guard let source = plans.first?.source ?? joined else {
      throw StreamsError(.fatal, "\(partition) is assigned, but no query reads it")
    }
    self.partition = partition
    self.source = source
    self.next = next
    target = context.bounds?.target(partition)
    committedNext = next
    changelog = TopicPartition(
      TopicPlan.changelog(application: context.configuration.application, source: topic), partition.partition)
    decoder = try SourceDecoder.make(source, isInner: topology.inner.contains(topic), store: context.store)
    let passesOn =
      joined == nil && !topology.inner.contains(topic) && !source.isTable
      && plans.contains { $0.aggregation == nil && $0.join == nil && !topology.inner.contains($0.sink.topic) }
    emptyDecoder = try passesOn ? RowDecoder(source, store: context.store, takesRecordsWithoutValue: true) : nil
    table = try joined.map { source throws(WindowsError) in try MaterialisedTable(source) }
    // Of a table no record is staged; neither is its time looked at.
    var staged = source
    if joined != nil { (staged.timestampColumn, staged.timestampFormat) = (nil, nil) }
    stage = try SourceStage(source: staged, retention: topology.retention[topic] ?? 0, partition: partition.partition)
    var queries: [TaskQuery] = []
    for plan in plans {
      guard let sink = sinks[plan.id] else { throw StreamsError(.fatal, "\(plan.id) has no sink") }
      let base = queries.first { $0.engine.plan.id == plan.rollUp?.query }
      let engine = try QueryEngine(
        plan, stage: stage, base: base?.engine, table: plan.join.flatMap { tables[$0.table.topic] },
        forwards: topology.inner.contains(plan.sink.topic))
      queries.append(TaskQuery(engine: engine, sink: sink))
    }
    self.queries = queries
    try restore(restored)
  }

  /// Queries that are new to an application in use: they begin here, without the past.
  private(set) var newQueries: [String] = []

  /// Entries of queries that the application no longer has are left alone.
  private func restore(_ restored: RestoredState) throws {
    var known: Set<String> = []
    defer {
      if restored.position != nil { newQueries = queries.map(\.engine.plan.id).filter { !known.contains($0) } }
    }
    // Queries that merge the windows of others are restored after those.
    var entries: [String: [(key: [UInt8], value: [UInt8])]] = [:]
    for (key, value) in restored.entries {
      switch StateOwner.parse(key) {
      case .source(let key): try stage.restore(key: key, value: value)
      case .table(let key): try table?.restore(key: key, value: value)
      case .query(let id, let key):
        known.insert(id)
        entries[id, default: []].append((key, value))
      case .unknown:
        throw StreamsError(
          .inconsistent, "\(changelog) holds state of another version of this program",
          advice: "Run under a new application id to begin anew")
      }
    }
    for query in queries {
      for entry in entries[query.engine.plan.id] ?? [] { try query.engine.restore(key: entry.key, value: entry.value) }
    }
  }

  var openWindows: Int { queries.reduce(0) { $0 + $1.engine.openWindows } }

  /// Whether everything up to the target was processed.
  var hasReachedTarget: Bool { target.map { next >= $0 } ?? false }
}

/// One query over one partition.
final class TaskQuery {
  let engine: QueryEngine
  let sink: SinkWriter
  /// Rows sent since the last commit.
  var emitted: Int64 = 0

  init(engine: QueryEngine, sink: SinkWriter) {
    self.engine = engine
    self.sink = sink
  }
}
