import Contracts
import Kafka
import SQL
import Synchronization
import TestSupport
import Testing

@testable import Streams

typealias AggregationEmit = AggregationPlan.Emit

@Suite struct RuntimeTests {
  @Test func `a silent partition closes its windows, and what comes after is late`() async throws {
    try await TestCluster.blocking {
      let run = try TestRun("idle")
      defer { run.close() }
      let trades = [TestTrade(id: 1), TestTrade(id: 2, time: 1_700_000_000_400_000)]
      try run.send(trades)
      let stop = StopHandle()
      let application = try run.application([.candles(run, idleClose: 100_000)]) { $0.untilEnd = false }
      let summary = try application.run(stop: stop, progressInterval: .milliseconds(20)) { progress in
        if progress.emitted > 0 { stop.stop() }
      }
      #expect(summary.emitted == 1)
      // The decision holds after a restart, although no record's time has reached the window's end.
      try run.send([TestTrade(id: 3, time: 1_700_000_000_500_000)])
      let next = try run.application([.candles(run, idleClose: 100_000)]) { $0.final = true }.run()
      #expect(next.late == 1)
      #expect(next.emitted == 0)
      let late = try run.read(run.late)
      #expect(late.map { $0.headers["wick.window"] } == ["1700000000000000/1700000001000000"])
    }
  }

  @Test func `windows are closed at the end even when all was read before and the group is slow to hand over`() async throws {
    try await TestCluster.blocking {
      let run = try TestRun("slow-group")
      defer { run.close() }
      try run.send([TestTrade(id: 1), TestTrade(id: 2, time: 1_700_000_000_400_000)])
      #expect(try run.application([.candles(run)]).run().emitted == 0)
      // Another member holds the partitions and does not answer the call to join again until this one has waited for long.
      let other = try Consumer(TestCluster.kafka(), .init(groupID: run.name))
      try other.subscribe([run.source])
      let batch = RecordBatch()
      while other.assignment.isEmpty { try other.poll(into: batch, timeout: .milliseconds(50)) }
      var reports = 0
      let summary = try run.application([.candles(run)]) { $0.final = true }.run(progressInterval: .milliseconds(20)) { _ in
        reports += 1
        if reports == 40 { #expect(throws: Never.self) { try other.close() } }
      }
      #expect(summary.emitted == 1)
    }
  }

  @Test func `late records keep their bytes and say why`() async throws {
    try await TestCluster.blocking {
      let run = try TestRun("late")
      defer { run.close() }
      let trades = [
        TestTrade(id: 1, time: 1_700_000_003_000_000), TestTrade(id: 2, time: 1_700_000_000_999_500, timestamp: 42_000),
      ]
      try run.send(trades)
      _ = try run.application([.candles(run)]).run()
      let late = try #require(try run.read(run.late).first)
      let original = try run.read(run.source)[1]
      #expect(late.key == original.key)
      #expect(late.value == original.value)
      #expect(late.timestamp == 42_000)
      #expect(
        late.headers == [
          "wick.reason": "late", "wick.query": "CTAS_CANDLES", "wick.source": "\(run.source)/0/1",
          "wick.window": "1700000000000000/1700000001000000", "wick.stream_time": "1700000003000000",
          "wick.lateness_ms": "2000.500",
        ])
    }
  }

  @Test func `EMIT CHANGES ends with the same values as EMIT FINAL`() async throws {
    var generator = SeededGenerator.forTest("changes")
    let trades = TestTrade.stream(600, partitions: 1, &generator)
    try await TestCluster.blocking {
      let run = try TestRun("changes")
      defer { run.close() }
      try run.send(trades)
      _ = try run.application([.candles(run, emit: .changes)]) { $0.final = true }.run()
      let (candles, repeats) = try Oracle.table(run.read(run.sink), lastWins: true)
      #expect(candles == Oracle(trades, grace: 200_000).candles)
      #expect(repeats > 0)
    }
  }

  @Test func `a projection without windows keeps keys and record times`() async throws {
    try await TestCluster.blocking {
      let run = try TestRun("projection")
      defer { run.close() }
      try run.send([TestTrade(id: 1, timestamp: 1000), TestTrade(symbol: "X-Y", id: 2, shape: .good, timestamp: 2000)])
      let plan = QueryPlanBox(plan: TestPlans.projection(TestPlans.source(run.source), sink: run.sink))
      _ = try run.application([plan]).run()
      let rows = try run.read(run.sink)
      #expect(rows.map(\.key) == [Array("BTC-USDT".utf8), Array("X-Y".utf8)])
      #expect(rows.map(\.timestamp) == [1000, 2000])
    }
  }

  @Test func `records far ahead of their own time are set aside and do not move time`() async throws {
    try await TestCluster.blocking {
      let run = try TestRun("future")
      defer { run.close() }
      let now: Int64 = 1_700_000_000_000
      try run.send([
        TestTrade(id: 1, timestamp: now), TestTrade(id: 2, time: (now + 3_600_000) * 1000, timestamp: now),
        TestTrade(id: 3, timestamp: now),
      ])
      let source = TestPlans.source(run.source, maxFutureSkew: 60_000_000)
      let plan = QueryPlanBox(plan: TestPlans.candles(source, sink: run.sink))
      let summary = try run.application([plan]) { $0.final = true }.run()
      #expect(summary.invalid == 1)
      #expect(summary.late == 0)
      #expect(try run.read(run.invalid).map { $0.headers["wick.reason"] } == ["future"])
    }
  }

  @Test func `state that contradicts the committed offset is refused, not repaired`() async throws {
    try await TestCluster.blocking {
      let run = try TestRun("contradiction")
      defer { run.close() }
      try run.send((0..<10).map { TestTrade(id: Int64($0)) })
      _ = try run.application([.candles(run)]) { $0.hasStaticMembership = false }.run()
      let consumer = try Consumer(TestCluster.kafka(), .init(groupID: run.name))
      try consumer.commit([TopicPartition(run.source, 0): 3])
      try consumer.close()
      let error = #expect(throws: StreamsError.self) {
        try run.application([.candles(run)]) { $0.hasStaticMembership = false }.run()
      }
      #expect(error?.code == .inconsistent)
      #expect(error?.reason.contains("stands at 10") == true)
    }
  }

  @Test func `control and aborted records are passed, and the committed offset reaches the end`() async throws {
    try await TestCluster.blocking {
      let run = try TestRun("control")
      defer { run.close() }
      let producer = try TransactionalProducer(TestCluster.kafka(), transactionalID: run.name)
      try producer.initialise()
      for round in 0..<4 {
        let permit = try producer.begin()
        let trade = TestTrade(id: Int64(round))
        try trade.withBytes(schemaID: run.valueSchemaID) { key, value in
          try producer.send(to: producer.topic(run.source), partition: 0, key: key, value: value)
        }
        if round.isMultiple(of: 2) { try producer.commit(permit) } else { try producer.abort() }
      }
      let summary = try run.application([.candles(run)]) { $0.final = true }.run()
      #expect(summary.consumed == 2)
      let partition = TopicPartition(run.source, 0)
      let consumer = try Consumer(TestCluster.kafka(), .init(groupID: run.name))
      let end = try Consumer.highWatermarks(of: [partition], TestCluster.kafka())[partition]
      #expect(try consumer.committed([partition])[partition] == .some(end))
      try consumer.close()
    }
  }

  @Test func `a source that does not exist is unavailable and says what to do`() async throws {
    try await TestCluster.blocking {
      let run = try TestRun("missing")
      defer { run.close() }
      let plan = QueryPlanBox(plan: TestPlans.candles(TestPlans.source("\(run.name)-none"), sink: run.sink))
      let error = #expect(throws: StreamsError.self) { try run.application([plan]).run() }
      #expect(error?.code == .unavailable)
      #expect(error?.advice.contains("PARTITIONS") == true)
    }
  }

  @Test func `an empty bounded source ends at once`() async throws {
    try await TestCluster.blocking {
      let run = try TestRun("empty", partitions: 2)
      defer { run.close() }
      let summary = try run.application([.candles(run)]) { $0.final = true }.run()
      #expect(summary.consumed == 0)
      #expect(summary.commits == 0)
    }
  }
}
