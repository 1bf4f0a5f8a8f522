/// What is served, in bounds: the newest windows of each series, the newest trades without a candle, the audit, the rates. Pure.
public struct MarketBoard: Sendable {
  /// How much is kept.
  public struct Bounds: Sendable {
    /// Windows of one series.
    public var windows = 5_000
    /// Windows of all series together; each series keeps at least 300.
    public var allWindows = 500_000
    /// Series; further ones are not served.
    public var series = 4_000
    public var late = 1_000

    public init() {}
  }

  public let bounds: Bounds
  /// Counts changes. Who has seen everything up to some count asks for what changed after it.
  public private(set) var sequence: Int64 = 0
  /// Counts the series, so that it shows when there are more.
  public var seriesCount: Int { series.count }
  private var series: [SeriesKey: CandleSeries] = [:]
  private var lateTrades: [(sequence: Int64, trade: LateTrade)] = []
  private var seen = SeenRecords()
  public private(set) var audit = AuditLedger()
  private var lateDropped: Int64 = 0
  private var rates = Rates()

  struct Rates: Sendable {
    var candles = RateMeter()
    var late = RateMeter()
    var errors = RateMeter()
    /// By query: each reads the same trades.
    var trades: [String: RateMeter] = [:]
  }

  public init(_ bounds: Bounds = Bounds()) { self.bounds = bounds }

  private var capacity: Int { min(bounds.windows, max(300, bounds.allWindows / max(1, series.count))) }

  // MARK: What comes in

  /// - Parameter now: milliseconds where the candle is new, nil while what there was before is read.
  public mutating func put(_ candle: CandleRow, to key: SeriesKey, now: Int64? = nil) {
    guard series[key] != nil || series.count < bounds.series else { return }
    let capacity = capacity
    guard series[key, default: CandleSeries()].put(candle, sequence: sequence + 1, capacity: capacity) else { return }
    sequence += 1
    if let now, candle.isFinal { rates.candles.add(1, now: now) }
  }

  public mutating func add(_ trade: LateTrade, from place: RecordPlace, now: Int64? = nil) {
    guard seen.take(place) else { return }
    sequence += 1
    lateTrades.append((sequence, trade))
    if lateTrades.count > bounds.late + bounds.late / 4 {
      let count = lateTrades.count - bounds.late
      lateDropped = lateTrades[count - 1].sequence
      lateTrades.removeFirst(count)
    }
    guard let now else { return }
    if trade.reason == "late" { rates.late.add(1, now: now) } else { rates.errors.add(1, now: now) }
  }

  public mutating func add(_ entry: AuditEntry, from place: RecordPlace, now: Int64? = nil) {
    guard seen.take(place) else { return }
    audit.add(entry)
    if let now { rates.trades["\(entry.application)/\(entry.query)", default: RateMeter()].add(entry.input, now: now) }
  }

  // MARK: What goes out

  /// Every series, in order.
  public var keys: [SeriesKey] { series.keys.sorted() }

  /// The windows a question asks for, in the order of `NamedCandle.precedes`: one more than its limit where there are more.
  public func candles(_ query: CandleQuery) -> [NamedCandle] {
    var found: [NamedCandle] = []
    // Each series may begin with a window of the page before.
    let limit = query.limit + (query.after == nil ? 1 : 2)
    for (key, one) in series where query.takes(key) {
      let rows = one.candles(in: query.range, limit: limit, newest: query.isNewest)
      found += rows.map { NamedCandle(key, $0) }
    }
    return query.cut(found)
  }

  /// The start of the oldest window held of the one series that a question is about; nil where it may be about others too.
  public func floor(_ query: CandleQuery) -> Int64? { query.series.flatMap { series[$0]?.floor } }

  /// The newest trades without a candle, newest first.
  public func late(limit: Int) -> [LateTrade] { lateTrades.suffix(limit).reversed().map(\.trade) }

  /// The series that a filter takes, in order.
  public func keys(_ filter: SeriesFilter) -> [SeriesKey] { series.keys.filter { filter.takes($0) }.sorted() }

  /// The newest windows of some series.
  public func snapshot(_ keys: [SeriesKey], windows: Int) -> [NamedCandle] {
    keys.flatMap { key in (series[key]?.newest(windows) ?? []).map { NamedCandle(key, $0) } }.sorted(by: NamedCandle.precedes)
  }

  /// What changed after `sequence`; nil where that is no longer known, and a snapshot is needed.
  public func changes(after sequence: Int64, _ keys: [SeriesKey]) -> [NamedCandle]? {
    guard sequence <= self.sequence else { return nil }
    guard sequence < self.sequence else { return [] }
    var found: [NamedCandle] = []
    for key in keys {
      guard let one = series[key], one.sequence > sequence else { continue }
      guard one.dropped <= sequence else { return nil }
      found += one.changes(after: sequence).map { NamedCandle(key, $0) }
    }
    return found.sorted(by: NamedCandle.precedes)
  }

  /// Trades without a candle that came after `sequence`, newest first; what is no longer kept is left out.
  public func late(after sequence: Int64) -> [LateTrade] {
    lateTrades.reversed().prefix { $0.sequence > sequence }.map(\.trade)
  }

  /// How much there is now.
  ///
  /// - Parameter now: milliseconds.
  public mutating func rates(now: Int64) -> MarketStats.Rates {
    var trades: Int64 = 0
    for id in rates.trades.keys { trades = max(trades, rates.trades[id]?.count(last: 10, now: now) ?? 0) }
    return MarketStats.Rates(
      tradesPerSecond: Double(trades) / 10, candlesPerSecond: Double(rates.candles.count(last: 10, now: now)) / 10,
      latePerMinute: Double(rates.late.count(last: 60, now: now)),
      errorsPerMinute: Double(rates.errors.count(last: 60, now: now)))
  }
}
