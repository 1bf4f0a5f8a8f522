import SQL
import Testing

@testable import Replay

@Suite struct `The side of a replay` {
  private static let sql = """
    CREATE STREAM t (k STRING KEY, v BIGINT) WITH (KAFKA_TOPIC='t.raw', VALUE_FORMAT='JSON', PARTITIONS=1, INVALID_TOPIC='t.bad');
    CREATE STREAM big WITH (KAFKA_TOPIC='t.big') AS SELECT k, v FROM t WHERE v > 10;
    CREATE TABLE sums WITH (KAFKA_TOPIC='sums', LATE_TOPIC='t.late') AS
      SELECT k, SUM(v) AS s FROM big WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 5 SECONDS) GROUP BY k EMIT FINAL;
    """

  @Test func `every topic that is written has a name of its own, and only the log keeps its name`() throws {
    let plans = try SQLProgram(files: [SQLFile(name: "t.sql", text: Self.sql)]).plans
    let topics = SideTopics(plans, prefix: "side")
    let side = plans.map(topics.side)
    #expect(side.map(\.source.topic) == ["t.raw", "side.t.big"])
    #expect(side.map(\.sink.topic) == ["side.t.big", "side.sums"])
    #expect(side.last?.sink.lateTopic == "side.t.late")
    #expect(side.first?.source.invalidTopic == "side.t.bad")
    let live = Set(plans.flatMap { [$0.sink.topic, $0.sink.lateTopic, $0.source.invalidTopic] })
    let written = Set(side.flatMap { [$0.sink.topic, $0.sink.lateTopic, $0.source.invalidTopic] })
    #expect(live.isDisjoint(with: written))
    #expect(topics.live(subject: "side.sums-value") == "sums-value")
  }
}

@Suite struct `Windows of the log and windows published` {
  private func key(_ text: String, _ start: Int64) throws -> WindowKey {
    let bytes = Array(text.utf8) + (0..<8).map { UInt8(truncatingIfNeeded: start >> (56 - 8 * $0)) }
    return try #require(bytes.withUnsafeBytes { WindowKey($0) })
  }

  private func table(_ rows: [(String, Int64, String)]) throws -> WindowTable {
    var table = WindowTable()
    for (name, start, value) in rows {
      let key = try key(name, start)
      Array(value.utf8).withUnsafeBytes { table.add(key, $0) }
    }
    return table
  }

  @Test func `a key is taken apart as it was put together`() throws {
    let found = try key("BTC", 1_700_000_000_000)
    #expect(found.key == Array("BTC".utf8) && found.start == 1_700_000_000_000)
    #expect([UInt8](repeating: 1, count: 7).withUnsafeBytes { WindowKey($0) } == nil)
  }

  @Test func `the same windows have the same hash, in whatever order they came`() throws {
    let rows = [("a", 1000, "x"), ("b", 1000, "y"), ("a", 2000, "z")] as [(String, Int64, String)]
    let comparison = WindowComparison(
      "t", live: try table(rows), replayed: try table(rows.reversed()), closedBefore: .max)
    #expect(comparison.topic.equal == 3 && comparison.topic.differing == 0 && comparison.wrong.isEmpty)
    #expect(comparison.topic.liveHash == comparison.topic.replayedHash && comparison.topic.liveHash != FNV.offset)
  }

  @Test func `what differs, is missing or unfounded, or came twice, is told apart`() throws {
    let live = try table([("a", 1000, "x"), ("b", 1000, "wrong"), ("c", 1000, "x"), ("d", 1000, "x"), ("d", 1000, "x")])
    let log = try table([("a", 1000, "x"), ("b", 1000, "right"), ("d", 1000, "x"), ("e", 1000, "x")])
    let comparison = WindowComparison("t", live: live, replayed: log, closedBefore: .max)
    let found = comparison.wrong.map { "\(String(decoding: $0.key.key, as: UTF8.self)) \($0.kind.rawValue)" }
    #expect(found == ["b differs", "c unfounded", "d differs", "e missing"])
    #expect(comparison.topic.equal == 1 && comparison.topic.differing == 4)
    #expect(comparison.topic.liveHash != comparison.topic.replayedHash)
  }

  @Test func `windows that may still be open are judged only where they agree`() throws {
    let live = try table([("a", 5000, "x"), ("b", 5000, "x")])
    let log = try table([("a", 5000, "x"), ("b", 5000, "y"), ("c", 5000, "z")])
    let comparison = WindowComparison("t", live: live, replayed: log, closedBefore: 5000)
    #expect(comparison.topic.equal == 1 && comparison.topic.open == 2 && comparison.wrong.isEmpty)
    #expect(WindowComparison("t", live: live, replayed: log, closedBefore: 5001).topic.differing == 2)
  }
}
