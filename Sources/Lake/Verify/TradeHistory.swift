import Columns
import Iceberg

/// The trades of a bronze table, each at its first arrival: what candles are to be made of.
///
/// Memory: 8 bytes per trade while duplicates are looked for, then only the duplicates.
struct TradeHistory {
  /// Where a record stood in its topic.
  struct Place: Hashable, Comparable {
    var partition: Int32
    var offset: Int64

    static func < (a: Place, b: Place) -> Bool { (a.partition, a.offset) < (b.partition, b.offset) }
  }

  private struct TradeKey: Hashable {
    var group: Int32
    var id: Int64
  }

  private let reader: TableReader
  private let table: Table
  private let topic: String
  /// The first arrival of each trade that arrived more than once.
  private var firsts: [TradeKey: Place] = [:]
  /// `venue` and `symbol` of each group code, joined by a zero byte.
  let groups = StringDictionary()

  private static let columns = [
    "venue", "symbol", "trade_id", TableLayout.partitionColumn, TableLayout.offsetColumn, TableLayout.topicColumn, "event_time",
    "price", "quantity", "taker_side",
  ]

  /// Reads the table once for duplicates, and again where there are any.
  init(_ table: Table, topic: String, reader: TableReader) throws {
    self.table = table
    self.topic = topic
    self.reader = reader
    var ids: [[Int64]] = []
    try keys { key, _ in
      while ids.count <= Int(key.group) { ids.append([]) }
      ids[Int(key.group)].append(key.id)
    }
    var repeated: Set<TradeKey> = []
    for group in ids.indices {
      ids[group].sort()
      for (a, b) in zip(ids[group], ids[group].dropFirst()) where a == b { repeated.insert(TradeKey(group: Int32(group), id: a)) }
    }
    guard !repeated.isEmpty else { return }
    var found: [TradeKey: Place] = [:]
    try keys { key, place in
      if repeated.contains(key) { found[key] = min(found[key] ?? place, place) }
    }
    firsts = found
  }

  /// How many trades arrived more than once.
  var repeatedCount: Int { firsts.count }

  /// The group code of a venue and symbol.
  func group(venue: String, symbol: String) -> Int32 { groups.code(of: "\(venue)\u{0}\(symbol)") }

  /// Calls `body` for the first arrival of each trade.
  func forEach(_ body: (_ group: Int32, CandleModel.Trade, Place) -> Void) throws {
    try reader.read(table, columns: Self.columns) { batch in
      let rows = try KeyRows(batch, self)
      let (times, prices, quantities) = (try batch.integers(6), try batch.integers(7), try batch.wide(8))
      let sides = try batch.texts(9)
      let buy = sides.dictionary.code(of: "BUY")
      for row in 0..<batch.rowCount where rows.isOfTopic(row) {
        let (key, place) = rows[row]
        if !firsts.isEmpty, let first = firsts[key], first != place { continue }
        body(
          key.group,
          .init(id: key.id, time: times[row], price: prices[row], quantity: quantities[row], takerBuys: sides.codes[row] == buy),
          place)
      }
    }
  }

  private func keys(_ body: (TradeKey, Place) -> Void) throws {
    try reader.read(table, columns: Array(Self.columns.prefix(6))) { batch in
      let rows = try KeyRows(batch, self)
      for row in 0..<batch.rowCount where rows.isOfTopic(row) {
        let (key, place) = rows[row]
        body(key, place)
      }
    }
  }

  /// A batch's first six columns, its groups in the history's codes.
  private struct KeyRows {
    let groups: [Int32]
    let ids: [Int64]
    let partitions: [Int64]
    let offsets: [Int64]
    let topics: [Int32]
    let topic: Int32

    init(_ batch: ColumnBatch, _ history: TradeHistory) throws {
      let (venues, symbols) = (try batch.texts(0), try batch.texts(1))
      ids = try batch.integers(2)
      partitions = try batch.integers(3)
      offsets = try batch.integers(4)
      let texts = try batch.texts(5)
      topics = texts.codes
      topic = texts.dictionary.code(of: history.topic)
      var known: [Int64: Int32] = [:]
      groups = (0..<batch.rowCount).map { row in
        let pair = Int64(venues.codes[row]) << 32 | Int64(symbols.codes[row])
        if let code = known[pair] { return code }
        let code = history.group(
          venue: venues.dictionary.string(venues.codes[row]), symbol: symbols.dictionary.string(symbols.codes[row]))
        known[pair] = code
        return code
      }
    }

    func isOfTopic(_ row: Int) -> Bool { topics[row] == topic }

    subscript(row: Int) -> (TradeKey, Place) {
      (
        TradeKey(group: groups[row], id: ids[row]),
        Place(partition: Int32(truncatingIfNeeded: partitions[row]), offset: offsets[row])
      )
    }
  }
}
