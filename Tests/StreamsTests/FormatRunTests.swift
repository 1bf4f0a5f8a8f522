import Contracts
import Formats
import Kafka
import SQL
import Testing
import Values

@testable import Streams

/// Every format on both sides of a record, over a cluster. What must come is written by hand, byte for byte where it counts.
@Suite struct FormatRunTests {
  @Test func `JSON in, DELIMITED out, with a key of two columns, and broken records set aside`() async throws {
    let sql = """
      CREATE STREAM trades (venue STRING KEY, symbol STRING KEY, price DECIMAL(10,2), tags ARRAY<STRING>)
        WITH (KAFKA_TOPIC='@in', KEY_FORMAT='JSON', VALUE_FORMAT='JSON');
      CREATE STREAM plain WITH (KAFKA_TOPIC='@out', KEY_FORMAT='DELIMITED', VALUE_FORMAT='DELIMITED', VALUE_DELIMITER='|') AS
        SELECT venue, symbol, price * 2 AS twice, tags[1] AS tag FROM trades WHERE price > 1;
      """
    try await TestRun.withSQL("json", sql) { sql in
      try sql.create("in")
      try sql.send(
        [
          .init(#"{"VENUE":"a","SYMBOL":"x,y"}"#, #"{"price":1.25,"TAGS":["t","u"],"other":1}"#, at: 1000),
          .init(#"{"VENUE":"a"}"#, #"{"PRICE":1.256}"#, at: 2000),
          .init("{}", "not json", at: 3000),
          .init(nil, #"{"PRICE":3}"#, at: 4000),
          .init(#"{"VENUE":"b","SYMBOL":"z"}"#, nil, at: 5000),
          .init(#"{"VENUE":"b","SYMBOL":"z"}"#, #"{"PRICE":0.5}"#, at: 6000),
        ], to: "in")
      let summary = try sql.application().run()
      #expect(summary.consumed == 6)
      #expect(try sql.texts("out") == [#"a,"x,y"=2.50|t"#, ",=6.00|"])
      #expect(try sql.read("out").map(\.timestamp) == [1000, 4000])
      let invalid = try sql.read("in.invalid")
      #expect(invalid.map { $0.headers["wick.source"]?.split(separator: "/").last } == ["1", "2"])
      #expect(invalid.allSatisfy { $0.headers["wick.reason"] == "undecodable" })
      #expect(invalid.allSatisfy { $0.headers["wick.error"] != nil })
      #expect(invalid[1].value == Array("not json".utf8))
    }
  }

  @Test func `KAFKA and NONE keys, bare values and headers`() async throws {
    let sql = """
      CREATE STREAM numbers (id INT KEY, n BIGINT, h BYTES HEADER('who'))
        WITH (KAFKA_TOPIC='@in', KEY_FORMAT='KAFKA', VALUE_FORMAT='KAFKA');
      CREATE STREAM bare WITH (KAFKA_TOPIC='@out', VALUE_FORMAT='JSON', WRAP_SINGLE_VALUE=FALSE) AS SELECT id, n FROM numbers;
      CREATE STREAM headed WITH (KAFKA_TOPIC='@headed', VALUE_FORMAT='JSON') AS
        SELECT id, n, FROM_BYTES(h, 'utf8') AS who FROM numbers;
      """
    try await TestRun.withSQL("kafka", sql) { sql in
      try sql.create("in")
      let number: [UInt8] = [0, 0, 0, 0, 0, 0, 1, 2]
      try sql.send(
        [
          .init([0, 0, 0, 7], number, at: 1, headers: [RecordHeader("who", "me"), RecordHeader("who", "you")]),
          .init([1, 2], number, at: 2), .init([255, 255, 255, 255], number, at: 3),
        ], to: "in")
      _ = try sql.application().run()
      #expect(try sql.read("out").map(\.key) == [[0, 0, 0, 7], [255, 255, 255, 255]])
      #expect(try sql.read("out").map { SQLRun.text($0.value) } == ["258", "258"])
      #expect(
        try sql.read("headed").map { SQLRun.text($0.value) } == [#"{"N":258,"WHO":"you"}"#, #"{"N":258,"WHO":null}"#])
      #expect(try sql.read("in.invalid").map { $0.headers["wick.source"]?.last } == ["1"])
    }
  }

  @Test func `nested AVRO values and AVRO keys, read back by another codec`() async throws {
    let sql = """
      CREATE STREAM trades (id STRING KEY, n INT, m STRING)
        WITH (KAFKA_TOPIC='@in', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON');
      CREATE TABLE nested WITH (KAFKA_TOPIC='@out', KEY_FORMAT='AVRO', VALUE_FORMAT='AVRO') AS
        SELECT id, m, COLLECT_LIST(n) AS ns, COUNT(*) AS c FROM trades
        WINDOW TUMBLING (SIZE 1 SECOND, GRACE PERIOD 0 SECONDS) GROUP BY id, m EMIT FINAL;
      """
    try await TestRun.withSQL("nested", sql) { sql in
      try sql.create("in")
      try sql.send(
        [
          .init("a", #"{"N":1,"M":"m"}"#, at: 1100), .init("a", #"{"N":2,"M":"m"}"#, at: 1200),
          .init("a", #"{"N":3,"M":"k"}"#, at: 1300),
        ], to: "in")
      _ = try sql.application { $0.final = true }.run()
      let records = try sql.read("out")
      let schemas = sql.run.schemas
      func decode(_ bytes: [UInt8]?, _ side: String) throws -> AvroValue {
        let schema = try #require(try schemas.latest(subject: "\(sql.topic("out"))-\(side)"))
        return try AvroReferenceCodec(schema.schema).decode(Array((bytes ?? []).dropFirst(5)))
      }
      let text = { (text: String) in AvroValue.union(1, .string(text)) }
      let list = { (numbers: [Int32]) in AvroValue.union(1, .array(numbers.map { .union(1, .int($0)) })) }
      #expect(
        try records.map { try decode($0.key?.dropLast(8), "key") } == [
          .record([text("a"), text("k")]), .record([text("a"), text("m")]),
        ])
      #expect(
        try records.map { try decode($0.value, "value") }
          == [.record([list([3]), .union(1, .long(1))]), .record([list([1, 2]), .union(1, .long(2))])])
    }
  }

  @Test func `windowed keys are read back as Kafka Streams writes them, and kept by a projection`() async throws {
    let sql = """
      CREATE STREAM candles (id STRING KEY, n BIGINT) WITH (KAFKA_TOPIC='@in', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON',
        WINDOW_TYPE='TUMBLING', WINDOW_SIZE='1 MINUTE');
      CREATE STREAM copy WITH (KAFKA_TOPIC='@out') AS SELECT id, n, WINDOWSTART AS ws, WINDOWEND AS we FROM candles;
      CREATE STREAM visits (id STRING KEY, n BIGINT) WITH (KAFKA_TOPIC='@sessions', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON',
        WINDOW_TYPE='SESSION');
      CREATE STREAM copies WITH (KAFKA_TOPIC='@visits') AS SELECT id, n, WINDOWSTART AS ws, WINDOWEND AS we FROM visits;
      """
    try await TestRun.withSQL("windowed", sql) { sql in
      try sql.create("in", partitions: 3)
      try sql.create("sessions")
      let time = { (millis: Int64) in withUnsafeBytes(of: millis.bigEndian) { Array($0) } }
      let key = Array("ab".utf8) + time(60_000)
      try sql.send([.init(key, Array(#"{"N":1}"#.utf8), at: 5, partition: 0), .init([1, 2], Array("{}".utf8), at: 6)], to: "in")
      let session = Array("ab".utf8) + time(90_000) + time(60_000)
      try sql.send([.init(session, Array(#"{"N":1}"#.utf8), at: 5)], to: "sessions")
      _ = try sql.application().run()
      let copies = try sql.read("out")
      #expect(copies.map(\.key) == [key])
      #expect(copies.map { SQLRun.text($0.value) } == [#"{"N":1,"WS":60000,"WE":120000}"#])
      // All windows of a key lie where the key alone belongs.
      let home = Array("ab".utf8).withUnsafeBytes { Murmur2.partition(of: $0, among: 3) }
      #expect(copies.map(\.partition) == [home])
      #expect(try sql.read("in.invalid").count == 1)
      let visits = try sql.read("visits")
      #expect(visits.map(\.key) == [session])
      #expect(visits.map { SQLRun.text($0.value) } == [#"{"N":1,"WS":60000,"WE":90000}"#])
    }
  }

  @Test func `a row that its format cannot hold goes to the invalid topic`() async throws {
    let sql = """
      CREATE STREAM numbers (id STRING KEY, n BIGINT) WITH (KAFKA_TOPIC='@in', VALUE_FORMAT='JSON');
      CREATE STREAM out WITH (KAFKA_TOPIC='@out', VALUE_FORMAT='AVRO') AS SELECT id, n FROM numbers;
      """
    try await TestRun.withSQL("unfit", sql) { sql in
      try sql.create("in")
      let contract = #"{"type":"record","name":"R","fields":[{"name":"n","type":"long"}]}"#
      _ = try sql.run.schemas.register(AvroSchema(json: contract), subject: "\(sql.topic("out"))-value")
      try sql.send([.init("a", #"{"N":1}"#, at: 1), .init("b", #"{"N":null}"#, at: 2)], to: "in")
      let summary = try sql.application().run()
      #expect(summary.emitted == 1)
      #expect(try sql.read("out").map { SQLRun.text($0.key) } == ["a"])
      #expect(try sql.read("in.invalid").map { "\(SQLRun.text($0.key)) \($0.headers["wick.reason"] ?? "")" } == ["b overflow"])
    }
  }
}
