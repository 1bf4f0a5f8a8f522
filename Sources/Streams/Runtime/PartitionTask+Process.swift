import Columns
import Kafka
import SQL
import Windows

extension PartitionTask {
  /// Takes the pending records of `batch`: decodes, stages, runs every query, and sends what no window takes.
  ///
  /// - Returns: the number of records taken.
  func process(_ batch: RecordBatch, with rejects: RejectWriter) throws -> Int {
    let indexes = pending
    guard let last = indexes.last else { return 0 }
    pending.removeAll(keepingCapacity: true)
    let records = batch.records
    isDirty = true
    lastRecordAt = .now
    for run in RecordRuns(records, indexes, areSplit: emptyDecoder != nil) {
      try process(batch, run.isWithoutValue ? emptyDecoder ?? decoder : decoder, run.indexes, rejects)
    }
    next = records[Int(last)].offset + 1
    return indexes.count
  }

  private func process(
    _ batch: RecordBatch, _ decoder: any RecordDecoder, _ indexes: [Int32], _ rejects: RejectWriter
  ) throws {
    let records = batch.records
    let run = try decoder.decode(batch, at: indexes)
    for broken in run.undecodable {
      let origin = RejectWriter.Origin.read(topic: partition.topic, records[Int(broken.index)])
      try rejects.invalid(origin, reason: "undecodable", error: broken.error, query: nil, to: source.invalidTopic)
    }
    undecodable += Int64(run.undecodable.count)
    if run.batch.rowCount > 0 {
      let read = ReadRun(run: run, records: records, topic: partition.topic)
      if let table { try apply(read, to: table, rejects) } else { try process(read, rejects) }
    }
  }

  private func process(_ read: ReadRun, _ rejects: RejectWriter) throws {
    let run = read.run
    let staged = try stage.process(
      run.batch, offsets: run.offsets, timestamps: run.timestamps, windows: run.windows,
      deletions: source.isTable || run.isDeletion.contains(true) ? run.isDeletion : nil)
    for row in staged.rejected where row.reason != .duplicate {
      try rejects.invalid(read.origin(row.row), reason: row.reason.rawValue, query: nil, to: source.invalidTopic)
    }
    for query in queries where query.engine.plan.rollUp == nil { try process(staged, read, query, rejects) }
  }

  private func apply(_ read: ReadRun, to table: MaterialisedTable, _ rejects: RejectWriter) throws {
    let refused = try table.apply(read.run.batch, isDeletion: read.run.isDeletion)
    for row in refused {
      try rejects.invalid(read.origin(row), reason: RejectReason.nullKey.rawValue, query: nil, to: source.invalidTopic)
    }
    tableCounts.nullKey += Int64(refused.count)
    tableCounts.applied += Int64(read.run.batch.rowCount - refused.count)
  }

  private func process(_ staged: StagedBatch, _ read: ReadRun, _ query: TaskQuery, _ rejects: RejectWriter) throws {
    let result = try query.engine.process(staged)
    let id = query.engine.plan.id
    for (rows, reason) in [(result.nullKeys, RejectReason.nullKey), (result.failed, .overflow)] {
      for row in rows {
        try rejects.invalid(read.origin(row), reason: reason.rawValue, query: id, to: source.invalidTopic)
      }
    }
    for row in result.withoutValue {
      try rejects.invalid(
        read.origin(row), reason: "undecodable", error: DecodedRun.withoutValue, query: id, to: source.invalidTopic)
    }
    var first = 0
    while first < result.late.count {
      let row = result.late[first].row
      let end = result.late[first...].firstIndex { $0.row != row } ?? result.late.count
      try rejects.late(read.origin(row), result.late[first..<end], query: id, to: query.engine.plan.sink.lateTopic)
      first = end
    }
    if result.projected != nil { try send(result, read, query, rejects) }
  }

  /// Sends the rows of a query without groups.
  private func send(_ result: ProcessResult, _ read: ReadRun, _ query: TaskQuery, _ rejects: RejectWriter) throws {
    guard let rows = result.projected, rows.rowCount > 0 else { return }
    if query.sink.binding.isInner {
      let origins = result.projectedRows.map { read.copiedOrigin(Int($0)) }
      query.emitted += try query.sink.forward(rows, times: result.projectedTimes, origins: origins, with: rejects)
      return
    }
    let timestamps =
      query.engine.plan.sink.timestampColumn == nil
      ? result.projectedRows.map { read.timestamp(Int($0)) } : result.projectedTimes.map { $0 / 1000 }
    let windows = read.run.windows.map { windows in
      result.projectedRows.map { (windows.starts[Int($0)] / 1000, windows.ends[Int($0)] / 1000) }
    }
    query.emitted += try query.sink.send(
      rows, timestamps: timestamps, windows: windows, deletions: result.projectedDeletions, source: partition,
      with: rejects.producer)
  }
}

/// Records cut into runs of such with a value and such without, in order.
private struct RecordRuns: Sequence, IteratorProtocol {
  private let records: UnsafeBufferPointer<RecordView>
  private let areSplit: Bool
  private var rest: ArraySlice<Int32>

  init(_ records: UnsafeBufferPointer<RecordView>, _ indexes: [Int32], areSplit: Bool) {
    (self.records, self.areSplit, rest) = (records, areSplit, indexes[...])
  }

  mutating func next() -> (indexes: [Int32], isWithoutValue: Bool)? {
    guard let first = rest.first else { return nil }
    guard areSplit else {
      defer { rest = [] }
      return (Array(rest), false)
    }
    let isWithoutValue = records[Int(first)].value == nil
    let end = rest.firstIndex { (records[Int($0)].value == nil) != isWithoutValue } ?? rest.endIndex
    defer { rest = rest[end...] }
    return (Array(rest[..<end]), isWithoutValue)
  }
}

/// Decoded records, and where each row comes from.
private struct ReadRun {
  var run: DecodedRun
  var records: UnsafeBufferPointer<RecordView>
  var topic: String

  private func record(_ row: Int) -> RecordView { records[Int(run.records[row])] }

  func origin(_ row: Int) -> RejectWriter.Origin {
    run.origins.isEmpty ? .read(topic: topic, record(row)) : .forwarded(run.origins[row])
  }

  /// Milliseconds; negative where the record has none.
  func timestamp(_ row: Int) -> Int64 { run.origins.isEmpty ? record(row).timestamp : run.origins[row].timestamp }

  func copiedOrigin(_ row: Int) -> InnerRecord.Origin {
    if !run.origins.isEmpty { return run.origins[row] }
    let record = record(row)
    return InnerRecord.Origin(
      topic: topic, partition: record.partition, offset: record.offset, timestamp: record.timestamp,
      key: record.key.map { [UInt8]($0) }, value: record.value.map { [UInt8]($0) })
  }
}
