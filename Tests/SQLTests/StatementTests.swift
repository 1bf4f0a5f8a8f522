import Testing

@testable import SQL

/// Statements beside queries: what a prompt gets to do.
@Suite struct StatementTests {
  @Test(arguments: [
    ("SHOW STREAMS;", SQLStatement.show(.streams, extended: false)),
    ("LIST tables EXTENDED", .show(.tables, extended: true)), ("SHOW ALL TOPICS", .show(.allTopics, extended: false)),
    ("SHOW QUERIES EXTENDED", .show(.queries, extended: true)), ("LIST FUNCTIONS", .show(.functions, extended: false)),
    ("SHOW PROPERTIES", .show(.properties, extended: false)), ("SHOW VARIABLES", .show(.variables, extended: false)),
    ("DESCRIBE FUNCTION ucase", .describe(.function("UCASE"))),
    ("DESCRIBE STREAMS EXTENDED", .describe(.allStreams(extended: true))),
    ("DESCRIBE TABLES", .describe(.allTables(extended: false))), ("EXPLAIN CTAS_X", .explain(.query("CTAS_X"))),
    ("EXPLAIN `ctas_x`", .explain(.query("ctas_x"))), ("TERMINATE ALL", .control(.terminate, query: nil)),
    ("terminate ctas_x@1", .control(.terminate, query: "CTAS_X@1")), ("PAUSE q", .control(.pause, query: "Q")),
    ("RESUME \"q\"", .control(.resume, query: "q")), ("DEFINE x = 'y'", .define(name: "X", value: "y")),
    ("UNDEFINE x", .undefine(name: "X")), ("UNSET 'ksql.streams.auto.offset.reset'", .unset(name: "auto.offset.reset")),
    ("SET 'ksql.persistence.default.format.value'='json'", .set(name: "ksql.persistence.default.format.value", value: "json")),
    ("DROP STREAM IF EXISTS nothing", .unchanged("NOTHING")),
    (
      "PRINT trades.raw-1 FROM BEGINNING INTERVAL 2 LIMIT 3",
      .print(PrintStatement(topic: "trades.raw-1", fromBeginning: true, interval: 2, limit: 3))
    ),
    ("PRINT 'Ä'", .print(PrintStatement(topic: "Ä", fromBeginning: false, interval: nil, limit: nil))),
    (
      "ASSERT TOPIC x WITH (PARTITIONS=3) TIMEOUT 2 SECONDS",
      .assert(.topic(exists: true, name: "x", partitions: 3, replicas: nil, timeout: 2_000_000))
    ),
    ("ASSERT NOT EXISTS SCHEMA SUBJECT s ID 7", .assert(.schema(exists: false, subject: "s", id: 7, timeout: nil))),
  ])
  func `a statement is understood`(text: String, expected: SQLStatement) throws {
    var session = SQLSession()
    #expect(try session.read(SQLFile(name: "p", text: text)).map(\.statement) == [expected])
  }

  @Test func `the text of each statement is kept`() throws {
    var session = SQLSession()
    let read = try session.read(SQLFile(name: "p", text: " ;; SHOW /* all */ STREAMS ; -- end\n SHOW TABLES"))
    #expect(read.map(\.text) == ["SHOW /* all */ STREAMS", "SHOW TABLES"])
  }

  @Test func `a source is described as it was declared, and EXPLAIN creates nothing`() throws {
    var session = try sessionOverProbe()
    guard case .describe(.source(let source, extended: true)) = try session.statement("DESCRIBE t EXTENDED") else {
      Issue.record("no description")
      return
    }
    #expect(source == session.catalog.sources["T"])
    guard case .explain(.plan(let plan)) = try session.statement("EXPLAIN CREATE STREAM o AS SELECT k, i FROM t") else {
      Issue.record("no plan")
      return
    }
    #expect(plan.id == "CSAS_O" && !session.catalog.contains("O"))
    guard case .explain(.pull(let pull)) = try session.statement("EXPLAIN SELECT * FROM t") else {
      Issue.record("no pull query")
      return
    }
    #expect(pull.projection.count == source.columns.count)
  }

  @Test func `variables stand for names, constants and parts of texts`() throws {
    var session = SQLSession()
    let text = """
      DEFINE name = 'prices'; DEFINE format = 'JSON'; DEFINE parts = '3'; DEFINE low = '-5'; DEFINE col = '`p x`';
      CREATE STREAM ${name} (k STRING KEY, ${col} INT) WITH (KAFKA_TOPIC='${NAME}.${other}-x'
        , VALUE_FORMAT='${format}', PARTITIONS=${parts});
      """
    #expect(throws: SQLError.self) { try session.read(SQLFile(name: "p", text: text)) }
    let read = try session.read(SQLFile(name: "p", text: text.replacing(".${other}", with: "")))
    #expect(read.count == 6)
    let source = try #require(session.catalog.streams["PRICES"])
    #expect(source.topic == "prices-x" && source.valueFormat == .json && source.partitions == 3)
    #expect(source.columns.map(\.name) == ["K", "p x"])
    guard case .query(let plan, _) = try session.statement("CREATE STREAM o AS SELECT k, `p x` FROM prices WHERE `p x` > ${low}")
    else {
      Issue.record("no query")
      return
    }
    #expect(plan.filter == .call(.greater, [.column(1, .integer), .literal(.integer(-5), .integer)], .boolean))
    _ = try session.statement("UNDEFINE low")
    #expect { try session.statement("SHOW ${lwo}") } throws: {
      ($0 as? SQLError)?.message.contains("there is no variable LWO") == true
    }
  }

  @Test func `settings give the formats that are not said`() throws {
    var session = SQLSession()
    let text = """
      SET 'ksql.persistence.default.format.value' = 'JSON'; SET 'ksql.persistence.default.format.key' = 'DELIMITED';
      CREATE STREAM a (k STRING KEY, v INT) WITH (KAFKA_TOPIC='a');
      UNSET 'ksql.persistence.default.format.value';
      CREATE STREAM b (k STRING KEY, v INT) WITH (KAFKA_TOPIC='b');
      """
    _ = try session.read(SQLFile(name: "p", text: text))
    #expect(session.catalog.sources["A"]?.valueFormat == .json && session.catalog.sources["B"]?.valueFormat == .avro)
    #expect(session.catalog.sources["B"]?.keyFormat == .delimited)
  }

  @Test func `a text that is wrong somewhere changes nothing`() throws {
    var session = SQLSession()
    #expect(throws: SQLError.self) { try session.read(SQLFile(name: "p", text: "DEFINE a = '1'; " + probe + "nonsense")) }
    #expect(session.catalog.names.isEmpty && session.variables.isEmpty)
  }

  @Test func `statements are taken up one by one, up to the one that fails`() throws {
    struct Stop: Error {}
    var session = SQLSession()
    var seen: [String] = []
    let text = "DEFINE a = 'STREAMS'; SHOW ${a}; DEFINE b = 'x'; SHOW TABLES;"
    #expect(throws: Stop.self) {
      try session.execute(SQLFile(name: "p", text: text)) { read in
        seen.append(read.text)
        if seen.count == 3 { throw Stop() }
      }
    }
    #expect(seen == ["DEFINE a = 'STREAMS'", "SHOW ${a}", "DEFINE b = 'x'"])
    #expect(session.variables == ["A": "STREAMS"])
  }

  @Test func `rows are inserted by constants of their columns' types`() throws {
    var session = try sessionOverProbe()
    let text = """
      INSERT INTO t (k, l, x, d42, ts, d, b, ROWTIME) VALUES ('a', -1, 2, 3.5, '2026-01-01', '2026-02-03', NULL, 1234);
      """
    guard case .insert(let insert) = try session.statement(text) else {
      Issue.record("no row")
      return
    }
    #expect(insert.rowTime == .literal(.integer(1234), .bigint))
    let values = Dictionary(uniqueKeysWithValues: zip(insert.target.columns.map(\.name), insert.values))
    #expect(values["K"] == .literal(.string("a"), .string) && values["L"] == .literal(.integer(-1), .bigint))
    #expect(values["X"] == .literal(.double(2), .double))
    #expect(values["D42"] == .literal(.decimal(unscaled: 350, scale: 2), .decimal(precision: 4, scale: 2)))
    // 2026-01-01T00:00Z, and days to 2026-02-03.
    #expect(
      values["TS"] == .literal(.integer(1_767_225_600_000_000), .timestamp) && values["D"] == .literal(.integer(20_487), .date))
    #expect(values["B"] == .literal(.null, .boolean) && values["S"] == .literal(.null, .string))
  }

  @Test(arguments: [
    ("INSERT INTO t (k, i) VALUES ('a');", "2 values are needed, and 1 are given"),
    ("INSERT INTO t (k, k) VALUES ('a', 'b');", "K is given twice"),
    ("INSERT INTO t (kk) VALUES ('a');", "there is no column KK"),
    ("INSERT INTO t (k, i) VALUES ('a', 'b');", "I is of type INT, and this is STRING"),
    ("INSERT INTO t (k, i) VALUES ('a', k);", "values are constants; K would be a column"),
    ("INSERT INTO t (k, i) VALUES ('a', COUNT(*));", "VALUES sees single records, not aggregates"),
    ("INSERT INTO u (k) VALUES ('a');", "there is no stream or table U"),
    ("DROP TABLE t;", "T is a stream; write DROP STREAM"),
    ("ALTER TABLE t ADD COLUMN z INT;", "T is a stream; write ALTER STREAM"),
    ("ALTER STREAM t ADD COLUMN i INT;", "T has a column I already"), ("DESCRIBE u;", "there is no stream or table U"),
    ("EXPLAIN CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='x');", "EXPLAIN shows the plan of a query; this statement has none"),
    (
      "SET 'auto.offset.resett'='earliest';",
      "the setting auto.offset.resett is not supported; settings of a worker are given on its command line"
    ),
    ("ASSERT TOPIC x WITH (TIMESTAMP='a');", "ASSERT TOPIC looks at PARTITIONS and REPLICAS alone"),
    ("DEFINE a = 'x y'; SHOW ${a};", "the value of A is neither one name nor one constant"),
    ("SHOW ${a", "this variable is never closed"),
  ])
  func `what contradicts is refused`(text: String, message: String) throws {
    var session = try sessionOverProbe()
    #expect { try session.read(SQLFile(name: "p", text: text)) } throws: { ($0 as? SQLError)?.message == message }
  }

  @Test func `what is altered or dropped is gone or changed for the statements after`() throws {
    var session = try sessionOverProbe()
    _ = try session.statement("ALTER STREAM t ADD COLUMN z INT, ADD y2 ARRAY<INT>")
    #expect(session.catalog.sources["T"]?.columns.suffix(2).map(\.name) == ["Z", "Y2"])
    _ = try session.statement("CREATE STREAM o AS SELECT k, z FROM t")
    #expect { try session.statement("DROP STREAM t") } throws: {
      ($0 as? SQLError)?.message == "T is read by CSAS_O; drop what these fill first"
    }
    guard case .drop(let drop) = try session.statement("DROP STREAM o DELETE TOPIC") else {
      Issue.record("not dropped")
      return
    }
    #expect(drop.deletesTopic && drop.terminates == ["CSAS_O"] && drop.source.topic == "O")
    _ = try session.statement("DROP STREAM t")
    #expect(session.catalog.names.isEmpty && session.catalog.queries.isEmpty)
  }

  @Test func `asserted rows say which columns are compared`() throws {
    var session = try sessionOverProbe()
    guard case .assert(.values(let row, let columns)) = try session.statement("ASSERT VALUES t (i, k) VALUES (1, 'a')"),
      case .assert(.tombstone(_, let keys)) = try session.statement("ASSERT NULL VALUES t KEY ('a')")
    else {
      Issue.record("no assertion")
      return
    }
    #expect(columns == [2, 0] && row.values[2] == .literal(.integer(1), .integer) && keys == [0])
  }
}

/// A session that knows the stream `t`.
func sessionOverProbe() throws -> SQLSession {
  var session = SQLSession()
  _ = try session.read(SQLFile(name: "probe", text: probe))
  return session
}

extension SQLSession {
  /// The one statement of `text`.
  mutating func statement(_ text: String) throws -> SQLStatement {
    let read = try read(SQLFile(name: "p", text: text))
    return try #require(read.count == 1 ? read[0].statement : nil)
  }
}
