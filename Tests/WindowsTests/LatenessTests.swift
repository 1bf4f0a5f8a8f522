import SQL
import TestSupport
import Testing
import Windows

@Suite struct LatenessTests {
  private static let count = [Trades.call(.countAll, [], .bigint)]

  private func harness(size: Int64, advance: Int64? = nil, grace: Int64) throws -> Harness {
    try Harness(Trades.plan(size: size, advance: advance, grace: grace, aggregates: Self.count))
  }

  private func feed(_ harness: Harness, milliseconds: [Int64]) throws {
    for (i, time) in milliseconds.enumerated() { try harness.process([Row(time: time * 1000, offset: Int64(i))]) }
  }

  @Test func `with a size of 60 s and 10 s of grace a record is accepted at stream time 69999 and late at 70000`() throws {
    let kept = try harness(size: 60_000_000, grace: 10_000_000)
    try feed(kept, milliseconds: [69_999, 59_000])
    #expect(kept.late.isEmpty)
    #expect(kept.counters.aggregated == 2)

    let dropped = try harness(size: 60_000_000, grace: 10_000_000)
    try feed(dropped, milliseconds: [70_000, 59_001])
    #expect(dropped.late == ["1 [0,60000000) at 70000000 by 10999000 true"])
    #expect(dropped.counters.aggregated == 1)
  }

  @Test func `with 60 s of grace a window of 30 s stays open at 89999 and is closed at 90000`() throws {
    let kept = try harness(size: 30_000_000, grace: 60_000_000)
    try feed(kept, milliseconds: [0, 89_999, 29_999])
    #expect(kept.counters.late == 0)
    let dropped = try harness(size: 30_000_000, grace: 60_000_000)
    try feed(dropped, milliseconds: [0, 90_000, 29_999])
    #expect(dropped.counters.late == 1)
  }

  @Test func `a window is closed and emitted at the very microsecond its grace ends`() throws {
    let run = try harness(size: 60_000_000, grace: 10_000_000)
    try run.process([Row(time: 0), Row(time: 69_999_999)])
    run.emit()
    #expect(run.emitted.isEmpty)
    try run.process([Row(time: 70_000_000)])
    run.emit()
    #expect(run.emitted == ["[0,60000000) binance BTC-USDT 1"])
  }

  @Test func `a large jump of time emits every window it closes`() throws {
    // The case in which emission by a retained store loses windows: each jump passes several windows at once.
    let run = try harness(size: 60_000_000, grace: 10_000_000)
    for (i, time) in [30, 125, 200, 300].enumerated() {
      try run.process([Row(time: Int64(time) * 1_000_000, offset: Int64(i))])
      run.emit()
    }
    #expect(run.emitted.count == 3)
    run.finish()
    let expected = [0, 120, 180, 300].map { "[\($0 * 1_000_000),\(($0 + 60) * 1_000_000)) binance BTC-USDT 1" }
    #expect(run.emitted == expected)
  }

  @Test func `a backlog replayed between two emissions emits all of its windows`() throws {
    let run = try harness(size: 60_000_000, grace: 10_000_000)
    try run.process((0..<60).map { Row(time: Int64($0) * 60_000_000 + 1) } + [Row(time: 10_000_000_000)])
    run.emit()
    #expect(run.emitted.count == 60)
    #expect(run.engine.openWindows == 1)
  }

  @Test func `a hopping record late for one window still counts in the others and lists the one it missed`() throws {
    let run = try harness(size: 20_000_000, advance: 10_000_000, grace: 0)
    try feed(run, milliseconds: [20_000, 15_000])
    #expect(run.late == ["1 [0,20000000) at 20000000 by 5000000 false"])
    #expect(run.counters.aggregated == 2)
    #expect(run.counters.late == 0)
    run.finish()
    #expect(
      run.emitted == ["[10000000,30000000) binance BTC-USDT 2", "[20000000,40000000) binance BTC-USDT 1"])
  }

  @Test func `closing on idleness emits open windows and makes later records for them late`() throws {
    let run = try harness(size: 60_000_000, grace: 10_000_000)
    try run.process([Row(time: 1_000_000)])
    run.take(run.engine.closeIdle(frontier: 60_000_000))
    #expect(run.emitted.count == 1)
    try run.restart()
    try run.process([Row(time: 2_000_000, offset: 7), Row(time: 60_000_000, offset: 8)])
    #expect(run.late == ["7 [0,60000000) at 2000000 by 0 true"])
    #expect(run.counters.aggregated == 2)
  }

  @Test func `filtered records and records without a group do not move time`() throws {
    let cheap = Expression.call(.less, [Trades.id, .literal(.integer(10), .bigint)], .boolean)
    let run = try Harness(Trades.plan(size: 1_000_000, grace: 0, aggregates: Self.count, filter: cheap))
    try run.process([
      Row(id: 1, time: 0), Row(id: 11, time: 50_000_000), Row(venue: nil, id: 2, time: 60_000_000),
      Row(id: nil, time: 70_000_000), Row(id: 3, time: 1),
    ])
    #expect(run.counters.late == 0)
    #expect(run.counters.aggregated == 2)
    #expect(run.counters.filtered == 2)
    #expect(run.counters.nullKey == 1)
    #expect(run.engine.streamTime == 1)
  }

  @Test func `a record that fails leaves its group as it was and opens no window`() throws {
    let sum = [Trades.call(.sum, [Trades.id], .bigint), Trades.call(.max, [Trades.price], Trades.priceType)]
    let run = try Harness(Trades.plan(size: 1_000_000, grace: 0, aggregates: sum, emit: .changes))
    try run.process([Row(id: .max, price: 5, time: 0, offset: 0), Row(id: 1, price: 9, time: 1, offset: 1)])
    run.emit()
    #expect(run.failed == [1])
    #expect(run.emitted == ["[0,1000000) binance BTC-USDT \(Int64.max) 5"])
    let product = [Trades.call(.sum, [Trades.amount], Trades.amountType)]
    let other = try Harness(Trades.plan(size: 1_000_000, grace: 0, aggregates: product))
    try other.process([Row(price: 999_999_999_999_999_999, quantity: Int128(10) << 86, time: 5)])
    #expect(other.failed == [0])
    #expect(other.engine.openWindows == 0)
    #expect(other.engine.streamTime == 5)
  }

  @Test func `a record in the future of its own timestamp is refused and does not move time`() throws {
    let plan = Trades.plan(size: 1_000_000, grace: 0, aggregates: Self.count, source: Trades.source(skew: 5_000_000))
    let run = try Harness(plan)
    try run.process([
      Row(time: 6_000_000, timestamp: 1_000_000, offset: 0), Row(time: 6_000_001, timestamp: 1_000_000, offset: 1),
    ])
    #expect(run.rejected == ["1 future"])
    #expect(run.stage.streamTime == 6_000_000)
  }

  @Test func `EMIT CHANGES deletes a row that no longer satisfies HAVING, also after a restart`() throws {
    let few = Expression.call(.less, [.aggregate(0, .bigint), .literal(.integer(3), .bigint)], .boolean)
    let run = try Harness(
      Trades.plan(size: 10_000_000, grace: 0, aggregates: Self.count, having: few, emit: .changes))
    for step in 0..<4 {
      try run.process([Row(time: Int64(step))])
      run.emit()
      try run.restart()
    }
    let window = "[0,10000000) binance BTC-USDT"
    #expect(run.emitted == ["\(window) 1", "\(window) 2", "deleted \(window) 3"])
  }
}
