import Contracts
import Kafka
import SQL
import Synchronization
import TestSupport
import Testing

@testable import Streams

/// Records that have to reach the partition of another key, through a topic between the steps of a query.
@Suite struct RepartitionTests {
  private static let text = """
    CREATE STREAM trades (venue STRING KEY, symbol STRING, n BIGINT) WITH (KAFKA_TOPIC='@in', VALUE_FORMAT='JSON');
    CREATE TABLE totals WITH (KAFKA_TOPIC='@totals', KEY_FORMAT='DELIMITED') AS
      SELECT symbol, n % 2 AS odd, COUNT(*) AS c, SUM(n) AS s FROM trades WHERE n > 0 GROUP BY symbol, n % 2 EMIT CHANGES;
    CREATE TABLE windows WITH (KAFKA_TOPIC='@windows', LATE_TOPIC='@late') AS SELECT symbol, COUNT(*) AS c FROM trades
      WINDOW TUMBLING (SIZE 1 SECOND, GRACE PERIOD 1 SECOND) GROUP BY symbol EMIT FINAL;
    CREATE STREAM by_symbol WITH (KAFKA_TOPIC='@by') AS SELECT symbol, venue, n FROM trades PARTITION BY symbol;
    """

  private struct Trade {
    var venue: String
    var symbol: String
    var n: Int
    var time: Int64

    var sent: SQLRun.Sent { .init(venue, #"{"SYMBOL":"\#(symbol)","N":\#(n)}"#, at: time) }
  }

  private static func trades(_ count: Int, _ generator: inout SeededGenerator) -> [Trade] {
    (0..<count).map { index in
      Trade(
        venue: "v\(Int.random(in: 0..<9, using: &generator))", symbol: "s\(Int.random(in: 0..<7, using: &generator))",
        n: Int.random(in: -3..<100, using: &generator), time: Int64(index) * 20)
    }
  }

  private static func expectExact(_ sql: SQLRun, _ trades: [Trade]) throws {
    var totals: [String: (Int, Int)] = [:]
    for trade in trades where trade.n > 0 {
      totals["\(trade.symbol),\(trade.n % 2)", default: (0, 0)].0 += 1
      totals["\(trade.symbol),\(trade.n % 2)", default: (0, 0)].1 += trade.n
    }
    var last: [String: String] = [:]
    var homes: [String: Set<Int32>] = [:]
    for record in try sql.read("totals") {
      last[SQLRun.text(record.key)] = SQLRun.text(record.value)
      homes[SQLRun.text(record.key), default: []].insert(record.partition)
    }
    #expect(last == totals.mapValues { #"{"C":\#($0.0),"S":\#($0.1)}"# })
    #expect(homes.values.allSatisfy { $0.count == 1 })
    // However the partitions are interleaved, each trade counts in its window or is late.
    let counted = try sql.read("windows").reduce(0) { sum, record in
      sum + (Int(SQLRun.text(record.value).filter(\.isNumber)) ?? 0)
    }
    let late = try sql.read("late")
    #expect(counted + late.count == trades.count)
    let windows = try sql.read("windows").map { SQLRun.windowed($0.key) }
    #expect(Set(windows).count == windows.count, "a window was emitted twice")
    let originals = Set(trades.map { SQLRun.text($0.sent.value) })
    #expect(late.allSatisfy { originals.contains(SQLRun.text($0.value)) && $0.headers["wick.source"]?.contains("-in/") == true })
    let moved = try sql.read("by")
    #expect(moved.count == trades.count)
    for record in moved {
      let home = (record.key ?? []).withUnsafeBytes { Murmur2.partition(of: $0, among: 3) }
      #expect(record.partition == home)
    }
  }

  @Test func `a GROUP BY without the key counts every record once, with three workers too`() async throws {
    var generator = SeededGenerator.forTest("repartition")
    let trades = Self.trades(600, &generator)
    try await TestRun.withSQL("repartition", Self.text) { sql in
      try sql.create("in", partitions: 3)
      try sql.send(trades[..<300].map(\.sent), to: "in")
      _ = try sql.application { $0.hasStaticMembership = false }.run()
      try sql.send(trades[300...].map(\.sent), to: "in")
      _ = try sql.application {
        $0.final = true
        $0.workers = 3
        $0.hasStaticMembership = false
      }.run()
      try Self.expectExact(sql, trades)
    }
  }

  @Test(arguments: [(CheckpointAction.commit, true), (.sendState, false), (.commit, false)])
  func `a worker that vanishes leaves nothing half done in the topic between`(step: CheckpointAction, isAfter: Bool) async throws
  {
    var generator = SeededGenerator.forTest("repartition kill \(step)")
    let trades = Self.trades(300, &generator)
    try await TestRun.withSQL("vanish", Self.text) { sql in
      try sql.create("in", partitions: 3)
      try sql.send(trades.map(\.sent), to: "in")
      for occurrence in [2, 5] {
        let hits = Mutex(0)
        let broken = try sql.application {
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
      _ = try sql.application { $0.final = true }.run()
      try Self.expectExact(sql, trades)
    }
  }

  @Test func `a late record behind a repartition keeps its bytes and its place`() async throws {
    try await TestRun.withSQL("late", Self.text) { sql in
      try sql.create("in")
      let trades = [Trade(venue: "a", symbol: "x", n: 1, time: 9000), Trade(venue: "a", symbol: "x", n: 2, time: 1000)]
      try sql.send(trades.map(\.sent), to: "in")
      _ = try sql.application { $0.final = true }.run()
      let late = try #require(try sql.read("late").first)
      #expect(late.key == Array("a".utf8))
      #expect(late.value == trades[1].sent.value)
      #expect(late.timestamp == 1000)
      #expect(late.headers["wick.source"] == "\(sql.topic("in"))/0/1")
      #expect(late.headers["wick.lateness_ms"] == "8000")
    }
  }
}
