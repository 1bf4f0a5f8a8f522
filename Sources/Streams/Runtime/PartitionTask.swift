import Columns
import Kafka
import SQL
import Windows

/// The work on one source partition: one decode and one source stage, shared by the engines of all queries over the topic.
///
/// Its memory runs ahead of what is committed by at most one transaction; after a failure it is thrown away and restored.
/// Belongs to its worker's thread.
final class PartitionTask {
  let partition: TopicPartition
  let changelog: TopicPartition
  let source: SourcePlan
  let decoder: any RecordDecoder
  let stage: SourceStage
  let queries: [TaskQuery]
  /// The next offset to process.
  var next: Int64
  /// The next offset as last committed.
  var committedNext: Int64
  /// Reading stops here (`untilEnd`).
  let target: Int64?
  /// Whether there is anything to commit.
  var isDirty = false
  /// Whether every open window is to be closed at the next commit.
  var closesAll = false
  /// Whether the target was reached and its last commit made.
  var isFinished = false
  /// When the last record came, or the task was made.
  var lastRecordAt = ContinuousClock.now
  var undecodable: Int64 = 0
  /// What the open transaction tells, to be shown once it is committed.
  var audited: [AuditRow] = []
  var sourceCounters = SourceCounters()
  /// Records of this batch that belong to this task: indexes into the batch read last.
  var pending: [Int32] = []

  init(
    _ partition: TopicPartition, plans: [QueryPlan], sinks: [String: SinkWriter], application: String,
    store: any SchemaStore, restored: RestoredState, next: Int64, target: Int64?
  ) throws {
    guard let source = plans.first?.source else {
      throw StreamsError(.fatal, "\(partition) is assigned, but no query reads it")
    }
    self.partition = partition
    self.source = source
    self.next = next
    self.target = target
    committedNext = next
    changelog = TopicPartition(
      TopicPlan.changelog(application: application, source: partition.topic), partition.partition)
    decoder = try SourceDecoder.make(source, store: store)
    let reach = plans.compactMap(\.aggregation).map(\.window.reach).max() ?? 0
    stage = try SourceStage(source: source, retention: max(source.deduplicateWithin, reach), partition: partition.partition)
    var queries: [TaskQuery] = []
    for plan in plans {
      guard let sink = sinks[plan.id] else { throw StreamsError(.fatal, "\(plan.id) has no sink") }
      queries.append(TaskQuery(engine: try QueryEngine(plan, stage: stage), sink: sink))
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
    for (key, value) in restored.entries {
      switch StateOwner.parse(key) {
      case .source(let key): try stage.restore(key: key, value: value)
      case .query(let id, let key):
        known.insert(id)
        try queries.first { $0.engine.plan.id == id }?.engine.restore(key: key, value: value)
      case .unknown:
        throw StreamsError(
          .inconsistent, "\(changelog) holds state of another version of this program",
          advice: "Run under a new application id to begin anew")
      }
    }
  }

  var openWindows: Int { queries.reduce(0) { $0 + $1.engine.openWindows } }

  /// Whether everything up to the target was processed.
  var hasReachedTarget: Bool { target.map { next >= $0 } ?? false }

  /// Takes the pending records of `batch`: decodes, stages, runs every query, and sends what no window takes.
  ///
  /// - Returns: the number of records taken.
  func process(_ batch: RecordBatch, with rejects: RejectWriter) throws -> Int {
    let indexes = pending
    guard let last = indexes.last else { return 0 }
    pending.removeAll(keepingCapacity: true)
    let records = batch.records
    let run = try decoder.decode(batch, at: indexes)
    isDirty = true
    lastRecordAt = .now
    for broken in run.undecodable {
      let origin = RejectWriter.Origin(topic: partition.topic, record: records[Int(broken.index)])
      try rejects.invalid(origin, reason: "undecodable", error: broken.error, query: nil, to: source.invalidTopic)
    }
    undecodable += Int64(run.undecodable.count)
    if run.batch.rowCount > 0 {
      let staged = try stage.process(
        run.batch, offsets: run.offsets, timestamps: run.timestamps, windows: run.windows)
      for row in staged.rejected where row.reason != .duplicate {
        try reject([run.records[row.row]], records, reason: row.reason.rawValue, query: nil, rejects)
      }
      for query in queries { try process(staged, run, records, query, rejects) }
    }
    next = records[Int(last)].offset + 1
    return indexes.count
  }

  private func process(
    _ staged: StagedBatch, _ run: DecodedRun, _ records: UnsafeBufferPointer<RecordView>, _ query: TaskQuery,
    _ rejects: RejectWriter
  ) throws {
    let result = try query.engine.process(staged)
    let id = query.engine.plan.id
    try reject(result.nullKeys.map { run.records[$0] }, records, reason: "null_key", query: id, rejects)
    try reject(result.failed.map { run.records[$0] }, records, reason: "overflow", query: id, rejects)
    var first = 0
    while first < result.late.count {
      let row = result.late[first].row
      let end = result.late[first...].firstIndex { $0.row != row } ?? result.late.count
      let origin = RejectWriter.Origin(topic: partition.topic, record: records[Int(run.records[row])])
      try rejects.late(origin, result.late[first..<end], query: id, to: query.engine.plan.sink.lateTopic)
      first = end
    }
    if let rows = result.projected, rows.rowCount > 0 {
      let timestamps =
        query.engine.plan.sink.timestampColumn == nil
        ? result.projectedRows.map { records[Int(run.records[Int($0)])].timestamp }
        : result.projectedTimes.map { $0 / 1000 }
      let windows = run.windows.map { windows in
        result.projectedRows.map { (windows.starts[Int($0)] / 1000, windows.ends[Int($0)] / 1000) }
      }
      query.emitted += try query.sink.send(
        rows, timestamps: timestamps, windows: windows, source: partition, with: rejects.producer)
    }
  }

  private func reject(
    _ indexes: [Int32], _ records: UnsafeBufferPointer<RecordView>, reason: String, query: String?,
    _ rejects: RejectWriter
  ) throws {
    for index in indexes {
      let origin = RejectWriter.Origin(topic: partition.topic, record: records[Int(index)])
      try rejects.invalid(origin, reason: reason, query: query, to: source.invalidTopic)
    }
  }
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
