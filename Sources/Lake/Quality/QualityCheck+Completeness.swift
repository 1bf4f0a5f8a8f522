import Columns
import Iceberg

extension QualityCheck {
  /// One interval of one symbol.
  private struct Slot: Hashable, Comparable {
    var venue: String
    var symbol: String
    /// Microseconds.
    var start: Int64

    static func < (a: Slot, b: Slot) -> Bool { (a.venue, a.symbol, a.start) < (b.venue, b.symbol, b.start) }
    var description: String { "\(venue) \(symbol) at \(start) µs" }
  }

  /// Every interval with trades has its row, but for those that are still open, and those of which a trade came too late.
  func completeness(of table: Table, _ complete: QualityRules.Completeness, _ report: inout QualityReport) throws {
    guard let trades = try store.table(TableIdentifier(complete.from)) else {
      report.notes.append("there is no table \(complete.from) to look for gaps with")
      return
    }
    let size = complete.seconds * 1_000_000
    var partitions: [Slot: Int64] = [:]
    var reached: [Int64: Int64] = [:]
    try reader.read(trades, columns: ["venue", "symbol", complete.time, TableLayout.partitionColumn]) { batch in
      let numbers = try batch.integers(3)
      try slots(batch, size) { slot, time, row in
        partitions[slot] = numbers[row]
        reached[numbers[row]] = max(reached[numbers[row]] ?? .min, time)
      }
    }
    var excused: Set<Slot> = []
    if let late = try store.table(TableIdentifier(complete.late)) {
      try reader.read(late, columns: ["venue", "symbol", complete.time]) { batch in
        try slots(batch, size) { slot, _, _ in excused.insert(slot) }
      }
    }
    let present = try starts(of: table, complete.interval)
    let due = partitions.filter { slot, partition in
      slot.start + size + complete.settle * 1_000_000 <= reached[partition] ?? .min
    }.keys
    let missing = due.filter { !present.contains($0) && !excused.contains($0) }.sorted()
    report.add(
      table.identifier.description, "no interval of \(complete.interval) with trades is missing", examined: Int64(due.count),
      violations: missing.map(\.description))
  }

  private func starts(of table: Table, _ interval: String) throws -> Set<Slot> {
    var present: Set<Slot> = []
    try reader.read(table, columns: ["venue", "symbol", "window_start", TableLayout.intervalColumn]) { batch in
      let names = try batch.texts(3)
      let own = names.dictionary.code(of: interval)
      try slots(batch, 1) { slot, _, row in if names.codes[row] == own { present.insert(slot) } }
    }
    return present
  }

  /// Calls `body` for each row of a batch of venue, symbol and time. Rows that lack one are left out: they are no trades.
  private func slots(_ batch: ColumnBatch, _ size: Int64, _ body: (Slot, Int64, Int) -> Void) throws {
    let (venues, symbols, times) = (try batch.texts(0), try batch.texts(1), try batch.integers(2))
    for row in 0..<batch.rowCount where !(0..<3).contains(where: { batch.columns[$0].isNull(row) }) {
      let slot = Slot(
        venue: venues.dictionary.string(venues.codes[row]), symbol: symbols.dictionary.string(symbols.codes[row]),
        start: times[row].flooredQuotient(size) * size)
      body(slot, times[row], row)
    }
  }
}
