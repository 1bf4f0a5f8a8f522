import Columns
import SQL
import TestSupport
import Testing
import Windows

@Suite struct StateTests {
  enum Shape: CaseIterable { case hopping, sessions, collectors }

  private func loaded(_ shape: Shape = .hopping) throws -> Harness {
    if shape == .hopping { return try hopping() }
    let run = try Harness(
      Trades.plan(
        size: 0, grace: 0, aggregates: shape == .sessions ? ModelTests.aggregates : MergeTests.exact + MergeTests.rounded,
        emit: .changes, window: shape == .sessions ? .session(SessionWindow(gap: 300_000, grace: 5_000_000)) : .unbounded))
    for i in 0..<60 {
      try run.process([
        Row(
          symbol: "S\(i % 3)", id: Int64(i * 7 % 23), side: i % 7 == 0 ? nil : "x\(i % 5)", time: Int64(i) * 200_000,
          offset: Int64(i))
      ])
      if i == 50 { run.emit() }
    }
    run.checkpoint()
    return run
  }

  private func hopping() throws -> Harness {
    let run = try Harness(
      Trades.plan(
        size: 60_000_000, advance: 20_000_000, grace: 1_000_000, aggregates: ModelTests.aggregates,
        source: Trades.source(deduplicate: [0, 1, 2])), retention: 60_000_000)
    try run.process((0..<200).map { Row(id: Int64($0 * 3), side: $0 % 7 == 0 ? nil : "SELL", time: Int64($0) * 500_000) })
    run.checkpoint()
    return run
  }

  @Test(arguments: Shape.allCases)
  func `no corrupt byte traps, and truncation is always refused`(_ shape: Shape) throws {
    let run = try loaded(shape)
    var rng = SeededGenerator.forTest("corrupt state")
    for (key, value) in Array(run.state) + Array(run.stageState) {
      let isStage = run.stageState[key] != nil
      for cut in 0..<value.count where shape == .hopping || cut % 5 == 0 {
        let stage = try SourceStage(source: run.plan.source, retention: run.retention)
        let engine = try QueryEngine(run.plan, stage: stage)
        #expect(throws: WindowsError.self) {
          let part = Array(value[..<cut])
          if isStage { try stage.restore(key: key, value: part) } else { try engine.restore(key: key, value: part) }
        }
      }
      for _ in 0..<15 {
        let stage = try SourceStage(source: run.plan.source, retention: run.retention)
        let engine = try QueryEngine(run.plan, stage: stage)
        var (key, value) = (key, value)
        if Bool.random(using: &rng), !value.isEmpty {
          value[Int.random(in: 0..<value.count, using: &rng)] = UInt8.random(in: 0...255, using: &rng)
        } else {
          key[Int.random(in: 0..<key.count, using: &rng)] = UInt8.random(in: 0...255, using: &rng)
        }
        do {
          if isStage { try stage.restore(key: key, value: value) } else { try engine.restore(key: key, value: value) }
        } catch { continue }
        // Accepted bytes must be usable: they may be wrong, but nothing may trap on them.
        let decoder = Decoder()
        let staged = try stage.process(
          decoder.batch([Row(symbol: "S1", time: 3_000_000), Row(time: 3_000_000)]), offsets: [0, 1], timestamps: [0, 0])
        _ = try engine.process(staged)
        _ = engine.closeDue()
        _ = engine.closeAll()
        _ = engine.takeDirty()
        _ = stage.takeDirty()
      }
    }
  }

  @Test func `state of another query is refused`() throws {
    let run = try loaded()
    let other = Trades.plan(size: 60_000_000, advance: 20_000_000, grace: 1_000_000)
    let engine = try QueryEngine(other, stage: try SourceStage(source: other.source, retention: 0))
    for (key, value) in run.state {
      #expect(throws: WindowsError.self) { try engine.restore(key: key, value: value) }
    }
  }

  @Test func `only what changed is taken again`() throws {
    let run = try loaded()
    #expect(run.engine.takeDirty().isEmpty)
    #expect(run.stage.takeDirty().isEmpty)
    try run.process([Row(symbol: "NEW", id: 7, time: 99_000_000)])
    // Three overlapping windows and the query's own entry; one bucket, and no new stream time.
    #expect(run.engine.takeDirty().count == 4)
    #expect(run.stage.takeDirty().count == 1)
  }

  @Test(arguments: Shape.allCases)
  func `stored state and its restoration are the same bytes`(_ shape: Shape) throws {
    let run = try loaded(shape)
    let before = run.state
    let stage = try SourceStage(source: run.plan.source, retention: run.retention)
    let engine = try QueryEngine(run.plan, stage: stage)
    for (key, value) in before { try engine.restore(key: key, value: value) }
    let staged = try stage.process(Decoder().batch([]), offsets: [], timestamps: [])
    _ = try engine.process(staged)
    #expect(engine.takeDirty().isEmpty)
    #expect(engine.openWindows == run.engine.openWindows)
    #expect(engine.streamTime == run.engine.streamTime)
    #expect(engine.totals == run.engine.totals)
    // Marked as changed by a row that adds nothing new, every window is written again with the bytes that were read.
    let other = try QueryEngine(run.plan, stage: stage)
    for (key, value) in before.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      try other.restore(key: key, value: value)
    }
    let (first, second) = (engine.closeAll(), other.closeAll())
    #expect(
      first.map { $0.rows.columns.map { c in (0..<c.values.count).map { c.text($0) } } }
        == second.map { $0.rows.columns.map { c in (0..<c.values.count).map { c.text($0) } } })
  }
}
