import Columns
import SQL
import TestSupport
import Testing
import Windows

/// GROUP BY without a window: a table of one row per group.
@Suite struct UnwindowedTests {
  private static let calls = [
    Trades.call(.countAll, [], .bigint), Trades.call(.sum, [Trades.quantity], Trades.sumType),
  ]

  private func harness(having: Expression? = nil, calls: [AggregateCall] = calls) throws -> Harness {
    try Harness(Trades.plan(size: 0, grace: 0, aggregates: calls, having: having, emit: .changes, window: .unbounded))
  }

  @Test func `every commit gives the current row of each group it touched, and nothing is ever late or closed`() throws {
    let run = try harness()
    try run.process([Row(time: 500_000_000), Row(symbol: "ETH-USDT", quantity: 3, time: 7)])
    run.emit()
    try run.process([Row(time: 0, offset: 2)])
    run.emit()
    run.emit()
    run.finish()
    #expect(
      run.emitted == [
        "[0,0) binance BTC-USDT 1 10", "[0,0) binance ETH-USDT 1 3", "[0,0) binance BTC-USDT 2 20",
      ])
    #expect(run.late.isEmpty)
    #expect(run.counters.aggregated == 3)
    #expect(run.engine.openWindows == 0)
  }

  @Test func `a row carries the newest event time of its group`() throws {
    let run = try harness()
    for time in [5_000, 9_000, 7_000] {
      try run.process([Row(time: Int64(time))])
      run.emit()
    }
    #expect(run.times == [5_000, 9_000, 9_000])
  }

  @Test func `groups live on after a restart and after the end of a finite source`() throws {
    let run = try harness()
    try run.process([Row(time: 10_000_000)])
    run.emit()
    run.finish()
    try run.restart()
    try run.process([Row(time: 1)])
    run.emit()
    #expect(run.emitted.last == "[0,0) binance BTC-USDT 2 20")
    #expect(run.counters.late == 0)
  }

  @Test func `a record with a NULL in any grouping column is excluded and counted`() throws {
    let run = try harness()
    try run.process([Row(venue: nil, offset: 0), Row(symbol: nil, offset: 1), Row(offset: 2)])
    run.emit()
    #expect(run.nullKeys == [0, 1])
    #expect(run.emitted == ["[0,0) binance BTC-USDT 1 10"])
    #expect(run.counters.nullKey == 2)
    #expect(run.counters.isBalanced)
  }

  @Test func `HAVING deletes what it emitted and no longer holds, and says nothing of what never held`() throws {
    let large = Expression.call(
      .greater, [.aggregate(1, Trades.sumType), .literal(.decimal(unscaled: 100, scale: 8), Trades.sumType)], .boolean)
    let run = try harness(having: large)
    for quantity in [0, 101, -5, -50, 60] {
      try run.process([Row(quantity: Int128(quantity))])
      run.emit()
      try run.restart()
    }
    try run.process([Row(symbol: "ETH-USDT", quantity: 99)])
    run.emit()
    #expect(
      run.emitted == [
        "[0,0) binance BTC-USDT 2 101", "deleted [0,0) binance BTC-USDT 3 96", "[0,0) binance BTC-USDT 5 106",
      ])
  }

  @Test func `several emissions of one row each are in the order of the records`() throws {
    let run = try harness()
    for symbol in ["C", "A", "B", "A"] {
      try run.process([Row(symbol: symbol)])
      run.emit()
    }
    #expect(run.emitted.map { $0.split(separator: " ")[2] } == ["C", "A", "B", "A"])
  }

  @Test(arguments: ModelTests.Flavour.allCases)
  func `groups agree with the model`(_ flavour: ModelTests.Flavour) throws {
    var rng = SeededGenerator.forTest("unwindowed model \(flavour)")
    for round in 0..<3 {
      let having = Expression.call(.greaterOrEqual, [.aggregate(7, .bigint), .literal(.integer(2), .bigint)], .boolean)
      let plan = Trades.plan(
        size: 0, grace: 0, aggregates: ModelTests.aggregates, having: round == 1 ? having : nil, emit: .changes,
        source: Trades.source(skew: 60_000_000), window: .unbounded)
      let model = NaiveModel(
        size: 0, advance: 0, grace: 0, emitsChanges: true, minimumCount: round == 1 ? 2 : 0, skew: 60_000_000,
        windows: { _ in [(0, .max)] })
      let harness = try Harness(plan)
      try ModelTests.drive(harness, model, ModelTests.rows(600, flavour, &rng), &rng)
      ModelTests.compare(harness, model, closes: false)
    }
  }
}

/// What a record is known by beside its columns, and where rows get their times from.
@Suite struct RecordTests {
  private func plan(_ outputs: [Expression], timestamp: Int? = nil, window: KeyWindow? = nil) -> QueryPlan {
    var source = Trades.source()
    source.window = window
    var sink = SinkPlan(
      name: "S", topic: "s", keyFormat: .kafka, valueFormat: .avro, isTable: false, lateTopic: "late", partitions: nil)
    sink.timestampColumn = timestamp
    return QueryPlan(
      id: "CSAS_S", source: source, sink: sink, filter: nil, aggregation: nil,
      projection: outputs.enumerated().map { .init(field: Field(name: "C\($0)", type: $1.type), expression: $1) })
  }

  private func run(
    _ plan: QueryPlan, _ rows: [Row], windows: (starts: [Int64], ends: [Int64])? = nil
  ) throws -> (shown: [String], result: ProcessResult) {
    let stage = try SourceStage(source: plan.source, retention: 0, partition: 3)
    let engine = try QueryEngine(plan, stage: stage)
    let staged = try stage.process(
      Decoder().batch(rows), offsets: rows.map(\.offset), timestamps: rows.map(\.timestamp), windows: windows)
    let result = try engine.process(staged)
    let projected = try #require(result.projected)
    let shown = (0..<projected.rowCount).map { row in projected.columns.map { $0.text(row) }.joined(separator: " ") }
    return (shown, result)
  }

  @Test func `ROWTIME is the event time in milliseconds, ROWOFFSET and ROWPARTITION where the record lies`() throws {
    let found = try run(
      plan([.system(.rowTime), .system(.rowOffset), .system(.rowPartition)]),
      [Row(time: 1_234_567, offset: 41), Row(time: nil, offset: 42), Row(time: 999, offset: 43)])
    #expect(found.shown == ["1234 41 3", "0 43 3"])
    #expect(found.result.projectedTimes == [1_234_567, 999])
  }

  @Test func `the sink's TIMESTAMP column is the time of its rows, and a row without a time fails`() throws {
    let found = try run(plan([Trades.id], timestamp: 0), [Row(id: 5, time: 9), Row(id: nil), Row(id: -1), Row(id: .max)])
    #expect(found.result.projectedTimes == [5_000])
    #expect(found.result.failed == [1, 2, 3])
  }

  @Test func `a source with windowed keys has its bounds as columns`() throws {
    let plan = plan([.windowStart, .windowEnd], window: .session)
    let found = try run(plan, [Row(), Row()], windows: ([1_000, 5_000], [2_000, 6_999]))
    #expect(found.shown == ["1 2", "5 6"])
    #expect(throws: WindowsError.self) { try run(plan, [Row()]) }
    #expect(throws: WindowsError.self) { try run(self.plan([.windowStart]), [Row()]) }
  }
}
