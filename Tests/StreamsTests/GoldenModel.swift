import TestSupport

/// What the golden queries must give, computed record by record from their definitions: no windows in slots, no heaps, no batches.
struct GoldenModel {
  struct Trade {
    var partition: Int32
    var venue: String
    var symbol: String
    var n: Int
    /// Milliseconds.
    var time: Int64
    var isBroken = false

    var json: String {
      isBroken
        ? #"{"SYMBOL":"x","N":"#
        : #"{"SYMBOL":"\#(symbol)","N":\#(n),"AT":\#(time)}"#
    }
  }

  static func trades(_ count: Int, _ generator: inout SeededGenerator) -> [Trade] {
    (0..<count).map { index in
      let venue = Int.random(in: 0..<6, using: &generator)
      // Now and then a silence, so that sessions end and windows stay empty.
      let start = Int64(index) * 40 + Int64(index / 150) * 7000
      return Trade(
        partition: Int32(venue % 3), venue: "v\(venue)", symbol: "s\(Int.random(in: 0..<3, using: &generator))",
        n: Int.random(in: -5..<300, using: &generator), time: start + 2000 - Int64.random(in: 0..<1500, using: &generator),
        isBroken: Int.random(in: 0..<50, using: &generator) == 0)
    }
  }

  /// Each table by key, a window's bounds in front.
  var hops: [String: String] = [:]
  var sessions: [String: String] = [:]
  var few: [String: String] = [:]
  var symbols: [String: String] = [:]
  var seconds: [String: String] = [:]
  var fives: [String: String] = [:]
  /// `partition/offset` of records that missed a window.
  var lateHops: Set<String> = []
  var lateSeconds: Set<String> = []
  var broken: Set<String> = []

  private struct Sum {
    var count = 0
    var sum = 0
  }

  init(_ trades: [Trade]) {
    var offsets: [Int32: Int] = [:]
    var placed: [(trade: Trade, place: String)] = []
    for trade in trades {
      let offset = offsets[trade.partition, default: 0]
      offsets[trade.partition] = offset + 1
      let place = "\(trade.partition)/\(offset)"
      if trade.isBroken { broken.insert(place) } else { placed.append((trade, place)) }
    }
    Self.windows(placed.filter { $0.trade.n > 0 }, size: 3000, advance: 1000, &hops, &lateHops) { start, trade in
      #"\#(start) {"VENUE":"\#(trade.venue)","SYMBOL":"\#(trade.symbol)"}"#
    }
    var fives: [String: Sum] = [:]
    Self.windows(placed, size: 1000, advance: 1000, &seconds, &lateSeconds) { start, trade in
      "\(start) \(trade.venue),\(trade.symbol)"
    } counted: { start, trade in
      fives["\(start / 5000 * 5000) \(trade.venue),\(trade.symbol)", default: Sum()].count += 1
      fives["\(start / 5000 * 5000) \(trade.venue),\(trade.symbol)", default: Sum()].sum += trade.n
    }
    self.fives = fives.mapValues(Self.json)
    sessions(placed.map(\.trade))
    groups(placed.map(\.trade))
  }

  private static func json(_ sum: Sum) -> String { #"{"C":\#(sum.count),"S":\#(sum.sum)}"# }

  /// A window of a record is late when it ends at or before the largest time so far, less half a second.
  private static func windows(
    _ placed: [(trade: Trade, place: String)], size: Int64, advance: Int64, _ table: inout [String: String],
    _ late: inout Set<String>, key: (Int64, Trade) -> String, counted: (Int64, Trade) -> Void = { _, _ in }
  ) {
    var now: [Int32: Int64] = [:]
    var sums: [String: Sum] = [:]
    for (trade, place) in placed {
      now[trade.partition] = max(now[trade.partition] ?? 0, trade.time)
      for start in stride(from: Int64(0), through: trade.time, by: Int(advance)) where trade.time < start + size {
        if start + size <= now[trade.partition, default: 0] - 500 {
          late.insert(place)
          continue
        }
        sums[key(start, trade), default: Sum()].count += 1
        sums[key(start, trade), default: Sum()].sum += trade.n
        counted(start, trade)
      }
    }
    table = sums.mapValues(json)
  }

  /// Sessions are the runs of a group's sorted times without a gap of more than two seconds.
  private mutating func sessions(_ trades: [Trade]) {
    for (key, trades) in Dictionary(grouping: trades, by: { "\($0.venue),\($0.symbol)" }) {
      var run: [Trade] = []
      func close(_ run: [Trade], _ table: inout [String: String]) {
        guard let first = run.first, let last = run.last else { return }
        table["\(first.time)-\(last.time) \(key)"] = Self.json(Sum(count: run.count, sum: run.reduce(0) { $0 + $1.n }))
      }
      for trade in trades.sorted(by: { $0.time < $1.time }) {
        if let last = run.last, trade.time - last.time > 2000 {
          close(run, &sessions)
          run = []
        }
        run.append(trade)
      }
      close(run, &sessions)
    }
  }

  private mutating func groups(_ trades: [Trade]) {
    for (venue, trades) in Dictionary(grouping: trades, by: \.venue) {
      let low = trades.map(\.n).min() ?? 0
      if low > -5 { few[venue] = #"{"C":\#(trades.count),"LOW":\#(low)}"# }
    }
    for (symbol, trades) in Dictionary(grouping: trades, by: \.symbol) {
      symbols[symbol] = Self.json(Sum(count: trades.count, sum: trades.reduce(0) { $0 + $1.n }))
    }
  }
}
