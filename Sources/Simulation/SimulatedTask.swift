import Columns
import EmbeddedKafka
import SQL
import Streams
import Values
import Windows

/// The work on one source partition with the real stage and engines: what a worker's task does, without Avro.
final class SimulatedTask {
  let partition: Int32
  let stage: SourceStage
  let engines: [QueryEngine]
  var next: Int64
  var committedNext: Int64
  var isDirty = false
  var closesAll = false
  var undecodable: Int64 = 0
  private let venues = StringDictionary()
  private let symbols = StringDictionary()

  init(partition: Int32, plans: [QueryPlan], entries: [[UInt8]: [UInt8]], next: Int64, faults: Set<SimulationFault>) throws {
    self.partition = partition
    self.next = next
    committedNext = next
    var source = SimulatedQuery.source
    if faults.contains(.countsCopies) { source.deduplicateBy = [] }
    stage = try SourceStage(source: source, retention: SimulatedQuery.retention)
    var engines: [QueryEngine] = []
    for plan in plans { engines.append(try QueryEngine(plan, stage: stage)) }
    self.engines = engines
    if faults.contains(.skipsRestore) { return }
    for (key, value) in entries.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      switch StateOwner.parse(key) {
      case .source(let key):
        if faults.contains(.forgetsIdentities), key.first == UInt8(ascii: "d") { continue }
        try stage.restore(key: key, value: value)
      case .query(let id, let key):
        if faults.contains(.forgetsFrontier), key.first == UInt8(ascii: "m") { continue }
        try engines.first { $0.plan.id == id }?.restore(key: key, value: value)
      case .table, .unknown: continue
      }
    }
  }

  /// Takes consecutive records; the lines for late and invalid ones.
  func process(_ records: [SteppedRecord]) throws -> [String] {
    var lines: [String] = []
    var trades: [(trade: SimulatedTrade, record: SteppedRecord)] = []
    for record in records {
      if let trade = SimulatedTrade(record.value ?? []) {
        trades.append((trade, record))
      } else {
        undecodable += 1
        lines.append("I|\(partition)|\(record.offset)|undecodable")
      }
    }
    isDirty = true
    if let last = records.last { next = last.offset + 1 }
    guard !trades.isEmpty else { return lines }
    let offsets = trades.map(\.record.offset)
    let staged = try stage.process(
      batch(trades.map(\.trade)), offsets: offsets, timestamps: trades.map { $0.record.timestampMs * 1000 })
    for row in staged.rejected where row.reason != .duplicate {
      lines.append("I|\(partition)|\(offsets[row.row])|\(row.reason.rawValue)")
    }
    for engine in engines {
      let result = try engine.process(staged)
      lines += result.nullKeys.map { "I|\(partition)|\(offsets[$0])|null_key|\(engine.plan.id)" }
      lines += result.failed.map { "I|\(partition)|\(offsets[$0])|overflow|\(engine.plan.id)" }
      lines += result.late.map { "L|\(partition)|\(offsets[$0.row])|\(engine.plan.id)|\($0.windowStart)|\($0.isDropped)" }
    }
    return lines
  }

  private func batch(_ trades: [SimulatedTrade]) -> ColumnBatch {
    let fields = SimulatedQuery.fields
    func column(_ index: Int, _ values: ColumnValues, _ validity: [Bool]? = nil) -> Column {
      Column(name: fields[index].name, type: fields[index].type.columnType, values: values, validity: validity)
    }
    let valid = trades.map { $0.symbol != nil }
    return ColumnBatch(
      columns: [
        column(0, .codes(trades.map { venues.code(of: "v\($0.venue)") }, venues)),
        column(1, .codes(trades.map { symbols.code(of: "s\($0.symbol ?? 0)") }, symbols), valid.contains(false) ? valid : nil),
        column(2, .int64(trades.map(\.id))), column(3, .int64(trades.map(\.price))),
        column(4, .int128(trades.map { Int128($0.quantity) })), column(5, .int64(trades.map(\.time))),
      ], rowCount: trades.count)
  }

  /// Candles, and an audit line per query.
  func outputs() -> (candles: [String], audit: [String]) {
    var (candles, audit): ([String], [String]) = ([], [])
    let source = stage.takeCounters()
    for engine in engines {
      let rows = (closesAll ? engine.closeAll() : engine.closeDue()).map { lines($0, engine.plan) } ?? []
      candles += rows
      let counted = engine.takeCounters()
      var row = AuditRow(query: engine.plan.id, topic: "in", partition: partition, offsets: committedNext..<next)
      row.consumed = source.consumed + undecodable
      (row.undecodable, row.duplicate, row.badTime, row.future) = (undecodable, source.duplicate, source.badTime, source.future)
      (row.aggregated, row.filtered, row.late) = (counted.aggregated, counted.filtered, counted.late)
      (row.nullKey, row.overflow, row.emitted) = (counted.nullKey, counted.overflow, Int64(rows.count))
      audit.append(AuditLine(row, streamTime: stage.streamTime, closesAll: closesAll).text)
    }
    return (candles, audit)
  }

  private func lines(_ emission: Emission, _ plan: QueryPlan) -> [String] {
    let keys = plan.aggregation?.groupBy.count ?? 0
    return (0..<emission.count).map { row in
      let cells = emission.rows.columns.map { Self.text($0, row) }
      return "C|\(partition)|\(plan.id)|\(emission.windowStarts[row])|" + cells[..<keys].joined(separator: ",") + "|"
        + cells[keys...].joined(separator: " ")
    }
  }

  private static func text(_ column: Column, _ row: Int) -> String {
    if column.isNull(row) { return "NULL" }
    switch column.values {
    case .bool(let values): return "\(values[row])"
    case .int64(let values): return "\(values[row])"
    case .int128(let values): return "\(values[row])"
    case .double(let values): return "\(values[row])"
    case .codes(let values, let dictionary): return dictionary.string(values[row])
    case .bytes: return "bytes"
    }
  }

  /// Changed state and the position, as changelog records.
  func state(checkpoint: UInt64) -> [(key: [UInt8]?, value: [UInt8]?)] {
    var records: [(key: [UInt8]?, value: [UInt8]?)] = []
    for entry in stage.takeDirty() { records.append((StateOwner.sourceKey(entry.key), entry.value)) }
    for engine in engines {
      for entry in engine.takeDirty() { records.append((StateOwner.queryKey(engine.plan.id, entry.key), entry.value)) }
    }
    records.append((ChangelogKey.position, TaskPosition(next: next, checkpoint: checkpoint).bytes))
    return records
  }

  /// The transaction was committed.
  func settle() {
    committedNext = next
    undecodable = 0
    isDirty = false
    closesAll = false
  }
}
