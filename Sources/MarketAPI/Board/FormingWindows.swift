import Columns
import Market

/// One trade, as it enters windows.
public struct TradePoint: Hashable, Sendable {
  public var venue: String
  public var symbol: String
  public var id: Int64
  /// Event time, microseconds.
  public var time: Int64
  public var price: FixedDecimal
  public var quantity: FixedDecimal

  public init(venue: String, symbol: String, id: Int64, time: Int64, price: FixedDecimal, quantity: FixedDecimal) {
    self.venue = venue
    self.symbol = symbol
    self.id = id
    self.time = time
    self.price = price
    self.quantity = quantity
  }
}

/// The windows that are still open, as the trades read so far make them: a preview, which the query's own candle replaces. Pure.
///
/// It knows no lateness: of each series the newest four windows are kept, and trades of others are left out. Of repeated trades
/// those are known that come within the last 4096 of their symbol.
public struct FormingWindows: Sendable {
  /// A name and milliseconds.
  private let intervals: [(name: String, size: Int64)]
  private var symbols: [Symbol: Seen] = [:]
  private var windows: [SeriesKey: [FormingCandle]] = [:]
  private var changed: [SeriesKey: Set<Int64>] = [:]
  /// Windows that begin before this may lack trades, microseconds.
  private let complete: Int64

  private struct Symbol: Hashable {
    var venue: String
    var symbol: String
  }

  private struct Seen {
    var ids: Set<Int64> = []
    var order: [Int64] = []
    var next = 0

    static let limit = 4096

    mutating func take(_ id: Int64) -> Bool {
      guard ids.insert(id).inserted else { return false }
      if order.count < Self.limit {
        order.append(id)
      } else {
        ids.remove(order[next])
        order[next] = id
        next = (next + 1) % Self.limit
      }
      return true
    }
  }

  static let kept = 4
  static let symbolLimit = 4_000

  /// - Parameters:
  ///   - intervals: names with milliseconds.
  ///   - complete: event time in microseconds from which on no trade is missing.
  public init(intervals: [(name: String, size: Int64)], completeFrom complete: Int64) {
    self.intervals = intervals
    self.complete = complete
  }

  public mutating func add(_ trade: TradePoint) {
    let symbol = Symbol(venue: trade.venue, symbol: trade.symbol)
    guard symbols[symbol] != nil || symbols.count < Self.symbolLimit else { return }
    guard symbols[symbol, default: Seen()].take(trade.id) else { return }
    for (name, size) in intervals {
      let start = trade.time.flooredQuotient(size * 1000) &* size
      guard start * 1000 >= complete else { continue }
      add(trade, start, size, to: SeriesKey(venue: trade.venue, symbol: trade.symbol, interval: name))
    }
  }

  private mutating func add(_ trade: TradePoint, _ start: Int64, _ size: Int64, to key: SeriesKey) {
    var list = windows[key] ?? []
    if let index = list.firstIndex(where: { $0.start == start }) {
      list[index].add(trade)
    } else {
      if list.count == Self.kept, let oldest = list.first, start < oldest.start { return }
      list.append(FormingCandle(trade, start: start, end: start + size))
      list.sort { $0.start < $1.start }
      if list.count > Self.kept { list.removeFirst() }
    }
    windows[key] = list
    changed[key, default: []].insert(start)
  }

  /// Of the series among `changes`: the event time of its newest trade, milliseconds.
  public func newest(of changes: [NamedCandle]) -> [SeriesKey: Int64] {
    var times: [SeriesKey: Int64] = [:]
    for series in Set(changes.map(\.series)) {
      if let time = windows[series]?.last?.newest { times[series] = time.flooredQuotient(1000) }
    }
    return times
  }

  /// The candles that changed since the last call.
  public mutating func takeChanges() -> [NamedCandle] {
    defer { changed = [:] }
    return changed.flatMap { key, starts in
      (windows[key] ?? []).filter { starts.contains($0.start) }.compactMap { one in one.row.map { NamedCandle(key, $0) } }
    }
  }
}

/// The candle of a window that is not closed. Decimals are exact; one that grows beyond 38 digits shows no candle.
struct FormingCandle: Hashable, Sendable {
  let start: Int64
  let end: Int64
  private var first: TradePoint
  private var last: TradePoint
  private var high: FixedDecimal
  private var low: FixedDecimal
  private var volume: FixedDecimal?
  private var quote: FixedDecimal?
  private var trades: Int64 = 1

  /// Event time of its newest trade, microseconds.
  var newest: Int64 { last.time }

  init(_ trade: TradePoint, start: Int64, end: Int64) {
    self.start = start
    self.end = end
    (first, last, high, low, volume) = (trade, trade, trade.price, trade.price, trade.quantity)
    quote = Self.product(trade)
  }

  private static func product(_ trade: TradePoint) -> FixedDecimal? {
    let (value, overflow) = trade.price.unscaled.multipliedReportingOverflow(by: trade.quantity.unscaled)
    return overflow ? nil : FixedDecimal(unscaled: value, scale: trade.price.scale + trade.quantity.scale)
  }

  private static func sum(_ a: FixedDecimal?, _ b: FixedDecimal?) -> FixedDecimal? {
    guard let a, let b, a.scale == b.scale else { return nil }
    let (value, overflow) = a.unscaled.addingReportingOverflow(b.unscaled)
    return overflow ? nil : FixedDecimal(unscaled: value, scale: a.scale)
  }

  mutating func add(_ trade: TradePoint) {
    if (trade.time, trade.id) < (first.time, first.id) { first = trade }
    if (trade.time, trade.id) > (last.time, last.id) { last = trade }
    if trade.price.unscaled > high.unscaled { high = trade.price }
    if trade.price.unscaled < low.unscaled { low = trade.price }
    volume = Self.sum(volume, trade.quantity)
    quote = Self.sum(quote, Self.product(trade))
    trades += 1
  }

  var row: CandleRow? {
    guard let volume, let quote else { return nil }
    return CandleRow(
      start: start, end: end, open: first.price, high: high, low: low, close: last.price, volume: volume, quoteVolume: quote,
      vwap: Self.quotient(quote, volume), trades: trades, isFinal: false)
  }

  /// Quote volume over volume, rounded half to even at the quote's scale; nil without volume.
  private static func quotient(_ quote: FixedDecimal, _ volume: FixedDecimal) -> FixedDecimal? {
    guard volume.unscaled > 0, quote.unscaled >= 0, volume.scale <= 38 else { return nil }
    let scaled = quote.unscaled.magnitude.multipliedFullWidth(by: FixedDecimal.power(volume.scale).magnitude)
    let divisor = volume.unscaled.magnitude
    guard scaled.high < divisor else { return nil }
    let divided = divisor.dividingFullWidth(scaled)
    var quotient = divided.quotient
    let (twice, overflow) = divided.remainder.addingReportingOverflow(divided.remainder)
    if overflow || twice > divisor || (twice == divisor && quotient & 1 == 1) { quotient += 1 }
    return quotient <= UInt128(Int128.max) ? FixedDecimal(unscaled: Int128(quotient), scale: quote.scale) : nil
  }
}
