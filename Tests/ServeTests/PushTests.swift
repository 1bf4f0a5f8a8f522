import JSON
import SQL
import Testing

@testable import Serve

@Suite struct `Push queries over HTTP` {
  private static let earliest: JSONValue = ["ksql.streams.auto.offset.reset": "earliest"]

  @Test func `Rows of a stream come until the LIMIT, in both of ksqlDB's forms`() async throws {
    let server = try await TestServer.start(PullTests.sql, topics: PullTests.topics)
    try await server.produce("trades", (0..<9).map { (.text("S\($0 % 2)"), "{\"price\": \($0)}", Int64($0)) })
    let sql = "SELECT symbol, price * 2 AS twice FROM trades WHERE price > 2 EMIT CHANGES LIMIT 3;"
    let lines = try await server.queryStream(sql, properties: Self.earliest).lines
    #expect(Array(lines.dropFirst()) == [#"["S1",6.0]"#, #"["S0",8.0]"#, #"["S1",10.0]"#])
    let objects = try #require(try await server.query(sql, properties: Self.earliest).json.arrayValue)
    #expect(objects.count == 5)
    #expect(objects[4] == ["finalMessage": "Limit Reached"])
    try await server.stop()
  }

  @Test func `Groups are counted as a persistent query counts them, one row per change`() async throws {
    let server = try await TestServer.start(PullTests.sql, topics: PullTests.topics)
    try await server.produce("trades", (0..<6).map { (.text("S"), "{\"price\": \($0)}", 60_000 + Int64($0) * 30_000) })
    let reply = try await server.queryStream(
      """
      SELECT symbol, WINDOWSTART, COUNT(*) AS n, MAX(price) AS high FROM trades
      WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 0 SECONDS) GROUP BY symbol EMIT FINAL LIMIT 2;
      """, properties: Self.earliest)
    #expect(Array(reply.lines.dropFirst()) == [#"["S",60000,2,1.0]"#, #"["S",120000,2,3.0]"#])
    try await server.stop()
  }

  @Test func `Event time is read from text as TIMESTAMP_FORMAT says, in push and in pull queries`() async throws {
    let sql = """
      CREATE STREAM days (symbol STRING KEY, at STRING, price DOUBLE) WITH (KAFKA_TOPIC = '{N}-days', KEY_FORMAT = 'KAFKA',
        VALUE_FORMAT = 'JSON', TIMESTAMP = 'at', TIMESTAMP_FORMAT = 'yyyy-MM-dd HH:mm:ss');
      """
    let server = try await TestServer.start(sql, topics: ["days": 1])
    // The records' own timestamps say another order; the fourth has no time that can be read.
    let times = ["2024-01-01 00:00:10", "2024-01-01 00:00:50", "2024-01-01 00:01:05", "yesterday", "2024-01-01 00:02:00"]
    try await server.produce("days", times.enumerated().map { (.text("S"), "{\"at\": \"\($1)\", \"price\": 1}", Int64(9 - $0)) })
    let first: Int64 = 1_704_067_200_000
    let push = try await server.queryStream(
      """
      SELECT symbol, WINDOWSTART, COUNT(*) AS n FROM days
      WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 0 SECONDS) GROUP BY symbol EMIT FINAL LIMIT 2;
      """, properties: Self.earliest)
    #expect(Array(push.lines.dropFirst()) == [#"["S",\#(first),2]"#, #"["S",\#(first + 60_000),1]"#])
    let pull = try await server.queryStream("SELECT ROWTIME FROM days;")
    #expect(Array(pull.lines.dropFirst()) == [10_000, 50_000, 65_000, 120_000].map { (after: Int64) in "[\(first + after)]" })
    try await server.stop()
  }

  @Test func `Changes of a table are rows, and deletions are tombstones`() async throws {
    let server = try await TestServer.start(PullTests.sql, topics: PullTests.topics)
    try await server.produce(
      "candles",
      [(.windowed("B", start: 60_000), "{\"HIGH\": 1, \"TRADES\": 2}", 1), (.windowed("B", start: 60_000), nil, 2)])
    let reply = try await server.query(
      "SELECT symbol, WINDOWSTART, high FROM candles EMIT CHANGES LIMIT 2;", properties: Self.earliest)
    let elements = try #require(reply.json.arrayValue)
    #expect(elements[1] == ["row": ["columns": ["B", 60000, .number("1.0")]]])
    #expect(elements[2]["row"]?["tombstone"] == true)
    try await server.stop()
  }

  @Test func `A query that is closed ends, and no more than the limit are open`() async throws {
    let server = try await TestServer.start(PullTests.sql, topics: PullTests.topics) { $0.openQueries = 1 }
    async let open = server.queryStream("SELECT * FROM trades EMIT CHANGES;")
    var id: String?
    while id == nil {
      id = server.service.registry.open.first?.id
      await Task.yield()
    }
    let refused = try await server.queryStream("SELECT * FROM trades EMIT CHANGES;")
    #expect(refused.status == 429)
    let unknown = try await server.request("POST", "/close-query", #"{"queryId":"none"}"#)
    #expect(unknown.status == 400)
    let closed = try await server.request("POST", "/close-query", #"{"queryId":"\#(id ?? "")"}"#)
    #expect(closed.status == 200)
    #expect(try await open.lines.count == 1)
    try await server.stop()
  }

  @Test func `PRINT shows records as text, and never as a JSON array`() async throws {
    let server = try await TestServer.start(PullTests.sql, topics: PullTests.topics)
    try await server.produce("trades", [(.text("BTC"), "{\"price\": 1}", 1_700_000_000_000), (nil, nil, 5)])
    let sql = "PRINT '\(server.name)-trades' FROM BEGINNING LIMIT 2;"
    let lines = try await server.queryStream(sql).lines
    #expect(lines[0] == #"rowtime: 2023-11-14T22:13:20.000Z, key: BTC, value: {"price": 1}, partition: 0"#)
    #expect(lines[1] == "rowtime: 1970-01-01T00:00:00.005Z, key: <null>, value: <null>, partition: 0")
    #expect(try await server.queryStream(sql, accept: "application/json").status == 406)
    try await server.stop()
  }
}

typealias PullTests = `Pull queries over HTTP`
