/// Which candles are asked for. Pure.
public struct CandleQuery: Hashable, Sendable {
  public var symbol: String
  public var interval: String
  /// Nil for every venue.
  public var venue: String?
  /// Starts of windows, milliseconds.
  public var range: Range<Int64>
  public var limit: Int
  /// Whether the last windows of the range are wanted instead of the first.
  public var isNewest: Bool
  /// Where the page before ended.
  public var after: CandleCursor?

  public init(
    symbol: String, interval: String, venue: String? = nil, range: Range<Int64>, limit: Int, isNewest: Bool,
    after: CandleCursor? = nil
  ) {
    self.symbol = symbol
    self.interval = interval
    self.venue = venue
    self.range = range
    self.limit = limit
    self.isNewest = isNewest
    self.after = after
  }

  /// The only series it can be about; nil where there may be several.
  public var series: SeriesKey? { venue.map { SeriesKey(venue: $0, symbol: symbol, interval: interval) } }

  public func takes(_ key: SeriesKey) -> Bool {
    key.symbol == symbol && key.interval == interval && (venue == nil || key.venue == venue)
  }

  /// Of candles in any order: those asked for, in order, and one more than the limit where there are more.
  public func cut(_ candles: [NamedCandle]) -> [NamedCandle] {
    let wanted = candles.filter { one in
      range.contains(one.candle.start) && takes(one.series) && (after.map { $0.precedes(one) } ?? true)
    }
    let sorted = wanted.sorted(by: NamedCandle.precedes)
    return Array(isNewest ? sorted.suffix(limit + 1) : sorted.prefix(limit + 1))
  }

  /// Windows of the topic and of the lake as one: of a window that both have, the topic's.
  public func join(live: [NamedCandle], history: [NamedCandle]) -> [NamedCandle] {
    struct Window: Hashable {
      var series: SeriesKey
      var start: Int64
    }
    let known = Set(live.map { Window(series: $0.series, start: $0.candle.start) })
    return cut(live + history.filter { !known.contains(Window(series: $0.series, start: $0.candle.start)) })
  }

  /// What is answered: a page of at most `limit`, and where the next one begins.
  ///
  /// - Parameter end: where the candles end before the range does, because more were too many to read.
  public func page(_ candles: [NamedCandle], end: Int64? = nil) -> (candles: [NamedCandle], next: CandleCursor?) {
    guard !isNewest else { return (Array(candles.suffix(limit)), nil) }
    let page = Array(candles.prefix(limit))
    guard candles.count > limit || end != nil, let last = page.last else { return (page, nil) }
    return (page, CandleCursor(start: last.candle.start, venue: last.series.venue))
  }
}

/// Which series somebody follows; an empty set stands for all. Pure.
public struct SeriesFilter: Hashable, Sendable {
  public var symbols: Set<String>
  public var venues: Set<String>
  public var intervals: Set<String>

  public init(symbols: Set<String> = [], venues: Set<String> = [], intervals: Set<String> = []) {
    self.symbols = symbols
    self.venues = venues
    self.intervals = intervals
  }

  public func takes(_ key: SeriesKey) -> Bool {
    (symbols.isEmpty || symbols.contains(key.symbol)) && (venues.isEmpty || venues.contains(key.venue))
      && (intervals.isEmpty || intervals.contains(key.interval))
  }
}
