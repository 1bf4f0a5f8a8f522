import Foundation
import JSON
import SQL
import Testing

@testable import Serve

@Suite struct `Pull queries over HTTP` {
  /// A windowed table over a topic, and a table by key.
  static let sql = """
    CREATE TABLE candles (symbol STRING PRIMARY KEY, high DOUBLE, trades BIGINT)
      WITH (KAFKA_TOPIC = '{N}-candles', VALUE_FORMAT = 'JSON', KEY_FORMAT = 'KAFKA',
            WINDOW_TYPE = 'TUMBLING', WINDOW_SIZE = '1 MINUTE');
    CREATE TABLE venues (id INT PRIMARY KEY, name STRING)
      WITH (KAFKA_TOPIC = '{N}-venues', VALUE_FORMAT = 'JSON', KEY_FORMAT = 'KAFKA');
    CREATE STREAM trades (symbol STRING KEY, price DOUBLE)
      WITH (KAFKA_TOPIC = '{N}-trades', VALUE_FORMAT = 'JSON', KEY_FORMAT = 'KAFKA');
    """
  static let topics = ["candles": 2, "venues": 1, "trades": 1]

  private func candles() async throws -> TestServer {
    let server = try await TestServer.start(Self.sql, topics: Self.topics)
    // 2023-11-14T22:13:00Z is 1700000000000 - 20000.
    let first: Int64 = 1_699_999_980_000
    var records: [(key: [UInt8]?, value: String?, timestamp: Int64)] = []
    for symbol in ["BTC-USDT", "ETH-USDT", "SOL-USDT"] {
      for minute in 0..<5 {
        let start = first + Int64(minute) * 60_000
        records.append(
          (.windowed(symbol, start: start), "{\"HIGH\": \(100 + minute).5, \"TRADES\": \(minute)}", start + 59_000))
      }
    }
    try await server.produce("candles", records)
    return server
  }

  @Test func `A key and window bounds give the windows between, and the bounds as BIGINT key columns`() async throws {
    let server = try await candles()
    let reply = try await server.queryStream(
      "SELECT * FROM candles WHERE symbol = 'BTC-USDT' AND WINDOWSTART >= 1700000040000 AND WINDOWSTART < '2023-11-14T22:16:00';")
    #expect(reply.status == 200)
    #expect(reply.type == "application/vnd.ksqlapi.delimited.v1")
    let header = try JSONValue(parsing: reply.lines[0])
    #expect(header["columnNames"] == ["SYMBOL", "WINDOWSTART", "WINDOWEND", "HIGH", "TRADES"])
    #expect(header["columnTypes"] == ["STRING", "BIGINT", "BIGINT", "DOUBLE", "BIGINT"])
    #expect(
      Array(reply.lines.dropFirst()) == [
        #"["BTC-USDT",1700000040000,1700000100000,101.5,1]"#, #"["BTC-USDT",1700000100000,1700000160000,102.5,2]"#,
      ])
    try await server.stop()
  }

  @Test func `IN, LIMIT and a table scan with any predicate answer as asked`() async throws {
    let server = try await candles()
    let two = try await server.queryStream(
      "SELECT symbol, high FROM candles WHERE symbol IN ('SOL-USDT', 'BTC-USDT', 'none') AND trades = 3;")
    #expect(Set(two.lines.dropFirst()) == [#"["SOL-USDT",103.5]"#, #"["BTC-USDT",103.5]"#])
    let scan = try await server.queryStream("SELECT symbol FROM candles WHERE high > 103.9 LIMIT 2;")
    #expect(scan.lines.count == 3)
    let all = try await server.queryStream("SELECT symbol, windowstart, trades FROM candles WHERE trades >= 0;")
    #expect(all.lines.count == 16)
    try await server.stop()
  }

  @Test func `Each of the three forms holds the same rows`() async throws {
    let server = try await candles()
    let sql = "SELECT symbol, trades FROM candles WHERE symbol = 'ETH-USDT' AND trades > 3;"
    let array = try await server.queryStream(sql, accept: "application/json")
    #expect(array.type == "application/json")
    let elements = try #require(array.json.arrayValue)
    #expect(elements.count == 2)
    #expect(elements[1] == ["ETH-USDT", 4])
    let objects = try await server.query(sql)
    #expect(objects.type == "application/vnd.ksql.v1+json")
    let rows = try #require(objects.json.arrayValue)
    #expect(rows[0]["header"]?["schema"] == "`SYMBOL` STRING KEY, `TRADES` BIGINT")
    #expect(rows[1] == ["row": ["columns": ["ETH-USDT", 4]]])
    try await server.stop()
  }

  @Test func `A table follows its topic: new rows, changed rows and deletions`() async throws {
    let server = try await TestServer.start(Self.sql, topics: Self.topics)
    func key(_ id: Int32) -> [UInt8] { withUnsafeBytes(of: id.bigEndian) { Array($0) } }
    try await server.produce("venues", [(key(1), "{\"name\": \"one\"}", 1), (key(2), "{\"name\": \"two\"}", 2)])
    let before = try await server.queryStream("SELECT * FROM venues;")
    #expect(Array(before.lines.dropFirst()) == [#"[1,"one"]"#, #"[2,"two"]"#])
    try await server.produce("venues", [(key(1), nil, 3), (key(2), "{\"name\": \"zwei\"}", 4), (key(3), "{}", 5)])
    var after: [String] = []
    for _ in 0..<500 where after.count != 2 || after[0] != #"[2,"zwei"]"# {
      after = Array(try await server.queryStream("SELECT * FROM venues;").lines.dropFirst())
    }
    #expect(after == [#"[2,"zwei"]"#, #"[3,null]"#])
    try await server.stop()
  }

  @Test func `A stream is answered up to its end`() async throws {
    let server = try await TestServer.start(Self.sql, topics: Self.topics)
    try await server.produce("trades", (0..<50).map { (.text("S\($0 % 5)"), "{\"price\": \($0)}", Int64($0 + 1)) })
    let reply = try await server.queryStream("SELECT price FROM trades WHERE symbol = 'S3' AND ROWTIME > 20;")
    #expect(Array(reply.lines.dropFirst()) == ["[23.0]", "[28.0]", "[33.0]", "[38.0]", "[43.0]", "[48.0]"])
    try await server.stop()
  }

  @Test func `An answer larger than the limit is refused and not cut off`() async throws {
    let server = try await TestServer.start(Self.sql, topics: Self.topics) { $0.pullRows = 10 }
    try await server.produce("trades", (0..<11).map { (.text("A"), "{\"price\": \($0)}", Int64($0)) })
    let refused = try await server.queryStream("SELECT price FROM trades;")
    #expect(refused.status == 400)
    #expect(try refused.json["message"]?.stringValue?.contains("more than 10 rows") == true)
    let limited = try await server.queryStream("SELECT price FROM trades LIMIT 10;")
    #expect(limited.lines.count == 11)
    try await server.stop()
  }

  @Test func `A table whose topic does not exist is unavailable, and says what to do`() async throws {
    let server = try await TestServer.start(Self.sql)
    let reply = try await server.queryStream("SELECT * FROM venues;")
    #expect(reply.status == 503)
    #expect(try reply.json["message"]?.stringValue?.contains("does not exist yet") == true)
    try await server.stop()
  }
}
