import Contracts
import Kafka
import SQL
import Testing

@testable import Streams

/// Records of a stream that have no value: each query does with them what ksqlDB does, and none of them is lost without a word.
@Suite struct WithoutValueTests {
  private static func text(_ format: String) -> String {
    """
    CREATE STREAM trades (venue STRING KEY, symbol STRING, n BIGINT) WITH (KAFKA_TOPIC='@in', VALUE_FORMAT='\(format)');
    CREATE TABLE venues (id STRING PRIMARY KEY, name STRING) WITH (KAFKA_TOPIC='@venues', VALUE_FORMAT='JSON');
    CREATE STREAM seen WITH (KAFKA_TOPIC='@seen', VALUE_FORMAT='JSON') AS
      SELECT venue, symbol, COALESCE(n, 5) + 1 AS n, 1 AS one FROM trades;
    CREATE STREAM moved WITH (KAFKA_TOPIC='@moved', VALUE_FORMAT='JSON') AS SELECT symbol, n FROM trades PARTITION BY symbol;
    CREATE STREAM large WITH (KAFKA_TOPIC='@large', VALUE_FORMAT='JSON') AS SELECT venue, n FROM trades WHERE n > 0 OR TRUE;
    CREATE STREAM named WITH (KAFKA_TOPIC='@named', VALUE_FORMAT='JSON') AS
      SELECT t.venue AS venue, v.name AS name FROM trades t LEFT JOIN venues v ON t.venue = v.id;
    CREATE TABLE counts WITH (KAFKA_TOPIC='@counts', VALUE_FORMAT='JSON') AS
      SELECT venue, COUNT(*) AS c FROM trades GROUP BY venue EMIT CHANGES;
    CREATE TABLE symbols WITH (KAFKA_TOPIC='@symbols', VALUE_FORMAT='JSON') AS
      SELECT symbol, COUNT(*) AS c FROM trades GROUP BY symbol EMIT CHANGES;
    """
  }

  @Test func `they pass projections, fail WHERE, and are set aside by groups and joins, all counted`() async throws {
    try await TestRun.withSQL("without-value", Self.text("JSON")) { sql in
      for topic in ["in", "venues"] { try sql.create(topic) }
      try sql.send(
        [
          .init("a", #"{"SYMBOL":"x","N":1}"#, at: 1), .init("b", nil, at: 2), .init(nil, nil, at: 3),
          .init("a", #"{"SYMBOL":"y","N":2}"#, at: 4),
        ], to: "in")
      let summary = try sql.application { $0.final = true }.run()
      #expect(
        try sql.texts("seen") == [#"a={"SYMBOL":"x","N":2,"ONE":1}"#, "b=~", "~=~", #"a={"SYMBOL":"y","N":3,"ONE":1}"#])
      #expect(try sql.read("seen").map(\.timestamp) == [1, 2, 3, 4])
      #expect(try sql.texts("moved") == [#"x={"N":1}"#, "~=~", "~=~", #"y={"N":2}"#])
      #expect(try sql.texts("large") == [#"a={"N":1}"#, #"a={"N":2}"#])
      #expect(try sql.texts("named") == [#"a={"NAME":null}"#, #"a={"NAME":null}"#])
      #expect(try sql.texts("counts").last == #"a={"C":2}"#)
      #expect(try sql.texts("symbols").sorted() == [#"x={"C":1}"#, #"y={"C":1}"#])
      let invalid = try sql.read("in.invalid")
      // Once for each of the three that cannot use them, as they came.
      #expect(invalid.count == 6 && summary.invalid == 6)
      #expect(Set(invalid.map { $0.headers["wick.source"] }) == ["\(sql.topic("in"))/0/1", "\(sql.topic("in"))/0/2"])
      for record in invalid {
        #expect(record.value == nil && record.headers["wick.reason"] == "undecodable")
        #expect(record.headers["wick.error"] == "the record has no value")
      }
      let audit = try Self.audit(sql)
      for (query, row) in audit { #expect(row.consumed == row.parts, "\(query)") }
      #expect(audit["CSAS_SEEN"] == .init(consumed: 4, aggregated: 4, filtered: 0, undecodable: 0))
      #expect(audit["CSAS_LARGE"] == .init(consumed: 4, aggregated: 2, filtered: 2, undecodable: 0))
      #expect(audit["CSAS_NAMED"] == .init(consumed: 4, aggregated: 2, filtered: 0, undecodable: 2))
      #expect(audit["CTAS_COUNTS"] == .init(consumed: 4, aggregated: 2, filtered: 0, undecodable: 2))
    }
  }

  @Test func `AVRO values are read the same way, between those that have one`() async throws {
    try await TestRun.withSQL("without-avro", Self.text("AVRO")) { sql in
      for topic in ["in", "venues"] { try sql.create(topic) }
      let schema = try AvroSchema(
        json: #"{"type":"record","name":"T","fields":[{"name":"SYMBOL","type":"string"},{"name":"N","type":"long"}]}"#)
      let id = try sql.run.schemas.register(schema, subject: "\(sql.topic("in"))-value")
      let value = { (symbol: String, n: UInt8) in
        [0] + withUnsafeBytes(of: id.bigEndian) { Array($0) } + [UInt8(symbol.utf8.count) * 2] + Array(symbol.utf8) + [n * 2]
      }
      try sql.send(
        [.init(Array("a".utf8), value("x", 1), at: 1), .init("b", nil, at: 2), .init(Array("a".utf8), value("y", 2), at: 4)],
        to: "in")
      _ = try sql.application().run()
      #expect(try sql.texts("seen") == [#"a={"SYMBOL":"x","N":2,"ONE":1}"#, "b=~", #"a={"SYMBOL":"y","N":3,"ONE":1}"#])
      #expect(try sql.texts("counts").last == #"a={"C":2}"#)
      #expect(try sql.read("in.invalid").count == 3)
    }
  }

  @Test func `where no query passes them on, each is set aside once`() async throws {
    let text = """
      CREATE STREAM trades (venue STRING KEY, n BIGINT) WITH (KAFKA_TOPIC='@in', VALUE_FORMAT='JSON');
      CREATE TABLE one WITH (KAFKA_TOPIC='@one') AS SELECT venue, COUNT(*) AS c FROM trades GROUP BY venue EMIT CHANGES;
      CREATE TABLE two WITH (KAFKA_TOPIC='@two') AS SELECT venue, SUM(n) AS s FROM trades GROUP BY venue EMIT CHANGES;
      """
    try await TestRun.withSQL("without-groups", text) { sql in
      try sql.create("in")
      try sql.send([.init("a", nil, at: 1), .init("a", #"{"N":7}"#, at: 2)], to: "in")
      #expect(try sql.application().run().invalid == 1)
      #expect(try sql.texts("two") == [#"a={"S":7}"#])
      #expect(try sql.read("in.invalid").map { $0.headers["wick.error"] } == ["the record has no value"])
    }
  }

  private struct Row: Equatable {
    var consumed: Int64
    var aggregated: Int64
    var filtered: Int64
    var undecodable: Int64

    var parts: Int64 { aggregated + filtered + undecodable }
  }

  /// What the queries say of the source's records, all commits together.
  private static func audit(_ sql: SQLRun) throws -> [String: Row] {
    let codec = try AvroReferenceCodec(AvroSchema(json: AuditRow.schemaJSON))
    var rows: [String: Row] = [:]
    for record in try sql.run.read("\(sql.run.name).audit") {
      guard let value = record.value, case .record(let fields) = try codec.decode(Array(value.dropFirst(5))),
        case .string(let query) = fields[1], case .string(let topic) = fields[2], topic == sql.topic("in")
      else { continue }
      let numbers = fields[6...16].map { field -> Int64 in if case .long(let number) = field { number } else { -1 } }
      rows[query, default: Row(consumed: 0, aggregated: 0, filtered: 0, undecodable: 0)].consumed += numbers[0]
      rows[query]?.aggregated += numbers[1]
      rows[query]?.filtered += numbers[2]
      rows[query]?.undecodable += numbers[8]
    }
    return rows
  }
}
