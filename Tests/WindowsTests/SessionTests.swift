import SQL
import TestSupport
import Testing
import Windows

@Suite struct SessionTests {
  private static let maximum = [Trades.call(.max, [Trades.id], .bigint)]

  private func harness(
    gap: Int64 = 30_000, grace: Int64, emit: AggregationPlan.Emit = .changes, having: Expression? = nil,
    aggregates: [AggregateCall] = maximum
  ) throws -> Harness {
    try Harness(
      Trades.plan(
        size: 0, grace: 0, aggregates: aggregates, having: having, emit: emit, groupBy: [Trades.symbol],
        window: .session(SessionWindow(gap: gap * 1000, grace: grace * 1000))))
  }

  /// One row per batch and a commit after each; times in milliseconds.
  private func feed(_ run: Harness, _ rows: [(symbol: String, id: Int64, time: Int64)]) throws {
    for (i, row) in rows.enumerated() {
      try run.process([Row(symbol: row.symbol, id: row.id, time: row.time * 1000, offset: Int64(i))])
      run.emit()
    }
  }

  /// What was emitted, bounds in milliseconds.
  private func shown(_ run: Harness) -> [String] {
    run.emitted.map { text in
      let isDeleted = text.hasPrefix("deleted ")
      let parts = text.split(separator: " ").dropFirst(isDeleted ? 1 : 0)
      let bounds = parts[parts.startIndex].dropFirst().dropLast().split(separator: ",").map { (Int64($0) ?? -1) / 1000 }
      let rest = isDeleted ? "deleted" : parts.dropFirst(2).joined(separator: " ")
      return "\(parts[parts.startIndex + 1]) \(bounds[0])…\(bounds[1]) \(rest)"
    }
  }

  @Test func `a record that extends a session deletes the row of the old bounds, then gives the new one`() throws {
    let run = try harness(grace: 100_000)
    try feed(run, [("A", 0, 0), ("A", 1, 70_010), ("A", 5, 10_009), ("A", 6, 10_010)])
    #expect(
      shown(run) == [
        "A 0…0 0", "A 70010…70010 1", "A 0…0 deleted", "A 0…10009 5", "A 0…10009 deleted", "A 0…10010 6",
      ])
    #expect(run.times.map { $0 / 1000 } == [0, 70_010, 0, 10_009, 10_009, 10_010])
  }

  @Test func `a record between two sessions brings them together, each deleted in the order of time`() throws {
    let run = try harness(grace: 100_000)
    try feed(run, [("A", 1, 0), ("A", 2, 60_000), ("A", 3, 30_000)])
    #expect(shown(run) == ["A 0…0 1", "A 60000…60000 2", "A 0…0 deleted", "A 60000…60000 deleted", "A 0…60000 3"])
    #expect(run.engine.openWindows == 1)
  }

  @Test func `both ends of the gap are inclusive`() throws {
    let joined = try harness(grace: 100_000)
    try feed(joined, [("A", 1, 0), ("A", 2, 30_000)])
    #expect(joined.engine.openWindows == 1)
    let apart = try harness(grace: 100_000)
    try feed(apart, [("A", 1, 0), ("A", 2, 30_001)])
    #expect(apart.engine.openWindows == 2)
    let before = try harness(grace: 100_000)
    try feed(before, [("A", 1, 60_000), ("A", 2, 30_000), ("A", 2, 29_999), ("A", 2, 0)])
    #expect(shown(before).last == "A 0…60000 2")
    #expect(before.engine.openWindows == 1)
  }

  @Test func `a second record at the only time of a session replaces its row without deleting it`() throws {
    let run = try harness(grace: 0)
    try feed(run, [("A", 1, 5), ("A", 7, 5)])
    #expect(shown(run) == ["A 5…5 1", "A 5…5 7"])
  }

  @Test func `a record within a session deletes its row and gives it anew`() throws {
    let run = try harness(grace: 100_000)
    try feed(run, [("A", 1, 0), ("A", 2, 20), ("A", 9, 10)])
    #expect(shown(run).suffix(2) == ["A 0…20 deleted", "A 0…20 9"])
  }

  @Test func `a session is late when its last record lies before stream time minus grace minus gap, and not at it`() throws {
    // Stream time 100010, gap 30000 and grace 60000: 10009 is late and 10010 is not.
    let run = try harness(grace: 60_000)
    try feed(
      run, [("A", 0, 0), ("A", 1, 100_010), ("A", 5, 10_009), ("A", 6, 10_010), ("B", 100, 10_009), ("B", 101, 10_010)])
    #expect(shown(run) == ["A 0…0 0", "A 100010…100010 1", "A 10010…10010 6", "B 10010…10010 101"])
    #expect(run.late.map { $0.prefix(1) } == ["2", "4"])
    #expect(run.counters.late == 2)
    #expect(run.counters.isBalanced)
  }

  @Test func `what counts is the end of the session that results, not the record's own time`() throws {
    // A record at 9 would be late alone (close time 10), but it extends the open session that ends at 12.
    let run = try harness(gap: 5, grace: 15)
    try feed(run, [("A", 1, 12), ("B", 1, 30), ("A", 2, 9), ("B", 2, 9)])
    #expect(shown(run) == ["A 12…12 1", "B 30…30 1", "A 12…12 deleted", "A 9…12 2"])
    #expect(run.late.count == 1)
  }

  @Test func `a closed session takes no more records, also before it has been emitted`() throws {
    let run = try harness(gap: 10, grace: 0, emit: .final)
    // At stream time 20 the session of 0 to 9 has closed; 12 begins another, though it is within the gap of 9.
    try run.process([0, 9, 20, 12].map { Row(id: $0, time: $0 * 1000) })
    run.emit()
    run.finish()
    #expect(shown(run) == ["BTC-USDT 0…9 9", "BTC-USDT 12…20 20"])
  }

  @Test func `EMIT FINAL gives each session once, by end, at the microsecond after which nothing can join it`() throws {
    let run = try harness(gap: 10, grace: 5, emit: .final)
    try feed(run, [("B", 1, 3), ("A", 2, 0), ("A", 3, 3), ("C", 4, 18)])
    #expect(shown(run).isEmpty)
    try run.process([Row(symbol: "C", id: 5, time: 18_001, offset: 9)])
    run.emit()
    #expect(shown(run) == ["A 0…3 3", "B 3…3 1"])
    try run.process([Row(symbol: "A", id: 6, time: 3_000, offset: 10)])
    #expect(run.late.count == 1)
  }

  @Test func `a session that no longer satisfies HAVING is deleted once`() throws {
    let few = Expression.call(.less, [.aggregate(0, .bigint), .literal(.integer(3), .bigint)], .boolean)
    let run = try harness(grace: 100, having: few, aggregates: [Trades.call(.countAll, [], .bigint)])
    try feed(run, [("A", 1, 0), ("A", 1, 1), ("A", 1, 2), ("A", 1, 3)])
    #expect(shown(run) == ["A 0…0 1", "A 0…0 deleted", "A 0…1 2", "A 0…1 deleted"])
  }

  @Test func `deletions that were not emitted survive a restart in their order`() throws {
    let run = try harness(grace: 100_000)
    try feed(run, [("A", 1, 60_000), ("B", 1, 60_000), ("A", 1, 0)])
    try run.process([Row(symbol: "B", id: 4, time: 61_000_000, offset: 3)])
    try run.restart()
    try run.process([Row(symbol: "A", id: 5, time: 30_000_000, offset: 4)])
    try run.restart()
    run.emit()
    #expect(
      shown(run).suffix(5) == [
        "B 60000…60000 deleted", "A 0…0 deleted", "A 60000…60000 deleted", "A 0…60000 5", "B 60000…61000 4",
      ])
    run.checkpoint()
    #expect(!run.state.keys.contains { $0.first == UInt8(ascii: "x") })
  }

  @Test(arguments: ModelTests.Flavour.allCases)
  func `sessions agree with the model`(_ flavour: ModelTests.Flavour) throws {
    var rng = SeededGenerator.forTest("session model \(flavour)")
    for round in 0..<10 {
      let gap: Int64 = [0, 50_000, 1_000_000, 5_000_000].randomElement(using: &rng) ?? 0
      let grace: Int64 = [0, 500_000, 20_000_000].randomElement(using: &rng) ?? 0
      let minimum = round % 3 == 0 ? 2 : 0
      let having = Expression.call(.greaterOrEqual, [.aggregate(7, .bigint), .literal(.integer(2), .bigint)], .boolean)
      let plan = Trades.plan(
        size: 0, grace: 0, aggregates: ModelTests.aggregates, having: minimum > 0 ? having : nil,
        emit: round % 2 == 0 ? .changes : .final, source: Trades.source(skew: 60_000_000),
        window: .session(SessionWindow(gap: gap, grace: grace)))
      let model = NaiveSessions(gap: gap, grace: grace, emitsChanges: round % 2 == 0, minimumCount: minimum)
      let run = try Harness(plan)
      try drive(run, model, ModelTests.rows(800, flavour, &rng), &rng)
      compare(run, model)
    }
  }

  private func drive(
    _ run: Harness, _ model: NaiveSessions, _ rows: [Row], _ rng: inout SeededGenerator
  ) throws {
    var position = 0
    while position < rows.count {
      let batch = Array(rows[position..<min(rows.count, position + ([1, 1, 2, 5, 20, 150].randomElement(using: &rng) ?? 1))])
      try run.process(batch)
      batch.forEach(model.process)
      position += batch.count
      switch Int.random(in: 0..<8, using: &rng) {
      case 0, 1, 2:
        run.emit()
        model.emit()
      case 3 where batch.count > 1: try run.restart()
      case 4: run.checkpoint()
      default: break
      }
    }
    run.finish()
    model.finish()
  }

  private func compare(_ run: Harness, _ model: NaiveSessions) {
    let emitted = run.emitted.map { $0.hasPrefix("deleted ") ? String($0.prefix { $0 != "|" }) : $0 }
    let shortened = emitted.map { text in
      text.hasPrefix("deleted ")
        ? text.split(separator: " ", omittingEmptySubsequences: false).prefix(4).joined(separator: " ") : text
    }
    let differing = zip(shortened, model.emitted).first { $0 != $1 }
    #expect(differing?.0 == differing?.1)
    #expect(shortened.count == model.emitted.count)
    #expect(run.late == model.late)
    #expect(run.failed == model.failed)
    #expect(run.nullKeys == model.nullKeys)
    #expect(run.counters == model.counters)
    #expect(run.counters.isBalanced)
    #expect(run.engine.openWindows == 0)
    run.checkpoint()
    #expect(run.state.keys.filter { $0.first != UInt8(ascii: "m") }.isEmpty)
  }
}
