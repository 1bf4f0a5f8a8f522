import Columns
import Iceberg
import Market

/// The rows found so far, of each window the highest revision; no more of them than the answer can need. Pure.
struct HistoryRows {
  private struct Window: Hashable {
    var series: SeriesKey
    var start: Int64
  }

  let query: CandleQuery
  private var rows: [Window: CandleRow] = [:]
  /// Once there are enough rows: the start beyond which none is needed.
  private var horizon: Int64?
  private var measured = 0
  /// A page may begin with the rows of one start that the page before ended with.
  private let enough: Int

  init(query: CandleQuery) {
    self.query = query
    enough = query.limit + 2 + (query.after == nil ? 0 : 100)
  }

  var candles: [NamedCandle] { rows.map { NamedCandle($0.key.series, $0.value) } }

  /// Rows that are held now.
  var count: Int { rows.count }

  static let columns = [
    "interval", "venue", "symbol", "window_start", "window_end", "open", "high", "low", "close", "volume", "quote_volume", "vwap",
    "trades", "revision",
  ]

  /// Whether a file can still change the answer: once there are enough rows, only rows nearer to the beginning can.
  mutating func needs(_ file: HistoryFile) -> Bool {
    measure()
    guard let horizon else { return true }
    return query.isNewest ? file.last.map { $0 >= horizon } ?? true : file.first.map { $0 <= horizon } ?? true
  }

  private mutating func measure() {
    guard rows.count > enough, rows.count != measured else { return }
    let starts = rows.keys.map(\.start).sorted()
    let horizon = query.isNewest ? starts[starts.count - enough] : starts[enough - 1]
    if rows.count > 2 * enough { rows = rows.filter { query.isNewest ? $0.key.start >= horizon : $0.key.start <= horizon } }
    self.horizon = horizon
    measured = rows.count
  }

  mutating func add(_ batch: ColumnBatch) throws {
    let reader = try HistoryBatch(batch)
    for row in 0..<batch.rowCount {
      guard reader.text(0, row) == query.interval, reader.text(2, row) == query.symbol else { continue }
      let key = SeriesKey(venue: reader.text(1, row), symbol: reader.text(2, row), interval: query.interval)
      let start = reader.integer(3, row).flooredQuotient(1000)
      guard query.takes(key), query.range.contains(start) else { continue }
      let window = Window(series: key, start: start)
      let candle = reader.candle(row)
      if rows[window].map({ $0.revision <= candle.revision }) ?? true { rows[window] = candle }
    }
  }
}
