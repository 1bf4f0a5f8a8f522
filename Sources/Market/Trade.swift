/// Which side took liquidity.
public enum TakerSide: String, Sendable, CaseIterable {
  case buy = "BUY"
  case sell = "SELL"
  case unknown = "UNKNOWN"
}

/// One execution on one venue: what every source is turned into, and what `trades.raw` carries.
public struct Trade: Equatable, Sendable {
  /// Decimal digits of `price` and `quantity` after the point.
  public static let scale = 8
  /// The fields, in the order of the contract `trades.raw-value`.
  public static let columns = ["venue", "symbol", "trade_id", "price", "quantity", "taker_side", "event_time", "received_time"]

  /// Canonical venue name: `binance`, `binance-usdm`, `coinbase`, …
  public var venue: String
  /// Canonical `BASE-QUOTE`, such as `BTC-USDT`.
  public var symbol: String
  /// The venue's own id, rising per symbol.
  public var tradeID: Int64
  /// Unscaled, scale 8, at most 18 digits.
  public var price: Int64
  /// Unscaled, scale 8, at most 28 digits.
  public var quantity: Int128
  public var takerSide: TakerSide
  /// When the venue executed the trade: microseconds since the epoch.
  public var eventTime: Int64
  /// When it was received: microseconds since the epoch. May lie before `eventTime`, since clocks differ.
  public var receivedTime: Int64

  public init(
    venue: String, symbol: String, tradeID: Int64, price: Int64, quantity: Int128, takerSide: TakerSide,
    eventTime: Int64, receivedTime: Int64
  ) {
    self.venue = venue
    self.symbol = symbol
    self.tradeID = tradeID
    self.price = price
    self.quantity = quantity
    self.takerSide = takerSide
    self.eventTime = eventTime
    self.receivedTime = receivedTime
  }
}
