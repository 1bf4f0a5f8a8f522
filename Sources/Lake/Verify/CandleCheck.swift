import Columns
import Iceberg

/// Recomputes one query's candles from the trades and compares them with the table's.
struct CandleCheck {
  struct Key: Hashable {
    var group: Int32
    /// Microseconds.
    var start: Int64
  }

  /// A recomputed candle, and the partition its trades came through.
  struct Expected {
    var candle: CandleModel
    var partition: Int32
  }

  let query: VerifyConfiguration.Query
  /// Records this query did not aggregate: late or invalid ones, by where they stood in the source.
  let excluded: Set<TradeHistory.Place>
  /// By partition: the offset up to which the query has read; empty where nothing is known.
  let readTo: [Int32: Int64]
  /// By partition: the offset up to which it had read when the table was looked at, so that the windows closed there must be in it;
  /// empty where nothing is known.
  let closedTo: [Int32: Int64]

  /// The candles the trades make, and each partition's stream time as far as the table must know of it.
  func expected(_ history: TradeHistory) throws -> (candles: [Key: Expected], streamTime: [Int32: Int64]) {
    var candles: [Key: Expected] = [:]
    var streamTime: [Int32: Int64] = [:]
    let size = query.windowMicros
    try history.forEach { group, trade, place in
      if !readTo.isEmpty, place.offset >= readTo[place.partition] ?? 0 { return }
      guard !excluded.contains(place) else { return }
      if closedTo.isEmpty ? readTo.isEmpty : place.offset < closedTo[place.partition] ?? 0 {
        streamTime[place.partition] = max(streamTime[place.partition] ?? .min, trade.time)
      }
      let (quotient, remainder) = trade.time.quotientAndRemainder(dividingBy: size)
      let start = (remainder < 0 ? quotient - 1 : quotient) * size
      let key = Key(group: group, start: start)
      if candles[key]?.candle.add(trade) == nil {
        candles[key] = Expected(candle: CandleModel(trade), partition: place.partition)
      }
    }
    return (candles, streamTime)
  }

  private static let columns =
    ["venue", "symbol", "window_start", "window_end", "vwap", TableLayout.intervalColumn, TableLayout.topicColumn]
    + CandleModel.fields

  /// Compares the rows that came through the query's topic with what the trades make.
  func compare(_ table: Table, _ reader: TableReader, _ history: TradeHistory, into report: inout VerifyReport) throws {
    var (expected, streamTime) = try expected(history)
    var seen: Set<Key> = []
    var latest: [Int32: Int64] = [:]
    try reader.read(table, columns: Self.columns) { batch in
      let rows = try CandleRows(batch, history)
      let topic = try batch.texts(6)
      let own = topic.dictionary.code(of: query.sinkTopic)
      for row in 0..<batch.rowCount where topic.codes[row] == own {
        let key = rows.key(row)
        report.count("candles")
        guard seen.insert(key).inserted else {
          report.find(.candles, query.id, "\(name(key, history)) is there twice")
          continue
        }
        guard let candle = expected.removeValue(forKey: key) else {
          report.find(.candles, query.id, "\(name(key, history)) has no trades behind it")
          continue
        }
        latest[candle.partition] = max(latest[candle.partition] ?? .min, key.start)
        let wrong = rows.differences(row, candle.candle, size: query.windowMicros)
        if !wrong.isEmpty { report.find(.candles, query.id, "\(name(key, history)) differs in \(wrong.joined(separator: ", "))") }
      }
    }
    missing(expected, streamTime, latest, history, &report)
  }

  /// What is left was not emitted: right for windows that are still open, otherwise a loss.
  private func missing(
    _ expected: [Key: Expected], _ streamTime: [Int32: Int64], _ latest: [Int32: Int64], _ history: TradeHistory,
    _ report: inout VerifyReport
  ) {
    var open = 0
    for (key, candle) in expected.sorted(by: { ($0.key.start, $0.key.group) < ($1.key.start, $1.key.group) }) {
      let end = key.start + query.windowMicros
      let isClosed =
        query.graceMicros.map { end <= (streamTime[candle.partition] ?? .min) - $0 }
        ?? (key.start < latest[candle.partition] ?? .min)
      if isClosed {
        report.find(.candles, query.id, "\(name(key, history)) is missing, with \(candle.candle.trades) trades")
      } else {
        open += 1
      }
    }
    if open > 0 { report.note("\(query.id): \(open) windows are still open") }
  }

  private func name(_ key: Key, _ history: TradeHistory) -> String {
    let group = history.groups.string(key.group).replacing("\u{0}", with: " ")
    return "the candle of \(group) at \(key.start) µs"
  }
}

/// A batch of `CandleCheck.columns`.
private struct CandleRows {
  let groups: [Int32]
  let starts: [Int64]
  let ends: [Int64]
  let vwaps: [Int128]
  let vwapIsNull: [Bool]
  let fields: [[Int128]]

  init(_ batch: ColumnBatch, _ history: TradeHistory) throws {
    let (venues, symbols) = (try batch.texts(0), try batch.texts(1))
    groups = (0..<batch.rowCount).map { row in
      history.group(venue: venues.dictionary.string(venues.codes[row]), symbol: symbols.dictionary.string(symbols.codes[row]))
    }
    starts = try batch.integers(2)
    ends = try batch.integers(3)
    vwaps = try batch.wide(4)
    vwapIsNull = (0..<batch.rowCount).map { batch.columns[4].isNull($0) }
    fields = try CandleModel.fields.indices.map { try batch.wide(7 + $0) }
  }

  func key(_ row: Int) -> CandleCheck.Key { .init(group: groups[row], start: starts[row]) }

  /// The names of the fields in which a row is not `candle`.
  func differences(_ row: Int, _ candle: CandleModel, size: Int64) -> [String] {
    var names: [String] = []
    if ends[row] != starts[row] + size { names.append("window_end") }
    for (index, value) in candle.values.enumerated() where fields[index][row] != value { names.append(CandleModel.fields[index]) }
    if (vwapIsNull[row] ? nil : vwaps[row]) != candle.vwap { names.append("vwap") }
    return names
  }
}
