import SQL
import TestSupport
import Testing
import Windows

/// Larger windows from smaller ones.
@Suite struct RollUpTests {
  /// Queries of which each reads the windows of the one before, run together as a partition does.
  final class Chain {
    let plans: [QueryPlan]
    var harnesses: [Harness] = []
    var decoder = Decoder()
    var stage: SourceStage
    var engines: [QueryEngine] = []
    var states: [[[UInt8]: [UInt8]]]

    init(_ plans: [QueryPlan]) throws {
      self.plans = plans
      stage = try SourceStage(source: plans[0].source, retention: 0)
      states = plans.map { _ in [:] }
      harnesses = try plans.map { plan in
        var plan = plan
        plan.rollUp = nil
        return try Harness(plan)
      }
      try start()
    }

    private func start() throws {
      stage = try SourceStage(source: plans[0].source, retention: 0)
      engines = []
      for (plan, state) in zip(plans, states) {
        let engine = try QueryEngine(plan, stage: stage, base: engines.last { $0.plan.id == plan.rollUp?.query })
        for (key, value) in state { try engine.restore(key: key, value: value) }
        engines.append(engine)
      }
      decoder = Decoder()
    }

    func process(_ rows: [Row]) throws {
      let staged = try stage.process(decoder.batch(rows), offsets: rows.map(\.offset), timestamps: rows.map(\.timestamp))
      for engine in engines { _ = try engine.process(staged) }
    }

    func emit() { for (engine, harness) in zip(engines, harnesses) { harness.take(engine.closeDue()) } }
    func finish() { for (engine, harness) in zip(engines, harnesses) { harness.take(engine.closeAll()) } }

    func checkpoint() {
      for (i, engine) in engines.enumerated() { for entry in engine.takeDirty() { states[i][entry.key] = entry.value } }
    }

    func restart() throws {
      checkpoint()
      try start()
    }

    func emitted(_ index: Int) -> [String] { harnesses[index].emitted }
  }

  private static let minute: Int64 = 60_000_000

  private static func plans(
    _ sizes: [Int64], aggregates: [AggregateCall], groupBy: [Expression] = [Trades.venue, Trades.symbol],
    emit: AggregationPlan.Emit = .final, having: Expression? = nil
  ) -> [QueryPlan] {
    sizes.enumerated().map { i, size in
      var plan = Trades.plan(
        size: size, grace: i == 0 ? 2_000_000 : 0, aggregates: aggregates, having: i == 0 ? having : nil,
        emit: i == 0 ? .final : emit, groupBy: groupBy)
      plan.id = "Q\(i)"
      if i > 0 {
        plan.rollUp = RollUpPlan(
          table: "T\(i - 1)", query: "Q\(i - 1)", groups: Array(groupBy.indices), aggregates: Array(aggregates.indices))
      }
      return plan
    }
  }

  /// Those of the model that do not go by arrival.
  private static let aggregates = ModelTests.aggregates.filter {
    $0.function != .earliestByOffset && $0.function != .latestByOffset
  }

  @Test(arguments: ModelTests.Flavour.allCases.filter { $0 != .extremes })
  func `5-minute and 1-hour candles from 1-minute ones are those made from the trades`(
    _ flavour: ModelTests.Flavour
  ) throws {
    var rng = SeededGenerator.forTest("roll-up \(flavour)")
    let (minute, sizes) = (Self.minute, [Self.minute, 5 * Self.minute, 60 * Self.minute])
    let chain = try Chain(Self.plans(sizes, aggregates: Self.aggregates))
    // Direct windows over the trades that the smallest took.
    let direct = try sizes.map { try Harness(Trades.plan(size: $0, grace: 1 << 50, aggregates: Self.aggregates)) }
    let filter = try Harness(Trades.plan(size: minute, grace: 2_000_000, aggregates: Self.aggregates))
    let rows = ModelTests.rows(1_500, flavour, &rng)
    var position = 0
    while position < rows.count {
      let batch = Array(rows[position..<min(rows.count, position + Int.random(in: 1...60, using: &rng))])
      try chain.process(batch)
      for row in batch {
        let before = filter.counters.aggregated
        try filter.process([row])
        if filter.counters.aggregated > before { try direct.forEach { try $0.process([row]) } }
      }
      position += batch.count
      switch Int.random(in: 0..<4, using: &rng) {
      case 0, 1: chain.emit()
      case 2:
        chain.emit()
        try chain.restart()
      default: break
      }
    }
    chain.finish()
    for (i, expected) in direct.enumerated() {
      expected.finish()
      #expect(chain.emitted(i).sorted() == expected.emitted.sorted())
      #expect(chain.engines[i].openWindows == 0)
    }
    #expect(chain.engines.allSatisfy { $0.totals.isBalanced })
    #expect(chain.engines[1].totals.consumed == Int64(chain.emitted(0).count))
  }

  @Test func `a larger window closes with the last of those within it`() throws {
    let chain = try Chain(Self.plans([Self.minute, 5 * Self.minute], aggregates: [Trades.call(.countAll, [], .bigint)]))
    try chain.process([Row(time: 10_000_000), Row(time: 290_000_000), Row(time: 301_999_999)])
    chain.emit()
    #expect(chain.emitted(0).count == 1)
    #expect(chain.emitted(1).isEmpty)
    try chain.process([Row(time: 302_000_000)])
    chain.emit()
    #expect(chain.emitted(0).count == 2)
    #expect(chain.emitted(1) == ["[0,300000000) binance BTC-USDT 2"])
  }

  @Test func `EMIT CHANGES gives the larger window each time a smaller one joins it`() throws {
    let count = [Trades.call(.countAll, [], .bigint)]
    let chain = try Chain(Self.plans([Self.minute, 5 * Self.minute], aggregates: count, emit: .changes))
    for time: Int64 in [0, 1, 70, 130] {
      try chain.process([Row(time: time * 1_000_000)])
      chain.emit()
    }
    #expect(chain.emitted(1) == ["[0,300000000) binance BTC-USDT 2", "[0,300000000) binance BTC-USDT 3"])
  }

  @Test func `a roll-up can group by fewer columns`() throws {
    let count = [Trades.call(.countAll, [], .bigint), Trades.call(.max, [Trades.side], .string)]
    var plans = Self.plans([Self.minute, Self.minute], aggregates: count)
    plans[1].aggregation?.groupBy = [Trades.symbol]
    plans[1].aggregation?.aggregates = [count[1], count[0]]
    plans[1].rollUp?.groups = [1]
    plans[1].projection = [
      .init(field: Field(name: "K", type: .string, isKey: true), expression: .groupKey(0, .string)),
      .init(field: Field(name: "S", type: .string), expression: .aggregate(0, .string)),
      .init(field: Field(name: "N", type: .bigint), expression: .aggregate(1, .bigint)),
    ]
    let chain = try Chain(plans)
    try chain.process([Row(venue: "a"), Row(venue: "b", side: "SELL"), Row(venue: "a", symbol: "X\u{0}")])
    chain.finish()
    #expect(chain.emitted(1) == ["[0,60000000) BTC-USDT SELL 2", "[0,60000000) X\u{0} BUY 1"])
  }

  @Test func `windows that HAVING keeps out of the table are not merged`() throws {
    let two = Expression.call(.greaterOrEqual, [.aggregate(0, .bigint), .literal(.integer(2), .bigint)], .boolean)
    let chain = try Chain(
      Self.plans([Self.minute, 5 * Self.minute], aggregates: [Trades.call(.countAll, [], .bigint)], having: two))
    try chain.process([Row(time: 0), Row(time: 61_000_000), Row(time: 62_000_000)])
    chain.finish()
    #expect(chain.emitted(1) == ["[0,300000000) binance BTC-USDT 2"])
  }

  @Test func `what cannot be rolled up is refused`() throws {
    func refuses(_ change: (inout [QueryPlan]) -> Void) {
      var plans = Self.plans([Self.minute, 5 * Self.minute], aggregates: [Trades.call(.countAll, [], .bigint)])
      change(&plans)
      #expect(throws: WindowsError.self) { try Chain(plans) }
    }
    refuses { $0[1].aggregation?.window = WindowPlan(size: 90_000_000, advance: 90_000_000, grace: 0) }
    refuses { $0[0].aggregation?.window = WindowPlan(size: Self.minute, advance: Self.minute / 2, grace: 0) }
    refuses { $0[0].aggregation?.window = .session(SessionWindow(gap: 1, grace: 0)) }
    refuses { $0[1].aggregation?.window = .session(SessionWindow(gap: 1, grace: 0)) }
    refuses { $0[1].aggregation?.aggregates = [Trades.call(.max, [Trades.price], Trades.priceType)] }
    refuses { $0[1].rollUp?.query = "OTHER" }
    refuses { $0[1].rollUp?.groups = [0, 7] }
    let latest = [Trades.call(.latestByOffset, [Trades.id], .bigint)]
    #expect(throws: WindowsError.self) { try Chain(Self.plans([Self.minute, 5 * Self.minute], aggregates: latest)) }
  }
}
