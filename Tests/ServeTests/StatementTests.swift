import JSON
import SQL
import Testing

@testable import Serve

@Suite struct `Statements over HTTP` {
  private static let sql =
    PullTests.sql + """
      CREATE TABLE counts WITH (VALUE_FORMAT = 'JSON', KAFKA_TOPIC = '{N}-counts') AS
        SELECT symbol, COUNT(*) AS n FROM trades WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY symbol EMIT CHANGES;
      """

  @Test func `The server says who it is and how it is`() async throws {
    let server = try await TestServer.start(Self.sql)
    let info = try await server.request("GET", "/info").json["KsqlServerInfo"]
    #expect(info?["version"] == "1.2.3")
    #expect(info?["serverStatus"] == "RUNNING")
    #expect(info?["kafkaClusterId"]?.stringValue?.isEmpty == false)
    let health = try await server.request("GET", "/healthcheck").json
    #expect(health["isHealthy"] == true)
    #expect(health["details"]?["kafka"]?["isHealthy"] == true)
    try await server.stop()
  }

  @Test func `SHOW lists what is declared, in ksqlDB's shape`() async throws {
    let server = try await TestServer.start(Self.sql, topics: ["trades": 3])
    let streams = try #require(try await server.ksql("SHOW STREAMS;").json.arrayValue?.first)
    #expect(streams["@type"] == "streams")
    #expect(streams["statementText"] == "SHOW STREAMS")
    #expect(streams["streams"]?.arrayValue?.first?["name"] == "TRADES")
    let tables = try #require(try await server.ksql("LIST TABLES;").json.arrayValue?.first)
    #expect(tables["tables"]?.arrayValue?.map { $0["isWindowed"] } == [true, true, false])
    let topics = try #require(try await server.ksql("SHOW TOPICS;").json.arrayValue?.first)
    let own = topics["topics"]?.arrayValue?.first { $0["name"] == .string("\(server.name)-trades") }
    #expect(own?["replicaInfo"]?.arrayValue?.count == 3)
    let functions = try await server.ksql("SHOW FUNCTIONS;").json.arrayValue?.first?["functions"]?.arrayValue ?? []
    #expect(functions.contains(["name": "SUBSTRING", "type": "SCALAR", "category": "STRING"]))
    #expect(functions.contains { $0["name"] == "VWAP" && $0["type"] == "AGGREGATE" })
    try await server.stop()
  }

  @Test func `A query that no worker runs is never called running`() async throws {
    let server = try await TestServer.start(Self.sql)
    let queries = try await server.ksql("SHOW QUERIES;").json.arrayValue?.first?["queries"]?.arrayValue
    #expect(queries?.map { $0["id"] } == ["CTAS_COUNTS"])
    #expect(queries?.map { $0["state"] } == ["UNRESPONSIVE"])
    try await server.stop()
  }

  @Test func `DESCRIBE, DESCRIBE FUNCTION and EXPLAIN tell of columns, ways to call and plans`() async throws {
    let server = try await TestServer.start(Self.sql, topics: ["trades": 1])
    try await server.produce("trades", [(.text("A"), "{}", 1), (.text("A"), "{}", 1)])
    let counts = try await server.ksql("DESCRIBE counts EXTENDED;").json.arrayValue?.first?["sourceDescription"]
    #expect(counts?["windowType"] == "TUMBLING")
    #expect(counts?["fields"]?.arrayValue?.map { $0["name"] } == ["SYMBOL", "N"])
    #expect(counts?["writeQueries"]?.arrayValue?.first?["state"] == "UNRESPONSIVE")
    let trades = try await server.ksql("DESCRIBE trades EXTENDED;").json.arrayValue?.first?["sourceDescription"]
    #expect(trades?["statistics"]?.stringValue?.contains("offsets in the topic: 2") == true)
    #expect(trades?["readQueries"]?.arrayValue?.first?["id"] == "CTAS_COUNTS")
    let function = try await server.ksql("DESCRIBE FUNCTION substring;").json.arrayValue?.first
    #expect(function?["type"] == "SCALAR")
    #expect((function?["functions"]?.arrayValue?.count ?? 0) > 0)
    let plan = try await server.ksql("EXPLAIN SELECT * FROM candles WHERE symbol = 'A';").json.arrayValue?.first
    #expect(plan?["queryDescription"]?["topology"]?.stringValue?.contains("looks up 1 key") == true)
    let live = try await server.ksql("EXPLAIN CTAS_COUNTS;").json.arrayValue?.first?["queryDescription"]
    #expect(live?["state"] == "UNRESPONSIVE")
    #expect(live?["lateness"]?["grace"] == 86_340_000)
    try await server.stop()
  }

  @Test func `INSERT INTO writes a record that is read back`() async throws {
    let server = try await TestServer.start(Self.sql, topics: ["trades": 1])
    let reply = try await server.ksql("INSERT INTO trades (symbol, price, ROWTIME) VALUES ('X', 1.5 + 1, 77);")
    #expect(reply.status == 200)
    #expect(try reply.json == [])
    let rows = try await server.queryStream("SELECT symbol, price, ROWTIME FROM trades;").lines
    #expect(rows.last == #"["X",2.5,77]"#)
    let refused = try await server.ksql("INSERT INTO trades (symbol, price) VALUES ('X', 'much');")
    #expect(refused.status == 400)
    try await server.stop()
  }

  @Test func `Rows of inserts-stream are acknowledged one by one, until one is wrong`() async throws {
    let server = try await TestServer.start(Self.sql, topics: ["trades": 1])
    let body = """
      {"target":"trades"}
      {"symbol":"A","price":1}
      {"SYMBOL":"B","PRICE":2.5}
      {"symbol":"C","prize":3}
      {"symbol":"D","price":4}
      """
    let reply = try await server.request("POST", "/inserts-stream", body)
    #expect(reply.lines.prefix(2) == [#"{"status":"ok","seq":0}"#, #"{"status":"ok","seq":1}"#])
    let failure = try JSONValue(parsing: reply.lines[2])
    #expect(failure["status"] == "error" && failure["seq"] == 2)
    let rows = try await server.queryStream("SELECT symbol, price FROM trades;").lines
    #expect(Array(rows.dropFirst()) == [#"["A",1.0]"#, #"["B",2.5]"#])
    try await server.stop()
  }

  @Test(arguments: [
    ("POST", "/ksql", "", 400), ("POST", "/ksql", "[]", 400), ("POST", "/ksql", #"{"ksql":5}"#, 400),
    ("POST", "/ksql", #"{"ksql":"SHOW STREAMS;","more":1}"#, 400), ("POST", "/ksql", #"{"ksql":"SHOW STRAMS;"}"#, 400),
    ("POST", "/ksql", #"{"ksql":"SELECT * FROM trades EMIT CHANGES;"}"#, 400),
    ("POST", "/ksql", #"{"ksql":"SHOW STREAMS;","streamsProperties":{"no.such":"1"}}"#, 400),
    ("POST", "/ksql", #"{"ksql":"SHOW STREAMS;","sessionVariables":{"a b":"1"}}"#, 400),
    ("POST", "/query-stream", #"{"sql":"SHOW STREAMS;"}"#, 400), ("POST", "/query-stream", #"{"sql":"SELECT 1"}"#, 400),
    ("POST", "/query-stream", #"{"sql":"SELECT * FROM nothing;"}"#, 400),
    ("POST", "/query", #"{"ksql":"SELECT * FROM trades EMIT CHANGES; SHOW STREAMS;"}"#, 400),
    ("POST", "/close-query", "{}", 400), ("GET", "/ksql", "", 405), ("GET", "/nothing", "", 404),
    ("POST", "/inserts-stream", "nonsense", 200),
  ])
  func `Bad input gets an answer with ksqlDB's members, and the server lives on`(
    _ method: String, _ path: String, _ body: String, _ status: Int
  ) async throws {
    let server = try await TestServer.start(PullTests.sql)
    let reply = try await server.request(method, path, body.isEmpty && method == "GET" ? nil : body)
    #expect(reply.status == status)
    let json = try reply.json
    #expect(json["error_code"]?.intValue != nil)
    #expect(json["message"]?.stringValue?.isEmpty == false)
    #expect(try await server.request("GET", "/info").status == 200)
    try await server.stop()
  }

  @Test func `A body beyond the limit and a form that nobody speaks are refused`() async throws {
    let server = try await TestServer.start(PullTests.sql) { $0.bodyLimit = 1000 }
    let long = try await server.ksql("SHOW STREAMS; -- " + String(repeating: "x", count: 2000))
    #expect(long.status == 413)
    let form = try await server.queryStream("SELECT * FROM trades;", accept: "text/html")
    #expect(form.status == 406)
    try await server.stop()
  }

  @Test func `Pages of other sites are refused, whatever name they use for this machine`() async throws {
    let server = try await TestServer.start(PullTests.sql)
    let body = #"{"ksql":"SHOW STREAMS;"}"#
    #expect(try await server.request("POST", "/ksql", body, headers: ["Origin": "http://evil.example"]).status == 403)
    #expect(try await server.request("POST", "/ksql", body, headers: ["Origin": "null"]).status == 403)
    #expect(try await server.request("POST", "/ksql", body, headers: ["Host": "evil.example:80"]).status == 403)
    #expect(try await server.request("POST", "/ksql", body, headers: ["Host": "localhost"]).status == 200)
    for (host, isLoopback) in [
      ("127.0.0.1", true), ("127.1.2.3", true), ("::1", true), ("localhost", true), ("0.0.0.0", false), ("::", false),
      ("127.evil.example", false), ("127.0.0.1.evil.example", false), ("", false),
    ] { #expect(QueryServer.isLoopback(host) == isLoopback) }
    try await server.stop()
  }

  @Test func `What a reader may not change stays as it is`() async throws {
    let server = try await TestServer.start(Self.sql) { $0.isReadOnly = true }
    for statement in [
      "CREATE STREAM s2 AS SELECT * FROM trades EMIT CHANGES;", "DROP TABLE venues;", "TERMINATE ALL;",
      "INSERT INTO trades (symbol) VALUES ('A');",
    ] {
      #expect(try await server.ksql(statement).status == 400)
    }
    #expect(try await server.ksql("SHOW TABLES;").json.arrayValue?.first?["tables"]?.arrayValue?.count == 3)
    try await server.stop()
  }
}
