import Contracts
import Kafka
import SQL
import Testing

@testable import Streams

/// Streams joined with tables over a cluster.
@Suite struct JoinRunTests {
  private static let sources = """
    CREATE STREAM trades (venue STRING KEY, symbol STRING, n BIGINT) WITH (KAFKA_TOPIC='@in', VALUE_FORMAT='JSON');
    CREATE TABLE venues (id STRING PRIMARY KEY, name STRING) WITH (KAFKA_TOPIC='@venues', VALUE_FORMAT='JSON');
    CREATE TABLE symbols (id STRING PRIMARY KEY, lot BIGINT) WITH (KAFKA_TOPIC='@symbols', VALUE_FORMAT='JSON');
    """
  private static let byKey = """
    CREATE STREAM named WITH (KAFKA_TOPIC='@out') AS SELECT t.venue AS venue, v.name AS name, t.n AS n
      FROM trades t LEFT JOIN venues v ON t.venue = v.id;
    """

  private static func trade(_ venue: String, _ symbol: String, _ n: Int) -> SQLRun.Sent {
    .init(venue, #"{"SYMBOL":"\#(symbol)","N":\#(n)}"#, at: Int64(n))
  }

  @Test func `each record meets the row of its moment, and the table is read before the stream`() async throws {
    try await TestRun.withSQL("join", Self.sources + Self.byKey) { sql in
      for topic in ["in", "venues"] { try sql.create(topic, partitions: 3) }
      // The stream's records are there first: they wait all the same.
      try sql.send((0..<6).map { Self.trade("v\($0)", "x", $0) }, to: "in")
      try sql.send((0..<4).map { .init("v\($0)", #"{"NAME":"old"}"#, at: 0) }, to: "venues")
      try sql.send([.init("v1", #"{"NAME":"new"}"#, at: 0), .init("v2", nil, at: 0), .init(nil, "{}", at: 0)], to: "venues")
      _ = try sql.application { $0.hasStaticMembership = false }.run()
      let name = { (name: String?, n: Int) in #"v\#(n)={"NAME":\#(name.map { "\"\($0)\"" } ?? "null"),"N":\#(n)}"# }
      var expected = [name("old", 0), name("new", 1), name(nil, 2), name("old", 3), name(nil, 4), name(nil, 5)]
      #expect(try sql.texts("out").sorted() == expected)
      #expect(try sql.read("venues.invalid").map { $0.headers["wick.reason"] } == ["null_key"])
      // Rows are kept over the restart, and changed by what comes.
      try sql.send([.init("v4", #"{"NAME":"late"}"#, at: 0), .init("v0", nil, at: 0)], to: "venues")
      try sql.send((0..<6).map { Self.trade("v\($0)", "x", $0) }, to: "in")
      _ = try sql.application {
        $0.workers = 3
        $0.hasStaticMembership = false
      }.run()
      expected += [name(nil, 0), name("new", 1), name(nil, 2), name("old", 3), name("late", 4), name(nil, 5)]
      #expect(try sql.texts("out").sorted() == expected.sorted())
    }
  }

  @Test func `an endless run reads the table first too`() async throws {
    try await TestRun.withSQL("live", Self.sources + Self.byKey) { sql in
      for topic in ["in", "venues"] { try sql.create(topic) }
      try sql.send((0..<200).map { Self.trade("v\($0 % 50)", "x", $0) }, to: "in")
      try sql.send((0..<400).map { .init("v\($0 % 50)", #"{"NAME":"\#($0 / 50)"}"#, at: 0) }, to: "venues")
      let stop = StopHandle()
      let summary = try sql.application { $0.untilEnd = false }.run(stop: stop, progressInterval: .milliseconds(20)) {
        if $0.emitted == 200 { stop.stop() }
      }
      #expect(summary.emitted == 200)
      #expect(try sql.texts("out").allSatisfy { $0.contains(#""NAME":"7""#) })
    }
  }

  @Test func `a join by another column goes through the table's partitions, then through those of the group`() async throws {
    let sql = """
      CREATE TABLE lots WITH (KAFKA_TOPIC='@out', KEY_FORMAT='KAFKA') AS SELECT s.lot AS lot, COUNT(*) AS c, SUM(t.n) AS total
        FROM trades t INNER JOIN symbols s ON t.symbol = s.id GROUP BY s.lot EMIT CHANGES;
      """
    try await TestRun.withSQL("joingroup", Self.sources + sql) { sql in
      try sql.create("in", partitions: 2)
      try sql.create("symbols", partitions: 3)
      try sql.send((0..<30).map { Self.trade("v\($0)", "s\($0 % 5)", $0) }, to: "in")
      try sql.send((0..<4).map { .init("s\($0)", #"{"LOT":\#($0 % 2)}"#, at: 0) }, to: "symbols")
      _ = try sql.application { $0.workers = 2 }.run()
      var last: [[UInt8]: String] = [:]
      for record in try sql.read("out") { last[record.key ?? []] = SQLRun.text(record.value) }
      func total(_ lot: Int) -> String {
        let numbers = (0..<30).filter { $0 % 5 < 4 && $0 % 5 % 2 == lot }
        return #"{"C":\#(numbers.count),"TOTAL":\#(numbers.reduce(0, +))}"#
      }
      #expect(last == [[0, 0, 0, 0, 0, 0, 0, 0]: total(0), [0, 0, 0, 0, 0, 0, 0, 1]: total(1)])
    }
  }

  @Test func `topics whose partitions differ are refused by name before anything is made`() async throws {
    try await TestRun.withSQL("partitions", Self.sources + Self.byKey) { sql in
      try sql.create("in", partitions: 3)
      try sql.create("venues", partitions: 2)
      let error = #expect(throws: StreamsError.self) { try sql.application().run() }
      #expect(error?.code == .badInput)
      #expect(error?.reason.contains("has 3 partitions") == true)
      #expect(try Admin(TestCluster.kafka()).topics().keys.contains(sql.topic("out")) == false)
    }
  }

  @Test func `a table whose keys have another format is refused`() throws {
    let text = """
      CREATE STREAM s (k STRING KEY, n INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', KEY_FORMAT='KAFKA');
      CREATE TABLE t (k STRING PRIMARY KEY, m INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', KEY_FORMAT='JSON');
      CREATE STREAM j AS SELECT s.k AS k, n, m FROM s JOIN t ON s.k = t.k;
      """
    let plans = try SQLProgram(files: [SQLFile(name: "t", text: text)]).plans
    let error = #expect(throws: StreamsError.self) { try Topology(plans, application: "a") }
    #expect(error?.reason.contains("JSON keys") == true)
  }
}
