import Market
import MarketAPI
import SQL
import Values

/// A stream of trades, as far as candles can be previewed from it.
struct TradeSource: Sendable {
  let source: SourcePlan
  /// Names and milliseconds.
  private(set) var intervals: [(name: String, size: Int64)] = []
  private let places: [Int]

  private static let columns = ["VENUE", "SYMBOL", "TRADE_ID", "PRICE", "QUANTITY"]

  /// Nil where the stream lacks a column of a trade.
  init?(_ source: SourcePlan) {
    let places = Self.columns.compactMap { name in source.columns.firstIndex { $0.name == name } }
    guard places.count == Self.columns.count, source.timestampColumn.map({ source.columns[$0].type == .timestamp }) ?? true else {
      return nil
    }
    self.source = source
    self.places = places
  }

  /// Takes up a query's windows where each trade falls into one of them just by its time.
  mutating func add(_ plan: QueryPlan, _ candles: CandleSource) {
    guard plan.filter == nil, plan.join == nil, let window = plan.aggregation?.window.time, window.isTumbling,
      window.offset == 0, window.timeZone == nil, plan.aggregation?.having == nil, plan.source == source,
      !intervals.contains(where: { $0.name == candles.interval })
    else { return }
    intervals.append((candles.interval, window.size / 1000))
  }

  func trade(_ row: SourceRow) -> TradePoint? {
    guard case .string(let venue) = row.values[places[0]], case .string(let symbol) = row.values[places[1]],
      case .bigint(let id) = row.values[places[2]], case .decimal(let price, let priceScale) = row.values[places[3]],
      case .decimal(let quantity, let quantityScale) = row.values[places[4]]
    else { return nil }
    return TradePoint(
      venue: venue, symbol: symbol, id: id, time: time(row), price: FixedDecimal(unscaled: price, scale: priceScale),
      quantity: FixedDecimal(unscaled: quantity, scale: quantityScale))
  }

  /// Microseconds.
  private func time(_ row: SourceRow) -> Int64 {
    if let column = source.timestampColumn, case .timestamp(let micros) = row.values[column] { return micros }
    return row.timestamp &* 1000
  }
}
