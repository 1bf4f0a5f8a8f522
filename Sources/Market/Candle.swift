/// What a candle consists of. Candles travel as columns, so this names the columns and holds no values.
public enum Candle {
  /// The columns of a candle, in the order of the contract `candles.<interval>-value`.
  public static let columns = [
    "venue", "symbol", "window_start", "window_end", "open", "high", "low", "close", "volume", "quote_volume", "vwap",
    "taker_buy_volume",
    "trades", "first_trade_id", "last_trade_id", "revision",
  ]

  /// Whether rows of these columns (any case, any order) are candles.
  public static func isDescribed(by names: some Sequence<String>) -> Bool {
    Set(names.map { $0.lowercased() }) == Set(columns)
  }
}
