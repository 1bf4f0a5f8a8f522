import Foundation
import SQL
import TestSupport
import Testing
import Windows

/// Windows with an OFFSET, and days by the clock of a place.
@Suite struct CalendarTests {
  private static let day: Int64 = 86_400_000_000
  private static let hour: Int64 = 3_600_000_000
  private static let count = [Trades.call(.countAll, [], .bigint)]

  private func harness(_ window: TimeWindow) throws -> Harness {
    try Harness(Trades.plan(size: 0, grace: 0, aggregates: Self.count, window: .time(window)))
  }

  private func windows(_ zone: String, offset: Int64 = 0, size: Int64 = day, at times: [Int64]) throws -> [String] {
    let run = try harness(TimeWindow(size: size, advance: size, grace: 0, offset: offset, timeZone: zone))
    for time in times { try run.process([Row(time: time * 1_000_000)]) }
    run.emit()
    run.finish()
    return run.emitted.map { $0.replacingOccurrences(of: "000000,", with: ",").replacingOccurrences(of: "000000)", with: ")") }
  }

  @Test func `an offset moves every window, and the first one begins before the epoch`() throws {
    let run = try harness(TimeWindow(size: 10, advance: 10, grace: 0, offset: 3))
    try run.process([0, 2, 3, 12, 13].map { Row(time: $0) })
    run.emit()
    run.finish()
    #expect(run.emitted.map { $0.prefix { $0 != " " } } == ["[-7,3)", "[3,13)", "[13,23)"])
    #expect(run.emitted.map { $0.suffix(1) } == ["2", "2", "1"])
  }

  @Test(arguments: ModelTests.Flavour.allCases)
  func `windows with an offset agree with the model`(_ flavour: ModelTests.Flavour) throws {
    var rng = SeededGenerator.forTest("offset model \(flavour)")
    for round in 0..<4 {
      let size: Int64 = [1_000_000, 7_000_000].randomElement(using: &rng) ?? 1
      let advance = round % 2 == 0 ? size : size / 3
      let offset = Int64.random(in: 0..<advance, using: &rng)
      let window = TimeWindow(size: size, advance: advance, grace: 100_000, offset: offset)
      let plan = Trades.plan(
        size: 0, grace: 0, aggregates: ModelTests.aggregates, emit: round == 3 ? .changes : .final,
        source: Trades.source(skew: 60_000_000), window: .time(window))
      let model = NaiveModel(
        size: size, advance: advance, grace: 100_000, emitsChanges: round == 3, skew: 60_000_000, offset: offset)
      let harness = try Harness(plan)
      try ModelTests.drive(harness, model, ModelTests.rows(600, flavour, &rng), &rng)
      ModelTests.compare(harness, model)
    }
  }

  // New York 2024: clocks go from 02:00 to 03:00 on 10 March and from 02:00 to 01:00 on 3 November.
  @Test func `a day has 23 hours when clocks go forward`() throws {
    // 2024-03-10T04:59:59Z is 23:59:59 of the 9th; the 10th runs from 05:00Z to 04:00Z of the 11th.
    let found = try windows("America/New_York", at: [1_710_046_799, 1_710_046_800, 1_710_129_599, 1_710_129_600])
    #expect(
      found == [
        "[1709960400,1710046800) binance BTC-USDT 1", "[1710046800,1710129600) binance BTC-USDT 2",
        "[1710129600,1710216000) binance BTC-USDT 1",
      ])
  }

  @Test func `a day has 25 hours when clocks go back`() throws {
    // 3 November 2024 runs from 04:00Z to 05:00Z of the 4th.
    let found = try windows("America/New_York", at: [1_730_606_399, 1_730_606_400, 1_730_696_399, 1_730_696_400])
    #expect(
      found == [
        "[1730520000,1730606400) binance BTC-USDT 1", "[1730606400,1730696400) binance BTC-USDT 2",
        "[1730696400,1730782800) binance BTC-USDT 1",
      ])
  }

  @Test func `an offset counts on the clock of the place`() throws {
    // The exchange day from 17:00 in New York: on 9 March 22:00Z, on 10 March 21:00Z.
    let found = try windows("America/New_York", offset: 17 * Self.hour, at: [1_710_021_600, 1_710_104_399, 1_710_104_400])
    #expect(
      found == [
        "[1710021600,1710104400) binance BTC-USDT 2", "[1710104400,1710190800) binance BTC-USDT 1",
      ])
  }

  @Test func `a midnight that clocks leave out is the moment of the change`() throws {
    // São Paulo, 4 November 2018: 00:00 became 01:00, at 03:00Z.
    let found = try windows("America/Sao_Paulo", at: [1_541_300_399, 1_541_300_400, 1_541_383_199, 1_541_383_200])
    #expect(
      found == [
        "[1541214000,1541300400) binance BTC-USDT 1", "[1541300400,1541383200) binance BTC-USDT 2",
        "[1541383200,1541469600) binance BTC-USDT 1",
      ])
  }

  @Test func `days in UTC are windows of 24 hours`() throws {
    let found = try windows("UTC", at: [86_399, 86_400])
    #expect(found == ["[0,86400) binance BTC-USDT 1", "[86400,172800) binance BTC-USDT 1"])
  }

  @Test func `local days survive a restart`() throws {
    let run = try harness(TimeWindow(size: Self.day, advance: Self.day, grace: 0, timeZone: "Europe/Zurich"))
    try run.process([Row(time: 1_711_843_200_000_000)])
    try run.restart()
    try run.process([Row(time: 1_711_843_200_000_001)])
    run.finish()
    #expect(run.emitted == ["[1711839600000000,1711922400000000) binance BTC-USDT 2"])
  }

  @Test func `what cannot be is refused`() {
    for window in [
      TimeWindow(size: Self.day, advance: Self.day, grace: 0, timeZone: "Mars/Olympus"),
      TimeWindow(size: Self.hour, advance: Self.hour, grace: 0, timeZone: "Europe/Zurich"),
      TimeWindow(size: 2 * Self.day, advance: Self.day, grace: 0, timeZone: "Europe/Zurich"),
      TimeWindow(size: 10, advance: 10, grace: 0, offset: 10), TimeWindow(size: 10, advance: 10, grace: 0, offset: -1),
    ] {
      #expect(throws: WindowsError.self) { try harness(window) }
    }
  }
}
