import Columns
import SQL
import Values

/// The first stage of a partition, shared by all its queries: event time, guards against broken and future times, and
/// deduplication. Also the home of what the queries share: expressions computed once per batch, and group numbers.
///
/// One stage per source partition; it and its queries belong to one thread at a time. No clock, no I/O.
public final class SourceStage {
  /// Event times past the year 9999 are broken times; the bound also keeps window arithmetic within 64 bits.
  static let latestTime: Int64 = 253_402_300_799_999_999

  public let source: SourcePlan
  /// The largest event time of any row that passed, microseconds; -1 before the first.
  public private(set) var streamTime: Int64 = -1
  public private(set) var counters = SourceCounters()
  let graph = ExpressionGraph()
  let partition: Int32
  private var groupIndexes: [[Int]: GroupIndex] = [:]
  private var deduplicator: Deduplicator?
  private var batchNumber = 0
  private var isMetaDirty = false
  /// TIMESTAMP_FORMAT.
  private let timePattern: TimePattern?

  /// `retention`: how long identities are remembered, microseconds of event time: the largest of DEDUPLICATE_WITHIN and
  /// each query's window size plus grace. A copy that comes later can no longer be told from a new record, and passes.
  /// `partition` is what ROWPARTITION shows.
  public init(source: SourcePlan, retention: Int64, partition: Int32 = 0) throws(WindowsError) {
    self.source = source
    self.partition = partition
    if !source.deduplicateBy.isEmpty {
      deduplicator = try Deduplicator(source, graph: graph, retention: Swift.max(retention, source.deduplicateWithin))
    }
    if let column = source.timestampColumn {
      guard source.columns.indices.contains(column) else { throw .unsupported("TIMESTAMP names no column") }
      let type = source.columns[column].type
      guard type.holdsTime(format: source.timestampFormat) else {
        throw .unsupported("TIMESTAMP must name a TIMESTAMP, BIGINT (milliseconds), or with TIMESTAMP_FORMAT STRING column")
      }
    }
    timePattern = try TimePattern.of(source.timestampFormat)
  }

  /// Takes a decoded batch of consecutive records of the partition.
  ///
  /// `offsets` and `timestamps` (the records' own, microseconds) have one entry per row, `keyIsNull` too where any key is
  /// null: key columns then count as NULL. `windows` are the bounds that the keys of a windowed source carry, microseconds.
  /// `deletions`, one per row, say which records have no value; their time is that of the record. In a stream they are nobody's
  /// copy, and tell nothing of time.
  /// Throws when the batch does not have the source's columns.
  public func process(
    _ batch: ColumnBatch, offsets: [Int64], timestamps: [Int64], keyIsNull: [Bool]? = nil,
    windows: (starts: [Int64], ends: [Int64])? = nil, deletions: [Bool]? = nil
  ) throws(WindowsError) -> StagedBatch {
    try check(batch, offsets.count, timestamps.count)
    guard deletions.map({ $0.count == batch.rowCount }) ?? true else {
      throw .mismatch("deletions that are not one per row")
    }
    let batch = keyIsNull.map { withoutKeys(batch, $0) } ?? batch
    var leaves = ExpressionGraph.Leaves()
    leaves.columns = batch.columns
    leaves.rowCount = batch.rowCount
    leaves.offsets = offsets
    leaves.partition = partition
    if source.window != nil {
      guard let windows, windows.starts.count == batch.rowCount, windows.ends.count == batch.rowCount else {
        throw .mismatch("keys without the windows that \(source.name) has")
      }
      leaves.windowStarts = windows.starts.map { $0.flooredQuotient(1000) }
      leaves.windowEnds = windows.ends.map { $0.flooredQuotient(1000) }
    }
    let (times, valid) = eventTimes(batch, timestamps, deletions)
    (leaves.eventTimes, leaves.eventTimeValidity) = (times, valid)
    graph.begin(leaves)
    batchNumber += 1
    var staged = stage(batch, offsets, timestamps, times, valid, source.isTable ? nil : deletions)
    staged.deletions = deletions
    counters.consumed += Int64(batch.rowCount)
    counters.passed += Int64(staged.selection.count)
    return staged
  }

  private func stage(
    _ batch: ColumnBatch, _ offsets: [Int64], _ timestamps: [Int64], _ times: [Int64], _ valid: [Bool]?,
    _ withoutValue: [Bool]?
  ) -> StagedBatch {
    var selection: [Int32] = []
    selection.reserveCapacity(batch.rowCount)
    var rejected: [RejectedRow] = []
    deduplicator?.begin(graph, batch: batchNumber)
    let before = streamTime
    for row in 0..<batch.rowCount {
      if let withoutValue, withoutValue[row] {
        selection.append(Int32(truncatingIfNeeded: row))
      } else if let reason = reject(row, times[row], valid?[row] ?? true, timestamps[row]) {
        rejected.append(RejectedRow(row: row, reason: reason))
      } else {
        selection.append(Int32(truncatingIfNeeded: row))
      }
    }
    deduplicator?.expire(streamTime: streamTime)
    if streamTime != before { isMetaDirty = true }
    count(rejected)
    return StagedBatch(
      batch: batch, selection: selection, eventTimes: times, offsets: offsets, rejected: rejected, number: batchNumber)
  }

  private func reject(_ row: Int, _ time: Int64, _ isValid: Bool, _ timestamp: Int64) -> RejectReason? {
    guard isValid, time >= 0, time <= Self.latestTime else { return .badTime }
    if let skew = source.maxFutureSkew, time.subtractingReportingOverflow(skew).partialValue > timestamp { return .future }
    streamTime = Swift.max(streamTime, time)
    if deduplicator?.isDuplicate(row, time, streamTime: streamTime) ?? false { return .duplicate }
    return nil
  }

  private func count(_ rejected: [RejectedRow]) {
    for row in rejected {
      switch row.reason {
      case .badTime: counters.badTime += 1
      case .future: counters.future += 1
      default: counters.duplicate += 1
      }
    }
  }

  /// Event times, and where they are NULL. What has no value has the time of its record.
  private func eventTimes(_ batch: ColumnBatch, _ timestamps: [Int64], _ deletions: [Bool]?) -> ([Int64], [Bool]?) {
    var (times, valid) = eventTimes(batch, timestamps)
    guard source.timestampColumn != nil, let deletions else { return (times, valid) }
    for row in deletions.indices where deletions[row] {
      times[row] = timestamps[row]
      valid?[row] = true
    }
    return (times, valid)
  }

  /// A BIGINT column holds milliseconds, as in ksqlDB.
  private func eventTimes(_ batch: ColumnBatch, _ timestamps: [Int64]) -> ([Int64], [Bool]?) {
    guard let index = source.timestampColumn else { return (timestamps, nil) }
    if let timePattern { return (texts(batch.columns[index], timePattern), nil) }
    guard case .int64(let values) = batch.columns[index].values else { return (timestamps, nil) }
    guard source.columns[index].type == .bigint else { return (values, batch.columns[index].validity) }
    let micros = values.map { value -> Int64 in
      let (product, overflow) = value.multipliedReportingOverflow(by: 1000)
      return overflow ? -1 : product
    }
    return (micros, batch.columns[index].validity)
  }

  /// Times written as texts; -1 for NULL and what is not of the pattern.
  private func texts(_ column: Column, _ pattern: TimePattern) -> [Int64] {
    guard case .codes(let codes, let dictionary) = column.values else { return [] }
    return codes.indices.map { row in column.isNull(row) ? -1 : pattern.time(dictionary.string(codes[row])) ?? -1 }
  }

  private func check(_ batch: ColumnBatch, _ offsets: Int, _ timestamps: Int) throws(WindowsError) {
    guard batch.columns.count == source.columns.count else { throw .mismatch("another number of columns") }
    for (column, field) in zip(batch.columns, source.columns) {
      guard column.type.lane == field.type.columnType.lane, column.values.matches(column.type.lane) else {
        throw .mismatch("column \(field.name) has another type")
      }
      guard column.values.count == batch.rowCount, column.validity.map({ $0.count == batch.rowCount }) ?? true else {
        throw .mismatch("column \(field.name) has another number of rows")
      }
    }
    guard offsets == batch.rowCount, timestamps == batch.rowCount else { throw .mismatch("not one offset per row") }
  }

  private func withoutKeys(_ batch: ColumnBatch, _ keyIsNull: [Bool]) -> ColumnBatch {
    guard keyIsNull.count == batch.rowCount, keyIsNull.contains(true) else { return batch }
    var batch = batch
    for (i, field) in source.columns.enumerated() where field.isKey {
      let valid = batch.columns[i].validity
      batch.columns[i].validity = keyIsNull.indices.map { !keyIsNull[$0] && (valid?[$0] ?? true) }
    }
    return batch
  }

  /// The shared index of groups for a GROUP BY.
  func groupIndex(_ expressions: [Expression]) throws(WindowsError) -> GroupIndex {
    var nodes: [Int] = []
    for expression in expressions { nodes.append(try graph.register(expression)) }
    if let known = groupIndexes[nodes] { return known }
    let index = GroupIndex(nodes: nodes, types: expressions.map(\.type))
    groupIndexes[nodes] = index
    return index
  }

  /// The counters since the last call.
  public func takeCounters() -> SourceCounters {
    defer { counters = SourceCounters() }
    return counters
  }

  /// What changed since the last call: to be written with the commit, in any order, each key replacing its last value.
  public func takeDirty() -> [StateEntry] {
    var entries = deduplicator?.takeDirty() ?? []
    if isMetaDirty {
      var writer = StateWriter()
      writer.byte(1)
      writer.signed(streamTime)
      entries.append(StateEntry(key: [UInt8(ascii: "m")], value: writer.bytes))
      isMetaDirty = false
    }
    return entries
  }

  /// Puts back one entry of `takeDirty`. Of entries with the same key the last one counts; call before the first batch.
  public func restore(key: [UInt8], value: [UInt8]?) throws(WindowsError) {
    switch key.first {
    case UInt8(ascii: "m"):
      guard let value else { return }
      var reader = StateReader(value)
      guard try reader.byte() == 1 else { throw .corruptState("an unknown version of a source's state") }
      let time = try reader.signed()
      guard time >= -1, time <= Self.latestTime, reader.isAtEnd else { throw .corruptState("a broken stream time") }
      streamTime = time
    case UInt8(ascii: "d"):
      // Identities of a source that is no longer deduplicated are of no use.
      try deduplicator?.restore(key: key, value: value)
    default: throw .corruptState("an unknown key")
    }
  }
}

extension ColumnValues {
  func matches(_ lane: ColumnType.Lane) -> Bool {
    switch (self, lane) {
    case (.bool, .bool), (.int64, .int64), (.int128, .int128), (.double, .double), (.codes, .codes), (.bytes, .bytes):
      true
    default: false
    }
  }
}
