import SQL
import TestSupport
import Testing
import Windows

/// FILL PREVIOUS.
@Suite struct FillTests {
  private static let calls = [
    Trades.call(.firstBy, [Trades.price, Trades.time, Trades.id], Trades.priceType),
    Trades.call(.lastBy, [Trades.price, Trades.time, Trades.id], Trades.priceType),
    Trades.call(.sum, [Trades.quantity], Trades.sumType), Trades.call(.countAll, [], .bigint),
  ]

  /// Outputs: venue, symbol, open, close, volume, count; an empty window opens and closes at the last close with nothing traded.
  private static func plan(within: Int64, having: Expression? = nil, grace: Int64 = 0) -> QueryPlan {
    var plan = Trades.plan(size: 10, grace: grace, aggregates: calls, having: having)
    plan.aggregation?.fill = FillPlan(
      values: [
        .computed, .computed, .previous(3), .previous(3), .constant(.decimal(unscaled: 0, scale: 8)), .constant(.integer(0)),
      ], within: within)
    return plan
  }

  private func shown(_ run: Harness) -> [String] { run.emitted.map { $0.replacing("binance ", with: "") } }

  @Test func `a window without records repeats the last close, between two of a group and after the last`() throws {
    let run = try Harness(Self.plan(within: 1_000))
    try run.process([
      Row(symbol: "A", id: 1, price: 5, time: 1), Row(symbol: "A", id: 2, price: 7, time: 2),
      Row(symbol: "A", price: 9, time: 35),
      Row(symbol: "B", price: 1, time: 50),
    ])
    run.emit()
    #expect(
      shown(run) == [
        "[0,10) A 5 7 20 2", "[10,20) A 7 7 0 0", "[20,30) A 7 7 0 0", "[30,40) A 9 9 10 1", "[40,50) A 9 9 0 0",
      ])
    run.finish()
    #expect(shown(run).suffix(2) == ["[50,60) A 9 9 0 0", "[50,60) B 1 1 10 1"])
    #expect(run.engine.failedOutputValues == 0)
  }

  @Test func `a group silent for too long is filled no more`() throws {
    let run = try Harness(Self.plan(within: 20))
    try run.process([Row(symbol: "A", price: 5, time: 1)])
    for time in [25, 55, 200] {
      try run.process([Row(symbol: "B", price: 1, time: Int64(time))])
      run.emit()
      try run.restart()
    }
    #expect(shown(run).filter { $0.contains(" A ") } == ["[0,10) A 5 5 10 1", "[10,20) A 5 5 0 0", "[20,30) A 5 5 0 0"])
    #expect(run.state.keys.filter { $0.first == UInt8(ascii: "f") }.count <= 1)
  }

  @Test func `a window that HAVING refuses is not filled, and its values are not carried on`() throws {
    let cheap = Expression.call(
      .less, [.aggregate(1, Trades.priceType), .literal(.decimal(unscaled: 100, scale: 8), Trades.priceType)], .boolean)
    let run = try Harness(Self.plan(within: 1_000, having: cheap))
    try run.process([Row(price: 500, time: 0), Row(price: 50, time: 21)])
    run.emit()
    for (price, time) in [(500, 31), (60, 61)] as [(Int64, Int64)] {
      try run.process([Row(price: price, time: time)])
      run.emit()
      try run.restart()
    }
    #expect(
      shown(run).map { $0.replacing("BTC-USDT ", with: "") } == ["[20,30) 50 50 10 1", "[40,50) 50 50 0 0", "[50,60) 50 50 0 0"])
  }

  @Test func `filled windows are the same however records are split and the query restarts`() throws {
    var rng = SeededGenerator.forTest("fill")
    for _ in 0..<30 {
      var now: Int64 = 0
      let rows = (0..<60).map { i in
        now += [0, 1, 3, 40].randomElement(using: &rng) ?? 0
        return Row(
          symbol: ["A", "B"].randomElement(using: &rng), id: Int64(i), price: Int64.random(in: 1...99, using: &rng),
          time: max(0, now - Int64.random(in: 0...8, using: &rng)), offset: Int64(i))
      }
      let (whole, split) = (try Harness(Self.plan(within: 60, grace: 5)), try Harness(Self.plan(within: 60, grace: 5)))
      try whole.process(rows)
      whole.finish()
      for row in rows {
        try split.process([row])
        if Bool.random(using: &rng) { split.emit() }
        if Int.random(in: 0..<5, using: &rng) == 0 { try split.restart() }
      }
      split.finish()
      #expect(split.emitted.sorted() == whole.emitted.sorted())
      #expect(Self.naive(rows, size: 10, grace: 5, within: 60) == shown(whole).sorted())
    }
  }

  /// Window by window from the definition: those with records, and those without up to `within` after one that has some.
  private static func naive(_ rows: [Row], size: Int64, grace: Int64, within: Int64) -> [String] {
    var windows: [String: [Int64: [Row]]] = [:]
    var streamTime: Int64 = -1
    for row in rows {
      let time = row.time ?? 0
      streamTime = max(streamTime, time)
      let start = time / size * size
      if start + size > streamTime - grace { windows[row.symbol ?? "", default: [:]][start, default: []].append(row) }
    }
    let end = windows.values.flatMap(\.keys).max() ?? 0
    var out: [String] = []
    for (symbol, held) in windows {
      var (close, seen): (Int64, Int64?) = (0, nil)
      for start in stride(from: 0, through: end, by: Int(size)).map({ Int64($0) }) {
        if let rows = held[start] {
          let sorted = rows.sorted { ($0.time ?? 0, $0.id ?? 0) < ($1.time ?? 0, $1.id ?? 0) }
          close = sorted.last?.price ?? 0
          seen = start + size
          out.append("[\(start),\(start + size)) \(symbol) \(sorted[0].price ?? 0) \(close) \(rows.count * 10) \(rows.count)")
        } else if let seen, start + size - seen <= within {
          out.append("[\(start),\(start + size)) \(symbol) \(close) \(close) 0 0")
        }
      }
    }
    return out.sorted()
  }

  @Test func `what cannot be filled is refused`() {
    func refuses(_ change: (inout QueryPlan) -> Void) {
      var plan = Self.plan(within: 60)
      change(&plan)
      #expect(throws: WindowsError.self) { try Harness(plan) }
    }
    refuses { $0.aggregation?.emit = .changes }
    refuses { $0.aggregation?.window = WindowPlan(size: 10, advance: 5, grace: 0) }
    refuses { $0.aggregation?.window = .session(SessionWindow(gap: 1, grace: 0)) }
    refuses { $0.aggregation?.fill?.values = [] }
    refuses { $0.aggregation?.fill?.values[2] = .previous(9) }
    refuses { $0.aggregation?.fill?.within = .max }
  }
}
