import Market

/// A made-up exchange: the same trades for the same seed, with disorder, duplicates and late trades as asked. Owned by one thread.
///
/// Prices walk at random by ticks; quantities are skewed to small ones; trade ids rise by one per symbol. Event time goes on
/// by `1 / rate` seconds a trade from `start`, and arrival order differs from it by up to `disorder`.
public struct Simulator {
  /// What to simulate.
  public struct Options: Sendable, Equatable {
    public var seed: UInt64
    public var symbols: [String]
    /// Trades per second of event time, all symbols together.
    public var rate: Double
    /// How many distinct trades; nil = endless.
    public var count: Int64?
    /// Share of trades (0…1) that arrive out of order, by up to `disorderMicros`.
    public var disorder: Double
    public var disorderMicros: Int64
    /// Share of trades that arrive twice.
    public var duplicates: Double
    /// Share of trades that are late by `lateMicros`.
    public var late: Double
    public var lateMicros: Int64
    /// Event time of the first trade: microseconds since the epoch.
    public var start: Int64
    /// The first trade id of each symbol. Two simulations that are to be told apart must not share ids.
    public var firstID: Int64 = 1

    public init(
      seed: UInt64 = 1, symbols: [String] = ["BTC-USDT", "ETH-USDT", "SOL-USDT", "XRP-USDT"], rate: Double = 1000,
      count: Int64? = nil,
      disorder: Double = 0.05, disorderMicros: Int64 = 200_000, duplicates: Double = 0.001, late: Double = 0.0005,
      lateMicros: Int64 = 30_000_000, start: Int64 = 1_704_067_200_000_000
    ) {
      self.seed = seed
      self.symbols = symbols
      self.rate = rate
      self.count = count
      self.disorder = disorder
      self.disorderMicros = disorderMicros
      self.duplicates = duplicates
      self.late = late
      self.lateMicros = lateMicros
      self.start = start
    }
  }

  private struct Pending {
    let arrival: Int64
    let order: Int64
    let trade: Trade
  }

  private let options: Options
  private var random: UInt64
  private var prices: [Int64]
  private var nextID: [Int64]
  private var produced: Int64 = 0
  private var clock: Double
  private var waiting: [Pending] = []
  private var order: Int64 = 0

  public init(_ options: Options) {
    self.options = options
    random = options.seed
    clock = Double(options.start)
    prices = options.symbols.indices.map { index in [6_000_000_000_000, 260_000_000_000, 15_000_000_000, 60_000_000][index % 4] }
    nextID = options.symbols.map { _ in options.firstID }
  }

  /// The next trade in order of arrival; nil when all have been given.
  public mutating func next() -> Trade? {
    while true {
      let horizon = Int64(clock)
      if let first = waiting.first, first.arrival <= horizon || finished {
        return popFirst().trade
      }
      if finished { return nil }
      generate()
    }
  }

  private var finished: Bool { options.count.map { produced >= $0 } ?? false }

  private mutating func generate() {
    let eventTime = Int64(clock)
    clock += 1_000_000 / options.rate
    produced += 1
    let symbol = Int(nextRandom() % UInt64(options.symbols.count))
    let tick = max(prices[symbol] / 100_000, 1)
    prices[symbol] = max(tick, prices[symbol] + (Int64(nextRandom() % 7) - 3) * tick)
    let lots = Int128(1 + nextRandom() % 100) * Int128(1 + nextRandom() % 100)
    let trade = Trade(
      venue: "sim", symbol: options.symbols[symbol], tradeID: nextID[symbol], price: prices[symbol], quantity: lots * 10_000,
      takerSide: nextRandom() & 1 == 0 ? .buy : .sell, eventTime: eventTime, receivedTime: eventTime)
    nextID[symbol] += 1
    push(trade, delay: delay())
    if chance(options.duplicates) { push(trade, delay: Int64(nextRandom() % 1_000_000)) }
  }

  private mutating func delay() -> Int64 {
    if chance(options.late) { return options.lateMicros }
    return chance(options.disorder) ? Int64(nextRandom() % UInt64(max(options.disorderMicros, 1))) : 0
  }

  private mutating func chance(_ share: Double) -> Bool { Double(nextRandom() >> 11) * 0x1p-53 < share }

  private mutating func push(_ trade: Trade, delay: Int64) {
    var trade = trade
    let arrival = trade.eventTime + delay
    trade.receivedTime = arrival
    order += 1
    waiting.append(Pending(arrival: arrival, order: order, trade: trade))
    var child = waiting.count - 1
    while child > 0, isBefore(child, (child - 1) / 2) {
      waiting.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func popFirst() -> Pending {
    waiting.swapAt(0, waiting.count - 1)
    let first = waiting.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < waiting.count && isBefore(child, least) { least = child }
      if least == parent { return first }
      waiting.swapAt(parent, least)
      parent = least
    }
  }

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    (waiting[a].arrival, waiting[a].order) < (waiting[b].arrival, waiting[b].order)
  }

  // SplitMix64, so that a seed means the same trades on every machine.
  private mutating func nextRandom() -> UInt64 {
    random &+= 0x9e37_79b9_7f4a_7c15
    var z = random
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
