import Market

@testable import MarketAPI

/// Candles whose numbers say where they are from.
enum CandleMaker {
  static let key = SeriesKey(venue: "binance", symbol: "BTC-USDT", interval: "1m")

  static func candle(_ minute: Int64, price: Int128 = 100, revision: Int32 = 0, isFinal: Bool = true) -> CandleRow {
    func decimal(_ value: Int128) -> FixedDecimal { FixedDecimal(unscaled: value, scale: 0) }
    return CandleRow(
      start: minute * 60_000, end: (minute + 1) * 60_000, open: decimal(price), high: decimal(price), low: decimal(price),
      close: decimal(price), volume: decimal(1), quoteVolume: decimal(price), vwap: decimal(price), trades: 1,
      revision: revision, isFinal: isFinal)
  }

  static func query(
    from: Int64? = nil, to: Int64 = 1_000_000, limit: Int = 5000, venue: String? = "binance", after: CandleCursor? = nil
  ) -> CandleQuery {
    CandleQuery(
      symbol: "BTC-USDT", interval: "1m", venue: venue, range: (from ?? 0) * 60_000..<to * 60_000, limit: limit,
      isNewest: from == nil && after == nil, after: after)
  }
}

extension [NamedCandle] {
  var minutes: [Int64] { map { $0.candle.start / 60_000 } }
}
