import Market
import MarketAPI
import SQL
import Values

/// A table of candles as its rows are served.
struct CandleSource: Sendable {
  let table: SourcePlan
  let interval: String
  /// Whether candles come once, when their window is closed; else their records carry the time of their newest trade.
  let isClosed: Bool
  private let places: [Int]

  private static let columns = [
    "VENUE", "SYMBOL", "WINDOW_START", "WINDOW_END", "OPEN", "HIGH", "LOW", "CLOSE", "VOLUME", "QUOTE_VOLUME", "VWAP", "TRADES",
    "REVISION",
  ]

  /// Nil where the query's rows are no candles of windows that follow each other.
  init?(_ plan: QueryPlan, _ table: SourcePlan) {
    guard Candle.isDescribed(by: plan.projection.map(\.field.name)), let window = plan.aggregation?.window.time,
      window.isTumbling
    else { return nil }
    let places = Self.columns.compactMap { name in table.columns.firstIndex { $0.name == name } }
    guard places.count == Self.columns.count else { return nil }
    self.table = table
    self.places = places
    isClosed = plan.aggregation?.emit == .final
    interval = IntervalName.of(milliseconds: window.size / 1000)
  }

  /// Nil for a row that lacks what a candle cannot be without.
  func candle(_ values: [Value]) -> NamedCandle? {
    guard case .string(let venue) = values[places[0]], case .string(let symbol) = values[places[1]],
      case .timestamp(let start) = values[places[2]], case .timestamp(let end) = values[places[3]],
      let open = values[places[4]].exact, let high = values[places[5]].exact, let low = values[places[6]].exact,
      let close = values[places[7]].exact, let volume = values[places[8]].exact, let quote = values[places[9]].exact,
      let trades = whole(values[places[11]]), let revision = whole(values[places[12]])
    else { return nil }
    let candle = CandleRow(
      start: start / 1000, end: end / 1000, open: open, high: high, low: low, close: close, volume: volume, quoteVolume: quote,
      vwap: values[places[10]].exact, trades: trades, revision: Int32(clamping: revision))
    return NamedCandle(SeriesKey(venue: venue, symbol: symbol, interval: interval), candle)
  }

  private func whole(_ value: Value) -> Int64? {
    switch value {
    case .integer(let number): Int64(number)
    case .bigint(let number): number
    default: nil
    }
  }
}
