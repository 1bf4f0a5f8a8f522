import Columns
import SQL
import TestSupport
import Testing
import Windows

@Suite struct AggregateTests {
  private func single(_ calls: [AggregateCall], _ rows: [Row]) throws -> String {
    let run = try Harness(Trades.plan(size: 1_000_000_000, grace: 0, aggregates: calls, groupBy: [Trades.venue]))
    try run.process(rows)
    run.finish()
    #expect(run.failed.isEmpty)
    return run.emitted.first.map { $0.split(separator: " ").dropFirst(2).joined(separator: " ") } ?? "none"
  }

  private static let variance = [
    Trades.call(.varianceSample, [Trades.price], .double), Trades.call(.standardDeviationSample, [Trades.price], .double),
    Trades.call(.average, [Trades.price], .double),
  ]

  @Test func `variance, deviation and mean of known numbers`() throws {
    // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, sum of squared deviations 32.
    let rows = [2, 4, 4, 4, 5, 5, 7, 9].map { Row(price: $0 * 100_000_000) }
    let parts = try single(Self.variance, rows).split(separator: " ").map { Double($0) ?? .nan }
    #expect(parts[0] == 32.0 / 7)
    #expect(parts[1] == (32.0 / 7).squareRoot())
    #expect(parts[2] == 5)
  }

  @Test func `the variance of close large values does not cancel`() throws {
    // 9999999999.00000001 … 03: the variance is 1e-16; sums of squares in doubles would give 0 or garbage.
    let rows = [1, 2, 3].map { Row(price: 999_999_999_900_000_000 + $0) }
    let text = try single([Self.variance[0]], rows)
    #expect(text == "1e-16")
  }

  @Test func `variance needs two values, and the rest at least one`() throws {
    #expect(try single(Self.variance, [Row(price: 5)]).hasPrefix("NULL NULL"))
    #expect(try single(Trades.candle, [Row(price: nil, quantity: nil)]) == "NULL NULL NULL NULL NULL NULL NULL 1 1 1 NULL")
  }

  @Test func `exact aggregates do not depend on the order of arrival`() throws {
    var rng = SeededGenerator.forTest("order of arrival")
    let calls = Trades.candle + Self.variance
    var rows = (0..<500).map { i in
      Row(
        id: Int64(i), price: Int64.random(in: 1...999_999_999_999_999, using: &rng),
        quantity: Int128.random(in: 1...1_000_000_000_000_000, using: &rng), time: Int64.random(in: 0...50, using: &rng))
    }
    let expected = try single(calls, rows)
    for _ in 0..<5 {
      rows.shuffle(using: &rng)
      #expect(try single(calls, rows) == expected)
    }
  }

  @Test func `a volume-weighted price is rounded half to even at the sixteenth digit`() throws {
    let vwap = [Trades.call(.vwap, [Trades.price, Trades.quantity], Trades.amountType)]
    // Prices of 1e-8 and 2e-8 with weights 1 and 2^k leave quotients that end in a tie at digit 17.
    func expect(_ prices: [Int64], _ weights: [Int128], _ expected: String) throws {
      #expect(try single(vwap, zip(prices, weights).map { Row(price: $0, quantity: $1) }) == expected)
    }
    // (1*511 + 2*1) / 512 = 1.001953125 × 1e-8 → …, exact at 16 digits needs 9: one too many.
    try expect([1, 2], [511, 1], "100195312")
    try expect([1, 2], [509, 3], "100585938")
    try expect([-1, -2], [511, 1], "-100195312")
    try expect([1, 2], [2, 1], "133333333")
    try expect([1, 2], [1, 2], "166666667")
    try expect([1, 2], [1, -1], "NULL")
  }

  @Test func `first and last go by their order columns, and a tie keeps the earlier arrival`() throws {
    let calls = [
      Trades.call(.firstBy, [Trades.price, Trades.time, Trades.id], Trades.priceType),
      Trades.call(.lastBy, [Trades.price, Trades.time, Trades.id], Trades.priceType),
      Trades.call(.firstBy, [Trades.side, Trades.value, Trades.quantity, Trades.id], .string),
      Trades.call(.lastBy, [Trades.quantity, Trades.quantity], Trades.quantityType),
      Trades.call(.lastBy, [Trades.value, Trades.value], .double),
    ]
    let rows = [
      Row(id: 5, price: 50, quantity: -3, side: "a", time: 10, value: -0.5),
      Row(id: 4, price: 40, quantity: -4, side: "b", time: 10, value: -0.5),
      Row(id: 4, price: 41, quantity: 1 << 70, side: "c", time: 10, value: 7.25),
      Row(id: 9, price: 90, quantity: 5, side: "d", time: 9, value: .infinity),
      Row(id: 5, price: 51, quantity: 6, side: "e", time: 10, value: 1),
    ]
    #expect(try single(calls, rows) == "90 50 b \(Int128(1) << 70) inf")
  }

  @Test func `extreme order values are told from no value at all`() throws {
    let calls = [
      Trades.call(.firstBy, [Trades.price, Trades.id, Trades.id], Trades.priceType),
      Trades.call(.firstBy, [Trades.price, Trades.id], Trades.priceType),
      Trades.call(.lastBy, [Trades.price, Trades.id, Trades.id], Trades.priceType),
    ]
    #expect(try single(calls, [Row(id: .max, price: 7), Row(id: .max, price: 8)]) == "7 7 7")
    #expect(try single(calls, [Row(id: .min, price: 7), Row(id: .min, price: 8)]) == "7 7 7")
    #expect(try single(calls, [Row(id: .max, price: 7), Row(id: 3, price: 8), Row(id: .min, price: 9)]) == "9 9 7")
  }

  @Test func `a sum may reach the last value of its type and no further`() throws {
    let sum = [Trades.call(.sum, [Trades.id], .bigint)]
    #expect(try single(sum, [Row(id: .max - 1), Row(id: 1)]) == "\(Int64.max)")
    #expect(try single(sum, [Row(id: .min + 1), Row(id: -1)]) == "\(Int64.min)")
    let run = try Harness(Trades.plan(size: 1_000_000, grace: 0, aggregates: sum))
    try run.process([Row(id: .max, offset: 0), Row(id: 1, offset: 1), Row(id: -1, offset: 2), Row(id: 1, offset: 3)])
    run.finish()
    #expect(run.failed == [1])
    #expect(run.emitted == ["[0,1000000) binance BTC-USDT \(Int64.max)"])
  }

  @Test func `aggregates that share inputs share accumulators`() throws {
    let run = try Harness(Trades.plan(size: 1, grace: 0))
    // Rows are few, so the size of an entry tells how much is kept: eleven aggregates from ten accumulators.
    try run.process([Row()])
    run.checkpoint()
    let entry = run.state.first { $0.key.first == UInt8(ascii: "w") }
    #expect((entry?.value.count ?? 0) < 80)
  }
}
