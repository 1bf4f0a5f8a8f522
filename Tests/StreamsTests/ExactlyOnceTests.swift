import Contracts
import Kafka
import SQL
import Synchronization
import TestSupport
import Testing

@testable import Streams

extension QueryPlanBox {
  static func candles(_ run: TestRun, emit: AggregationEmit = .final, idleClose: Int64? = nil) -> QueryPlanBox {
    QueryPlanBox(
      plan: TestPlans.candles(TestPlans.source(run.source, idleClose: idleClose), sink: run.sink, grace: 200_000, emit: emit))
  }
}

/// Checks everything a run has written against the oracle: candles, late and invalid records, audit.
func expectExact(_ run: TestRun, _ trades: [TestTrade], sourceLocation: SourceLocation = #_sourceLocation) throws {
  let oracle = Oracle(trades, grace: 200_000)
  let (candles, repeats) = try Oracle.table(run.read(run.sink))
  #expect(repeats == 0, "a window was emitted twice", sourceLocation: sourceLocation)
  #expect(candles.count == oracle.candles.count, sourceLocation: sourceLocation)
  let wrong = oracle.candles.filter { candles[$0.key] != $0.value }
  #expect(wrong.count == 0, "\(wrong.prefix(3))", sourceLocation: sourceLocation)
  let late = try run.read(run.late)
  let sources = try late.map { record in
    let parts = try #require(record.headers["wick.source"]).split(separator: "/")
    return try #require(Int64(parts[1])) << 32 | #require(Int64(parts[2]))
  }
  #expect(sources.sorted() == oracle.late, sourceLocation: sourceLocation)
  let reasons = Dictionary(grouping: try run.read(run.invalid)) { $0.headers["wick.reason"] ?? "?" }.mapValues(\.count)
  let expected = ["undecodable": oracle.undecodable, "bad_time": oracle.badTime, "null_key": oracle.nullKey]
  #expect(reasons == expected.filter { $0.value > 0 }, sourceLocation: sourceLocation)
  try expectAudit(run, trades, oracle, sourceLocation)
}

private func expectAudit(_ run: TestRun, _ trades: [TestTrade], _ oracle: Oracle, _ location: SourceLocation) throws {
  let codec = try AvroReferenceCodec(AvroSchema(json: AuditRow.schemaJSON))
  var sums = [Int64](repeating: 0, count: 11)
  var next: [Int32: Int64] = [:]
  for record in try run.read("\(run.name).audit") {
    guard let key = record.key, String(decoding: key, as: UTF8.self).hasPrefix("\(run.name)/"), let value = record.value,
      case .record(let fields) = try codec.decode(Array(value.dropFirst(5))), case .int(let partition) = fields[3],
      case .long(let from) = fields[4], case .long(let to) = fields[5]
    else { continue }
    #expect(from == next[partition, default: 0], "audit rows must join", sourceLocation: location)
    next[partition] = to
    let numbers = fields[6...16].map { field -> Int64 in if case .long(let number) = field { number } else { -1 } }
    #expect(numbers[0] == numbers[1...9].reduce(0, +), sourceLocation: location)
    for index in 0..<11 { sums[index] += numbers[index] }
  }
  let expected = [
    trades.count, oracle.aggregated, 0, oracle.late.count, oracle.duplicate, oracle.nullKey, oracle.badTime, 0,
    oracle.undecodable, 0, oracle.candles.count,
  ]
  #expect(sums == expected.map { Int64($0) }, sourceLocation: location)
}

@Suite struct ExactlyOnceTests {
  @Test func `a bounded source gives exactly its candles, late, invalid and audit records`() async throws {
    var generator = SeededGenerator.forTest("golden")
    let trades = TestTrade.stream(2000, partitions: 3, &generator)
    try await TestCluster.blocking {
      let run = try TestRun("golden", partitions: 3)
      defer { run.close() }
      try run.send(trades)
      let summary = try run.application([.candles(run)]) { $0.final = true }.run()
      try expectExact(run, trades)
      #expect(summary.consumed == 2000)
      #expect(summary.emitted == Int64(Oracle(trades, grace: 200_000).candles.count))
      #expect(summary.partitions.count == 3)
      #expect(summary.partitions.values.allSatisfy { $0.lag == 0 && $0.isFinished })
      #expect(summary.replays == 0)
    }
  }

  @Test func `without final the open windows stay, and a later run goes on with them`() async throws {
    var generator = SeededGenerator.forTest("later run")
    let trades = TestTrade.stream(900, partitions: 2, &generator)
    try await TestCluster.blocking {
      let run = try TestRun("later", partitions: 2)
      defer { run.close() }
      for part in 0..<3 {
        try run.send(Array(trades[(part * 300)..<(part * 300 + 300)]))
        _ = try run.application([.candles(run)]) { $0.final = part == 2 }.run()
        let seen = try Oracle.table(run.read(run.sink)).candles
        let expected = Oracle(Array(trades[..<(part * 300 + 300)]), grace: 200_000, closing: part == 2)
        let wrong = expected.candles.filter { seen[$0.key] != $0.value }
        #expect(wrong.isEmpty && seen.count == expected.candles.count, "part \(part): \(wrong.prefix(3)), \(seen.count)")
      }
      try expectExact(run, trades)
    }
  }

  static let steps: [CheckpointAction] = [.begin, .sendOutputs, .sendState, .sendOffsets, .commit]

  @Test(arguments: steps, [false, true])
  func `a worker that vanishes at any step leaves nothing half done`(step: CheckpointAction, isAfter: Bool) async throws {
    var generator = SeededGenerator.forTest("vanish \(step) \(isAfter)")
    let trades = TestTrade.stream(400, partitions: 2, &generator)
    try await TestCluster.blocking {
      let run = try TestRun("vanish", partitions: 2)
      defer { run.close() }
      try run.send(trades)
      for occurrence in [1, 3] {
        let hits = Mutex(0)
        let broken = try run.application([.candles(run)]) {
          $0.final = true
        } interceptor: { action, after in
          guard action == step, after == isAfter else { return }
          let count = hits.withLock { hits in
            hits += 1
            return hits
          }
          if count == occurrence { throw StreamsError(.fatal, "vanished for the test") }
        }
        #expect(throws: StreamsError.self) { try broken.run() }
      }
      _ = try run.application([.candles(run)]) { $0.final = true }.run()
      try expectExact(run, trades)
    }
  }

  @Test(arguments: 0..<3) func `failures of every kind at random steps change nothing`(round: Int) async throws {
    var generator = SeededGenerator.forTest("random failures \(round)")
    let trades = TestTrade.stream(1200, partitions: 2, &generator)
    let random = Mutex((generator: generator, fences: 0))
    try await TestCluster.blocking {
      let run = try TestRun("random", partitions: 2)
      defer { run.close() }
      try run.send(trades)
      let application = try run.application([.candles(run)]) {
        $0.final = true
        $0.failureLimit = 1000
      } interceptor: { action, isAfter in
        let kind = random.withLock { random -> KafkaError.Recovery? in
          let kinds: [KafkaError.Recovery] = [.abortAndReplay, .rebuild, .unavailable, .fenced]
          let pick = Int.random(in: 0..<60, using: &random.generator)
          guard pick < kinds.count else { return nil }
          if kinds[pick] == .fenced { random.fences += 1 }
          // Who is fenced often waits longer each time: a few are enough.
          return kinds[pick] == .fenced && random.fences > 3 ? .rebuild : kinds[pick]
        }
        guard let kind else { return }
        // What is known not to have happened cannot be said of a commit that has.
        let recovery = isAfter && (action == .commit || action == .begin) ? .rebuild : kind
        throw KafkaError(code: .timedOut, operation: "\(action)", reason: "failed for the test", recovery: recovery)
      }
      let summary = try application.run()
      #expect(summary.replays > 0)
      try expectExact(run, trades)
    }
  }

  @Test func `copies of trades are not counted again by a later run`() async throws {
    var generator = SeededGenerator.forTest("copies")
    let trades = TestTrade.stream(300, partitions: 1, &generator).filter { $0.shape == .good }
    try await TestCluster.blocking {
      let run = try TestRun("copies")
      defer { run.close() }
      try run.send(trades)
      _ = try run.application([.candles(run)]).run()
      try run.send(trades)
      let summary = try run.application([.candles(run)]) { $0.final = true }.run()
      #expect(summary.duplicate == Int64(trades.count))
      try expectExact(run, trades + trades)
    }
  }

  @Test func `partitions move between instances while trades arrive, and every trade counts once`() async throws {
    var generator = SeededGenerator.forTest("rebalance")
    let trades = TestTrade.stream(3000, partitions: 4, &generator)
    try await TestCluster.blocking {
      let run = try TestRun("rebalance", partitions: 4)
      defer { run.close() }
      func start(_ instance: String) throws -> (StopHandle, BlockingThread<StreamsProgress>) {
        let application = try run.application([.candles(run)]) {
          $0.instance = instance
          $0.untilEnd = false
          $0.hasStaticMembership = false
        }
        let stop = StopHandle()
        return (stop, BlockingThread(name: instance) { try application.run(stop: stop) })
      }
      let (stopFirst, first) = try start("first")
      try run.send(Array(trades[..<1000]))
      let (stopSecond, second) = try start("second")
      try run.send(Array(trades[1000..<2000]))
      Blocking.pause(milliseconds: 500)
      stopFirst.stop()
      let one = try first.join()
      try run.send(Array(trades[2000...]))
      stopSecond.stop()
      let two = try second.join()
      let last = try run.application([.candles(run)]) {
        $0.final = true
        $0.hasStaticMembership = false
      }.run()
      #expect(one.consumed + two.consumed + last.consumed == 3000)
      try expectExact(run, trades)
    }
  }

  @Test func `two workers share the partitions of one bounded run`() async throws {
    var generator = SeededGenerator.forTest("two workers")
    let trades = TestTrade.stream(1500, partitions: 4, &generator)
    try await TestCluster.blocking {
      let run = try TestRun("workers", partitions: 4)
      defer { run.close() }
      try run.send(trades)
      let summary = try run.application([.candles(run)]) {
        $0.final = true
        $0.workers = 2
        $0.hasStaticMembership = false
      }.run()
      #expect(summary.consumed == 1500)
      try expectExact(run, trades)
    }
  }
}
