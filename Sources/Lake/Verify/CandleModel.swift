/// A candle recomputed the plain way, apart from the engine's code. Decimals are unscaled integers of the contract's scales.
struct CandleModel: Hashable {
  private(set) var open: Int64
  private(set) var high: Int64
  private(set) var low: Int64
  private(set) var close: Int64
  /// Scale 8.
  private(set) var volume: Int128
  /// Scale 16.
  private(set) var quoteVolume: Int128
  /// Scale 8.
  private(set) var takerBuyVolume: Int128
  private(set) var trades: Int64
  /// The smallest and the largest id, which need not be those of open and close.
  private(set) var firstTradeID: Int64
  private(set) var lastTradeID: Int64
  private var openTime: Int64
  private var openID: Int64
  private var closeTime: Int64
  private var closeID: Int64

  /// One trade.
  struct Trade: Hashable {
    var id: Int64
    /// Microseconds.
    var time: Int64
    /// Scale 8, as `quantity`.
    var price: Int64
    var quantity: Int128
    var takerBuys: Bool
  }

  init(_ trade: Trade) {
    (open, high, low, close) = (trade.price, trade.price, trade.price, trade.price)
    (firstTradeID, lastTradeID) = (trade.id, trade.id)
    (openTime, openID, closeTime, closeID) = (trade.time, trade.id, trade.time, trade.id)
    volume = trade.quantity
    quoteVolume = Int128(trade.price) &* trade.quantity
    takerBuyVolume = trade.takerBuys ? trade.quantity : 0
    trades = 1
  }

  mutating func add(_ trade: Trade) {
    if (trade.time, trade.id) < (openTime, openID) { (openTime, openID, open) = (trade.time, trade.id, trade.price) }
    if (trade.time, trade.id) > (closeTime, closeID) { (closeTime, closeID, close) = (trade.time, trade.id, trade.price) }
    firstTradeID = min(firstTradeID, trade.id)
    lastTradeID = max(lastTradeID, trade.id)
    high = max(high, trade.price)
    low = min(low, trade.price)
    volume &+= trade.quantity
    quoteVolume &+= Int128(trade.price) &* trade.quantity
    if trade.takerBuys { takerBuyVolume &+= trade.quantity }
    trades += 1
  }

  /// Quote volume over volume, rounded half to even at 16 digits; nil without volume or where it has no place in 128 bits.
  var vwap: Int128? {
    guard volume > 0 else { return nil }
    let scaled = quoteVolume.magnitude.multipliedFullWidth(by: UInt128(100_000_000))
    let divisor = volume.magnitude
    guard scaled.high < divisor else { return nil }
    var (quotient, remainder) = divisor.dividingFullWidth(scaled)
    let twice = remainder.multipliedReportingOverflow(by: 2)
    remainder = twice.partialValue
    if twice.overflow || remainder > divisor || (remainder == divisor && quotient & 1 == 1) { quotient += 1 }
    guard quotient <= UInt128(Int128.max) else { return nil }
    return quoteVolume < 0 ? -Int128(quotient) : Int128(quotient)
  }

  /// The fields by their names in the contract, but `vwap`.
  static let fields = [
    "open", "high", "low", "close", "volume", "quote_volume", "taker_buy_volume", "trades", "first_trade_id", "last_trade_id",
  ]

  /// The values of `fields`.
  var values: [Int128] {
    [
      Int128(open), Int128(high), Int128(low), Int128(close), volume, quoteVolume, takerBuyVolume, Int128(trades),
      Int128(firstTradeID), Int128(lastTradeID),
    ]
  }
}
