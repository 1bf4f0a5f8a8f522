import Market

/// One sequence of windows: what is traded where, in windows of which length.
public struct SeriesKey: Hashable, Comparable, Sendable {
  public var venue: String
  public var symbol: String
  /// `1s`, `1m`, `1h`.
  public var interval: String

  public init(venue: String, symbol: String, interval: String) {
    self.venue = venue
    self.symbol = symbol
    self.interval = interval
  }

  public static func < (a: SeriesKey, b: SeriesKey) -> Bool {
    (a.venue, a.symbol, a.interval) < (b.venue, b.symbol, b.interval)
  }
}

/// The candle of one window. Times are milliseconds since the epoch.
public struct CandleRow: Hashable, Sendable {
  /// Inclusive.
  public var start: Int64
  /// Exclusive.
  public var end: Int64
  public var open: FixedDecimal
  public var high: FixedDecimal
  public var low: FixedDecimal
  public var close: FixedDecimal
  public var volume: FixedDecimal
  public var quoteVolume: FixedDecimal
  /// Nil where nothing was traded.
  public var vwap: FixedDecimal?
  public var trades: Int64
  public var revision: Int32
  /// Whether the window is closed.
  public var isFinal: Bool

  public init(
    start: Int64, end: Int64, open: FixedDecimal, high: FixedDecimal, low: FixedDecimal, close: FixedDecimal,
    volume: FixedDecimal, quoteVolume: FixedDecimal, vwap: FixedDecimal?, trades: Int64, revision: Int32 = 0,
    isFinal: Bool = true
  ) {
    self.start = start
    self.end = end
    self.open = open
    self.high = high
    self.low = low
    self.close = close
    self.volume = volume
    self.quoteVolume = quoteVolume
    self.vwap = vwap
    self.trades = trades
    self.revision = revision
    self.isFinal = isFinal
  }
}

/// A candle with the series it belongs to.
public struct NamedCandle: Hashable, Sendable {
  public var series: SeriesKey
  public var candle: CandleRow

  public init(_ series: SeriesKey, _ candle: CandleRow) {
    self.series = series
    self.candle = candle
  }

  /// Candles are served by their start, then by their series: the order that cursors continue in.
  public static func precedes(_ a: NamedCandle, _ b: NamedCandle) -> Bool {
    a.candle.start != b.candle.start ? a.candle.start < b.candle.start : a.series < b.series
  }
}

/// The names of windows by their length.
public enum IntervalName {
  /// `1s`, `5m`, `1h`, `2d`, or milliseconds as `250ms`.
  public static func of(milliseconds: Int64) -> String {
    for (size, unit) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")] as [(Int64, String)]
    where milliseconds >= size && milliseconds % size == 0 {
      return "\(milliseconds / size)\(unit)"
    }
    return "\(milliseconds)ms"
  }

  /// The length of windows of that name; nil for no name of one.
  public static func milliseconds(_ name: String) -> Int64? {
    let digits = name.prefix { $0.isASCII && $0.isNumber }
    guard let count = Int64(digits), count > 0, count < 1 << 40 else { return nil }
    switch name.dropFirst(digits.count) {
    case "ms": return count
    case "s": return count * 1_000
    case "m": return count * 60_000
    case "h": return count * 3_600_000
    case "d": return count * 86_400_000
    default: return nil
    }
  }
}
