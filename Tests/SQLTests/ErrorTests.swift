import Testing

@testable import SQL

@Suite struct ErrorTests {
  @Test(arguments: [
    (
      """
      CREATE STREAM trades (symbol STRING KEY, price DECIMAL(18, 8))
        WITH (KAFKA_TOPIC = 'trades.raw');
      CREATE STREAM cheap AS
        SELECT symbol, prise FROM trades;
      """,
      """
      q.sql:4:18: there is no column PRISE in TRADES
      4 |   SELECT symbol, prise FROM trades;
        |                  ^^^^^ did you mean PRICE?
      """
    ),
    (
      "CREATE TABEL x AS SELECT 1 FROM t;",
      """
      q.sql:1:8: TABEL cannot stand here
      1 | CREATE TABEL x AS SELECT 1 FROM t;
        |        ^^^^^ expected STREAM or TABLE; did you mean TABLE?
      """
    ),
    (
      "CREATE STREAM s (a INT,\r\n\tb STRNG) WITH (KAFKA_TOPIC='t');",
      """
      q.sql:2:4: there is no type STRNG
      2 |  b STRNG) WITH (KAFKA_TOPIC='t');
        |    ^^^^^ did you mean STRING?
      """
    ),
    (
      "CREATE STREAM s (a INT) WITH (KAFKA_TOPC='t');",
      """
      q.sql:1:31: there is no property KAFKA_TOPC
      1 | CREATE STREAM s (a INT) WITH (KAFKA_TOPC='t');
        |                               ^^^^^^^^^^ did you mean KAFKA_TOPIC?
      """
    ),
    (
      "CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='t'\n",
      """
      q.sql:1:46: the statement ends too early
      1 | CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='t'
        |                                              ^ expected , or )
      """
    ),
    (
      "-- naïve λ\n/* é */ SELECT 'λ';",
      """
      q.sql:2:19: ; cannot stand here
      2 | /* é */ SELECT 'λ';
        |                   ^ expected , or FROM
      """
    ),
    (
      "CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='unclosed);\n\n",
      """
      q.sql:1:43: this string is never closed
      1 | CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='unclosed);
        |                                           ^ expected '
      """
    ),
    (
      "CREATE TABLE names (id STRING, name STRING)\n  WITH (KAFKA_TOPIC='names');",
      """
      q.sql:1:1: a TABLE needs a column with PRIMARY KEY; a topic without keys is a STREAM
      1 | CREATE TABLE names (id STRING, name STRING)
        | ^^^^^^^^^^^^^^^^^^
      """
    ),
    (
      "CREATE STREAM s (a STRUCT<price INT>) WITH (KAFKA_TOPIC='s');\nCREATE STREAM o AS SELECT a->prise FROM s;",
      """
      q.sql:2:30: this STRUCT has no field PRISE
      2 | CREATE STREAM o AS SELECT a->prise FROM s;
        |                              ^^^^^ did you mean PRICE?
      """
    ),
    (
      "CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='s');\nCREATE TABLE o AS SELECT a, COUNT(*) AS n FROM s WINDOW SESION (1 DAY) GROUP BY a;",
      """
      q.sql:2:57: SESION cannot stand here
      2 | CREATE TABLE o AS SELECT a, COUNT(*) AS n FROM s WINDOW SESION (1 DAY) GROUP BY a;
        |                                                         ^^^^^^ expected TUMBLING, HOPPING or SESSION; did you mean SESSION?
      """
    ),
    (
      "CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSNO');",
      """
      q.sql:1:61: there is no format JSNO
      1 | CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSNO');
        |                                                             ^^^^^^ did you mean JSON?
      """
    ),
    (
      "CREATE STREAM s (a INT KEY, b INT) WITH (KAFKA_TOPIC='s');\nSHOW STREAM;",
      """
      q.sql:2:6: STREAM cannot stand here
      2 | SHOW STREAM;
        |      ^^^^^^ expected STREAMS, TABLES, QUERIES, TOPICS, FUNCTIONS, PROPERTIES or VARIABLES; did you mean STREAMS?
      """
    ),
    (
      "CREATE STREAM a (k INT KEY, v INT) WITH (KAFKA_TOPIC='a');\nCREATE STREAM b AS SELECT * FROM a JOIN names ON a.k = names.k;",
      """
      q.sql:2:41: there is no stream or table NAMES
      2 | CREATE STREAM b AS SELECT * FROM a JOIN names ON a.k = names.k;
        |                                         ^^^^^
      """
    ),
  ])
  func `an error shows the line, a caret and what to do`(program: String, expected: String) {
    #expect { try SQLProgram.plan(program, name: "q.sql") } throws: { "\($0)" == expected }
  }

  @Test func `a long line is cut around the place`() throws {
    let list = (0..<400).map { "c\($0) INT" }.joined(separator: ", ")
    let error = try #require(refusal("CREATE STREAM s (\(list), bad FLOTE) WITH (KAFKA_TOPIC='t');"))
    #expect(error.line == 1 && error.column > 3_000)
    #expect(error.excerpt.count < 130 && error.excerpt.hasPrefix("…"))
    let start = error.excerpt.index(error.excerpt.startIndex, offsetBy: error.excerptColumn - 1)
    #expect(error.excerpt[start...].hasPrefix("FLOTE"))
  }

  @Test func `the file is named and later files are not looked at`() throws {
    let files = [
      SQLFile(name: "1.sql", text: probe), SQLFile(name: "2.sql", text: "nonsense"), SQLFile(name: "3.sql", text: "?"),
    ]
    #expect { try SQLProgram.plan(files) } throws: { ($0 as? SQLError)?.file == "2.sql" }
  }

  @Test func `a file that is not UTF-8 is refused at its first wrong byte`() throws {
    let bytes = Array("-- ok\n-- ".utf8) + [0xff, 0x20]
    #expect { try SQLFile(name: "f", bytes: bytes) } throws: { error in
      let error = error as? SQLError
      return error?.line == 2 && error?.column == 4
    }
  }

  @Test(arguments: [
    "CREATE TYPE x AS INT;", "DROP TYPE x;", "CREATE SINK CONNECTOR c WITH ('a'='b');", "SHOW CONNECTORS;", "SHOW TYPES;",
    "CREATE STREAM s WITH (KAFKA_TOPIC='t');", "INSERT INTO t (k) VALUES ('a');", "SHOW STREAMS;", "LIST TOPICS;", "DESCRIBE t;",
    "EXPLAIN q;", "PRINT 'x';", "TERMINATE ALL;", "PAUSE q;", "RESUME q;", "RUN SCRIPT 'x';", "ALTER SYSTEM 'a'='b';",
    "ASSERT STREAM t (a INT);", "SELECT * FROM t;", "SELECT * FROM t EMIT CHANGES;",
    "DROP STREAM t;", "DROP TABLE nothing;", "SET 'auto.offset.reset'='latest';", "SET 'commit.interval.ms'='100';",
    "CREATE STREAM s (a INT HEADERS) WITH (KAFKA_TOPIC='t');", "CREATE STREAM s (a VARCHAR(10)) WITH (KAFKA_TOPIC='t');",
    "CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='PROTOBUF');",
    "CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='t', FORMAT='JSON_SR');",
    "CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='t', WINDOW_TYPE='FLOATING');",
    "CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='t', CLEANUP_POLICY='compact');",
    "CREATE STREAM o AS SELECT k FROM t JOIN t AS u ON t.k = u.k;", "CREATE STREAM o AS SELECT k FROM t, u;",
    "CREATE STREAM o AS SELECT k FROM t LEFT JOIN u WITHIN 1 HOUR ON t.k = u.k;",
    "CREATE STREAM o AS SELECT k FROM t FULL OUTER JOIN u ON t.k = u.k;", "CREATE STREAM o AS SELECT k, i FROM t LIMIT 5;",
    "CREATE STREAM o AS SELECT k, i FROM t ORDER BY i;", "CREATE STREAM o AS SELECT DISTINCT k FROM t;",
    "CREATE STREAM o AS SELECT k, st->* FROM t;", "CREATE STREAM o AS SELECT k, DATE '2026-01-01' AS d FROM t;",
    "CREATE STREAM o AS SELECT k, TRANSFORM(y, a => a + 1) FROM t;",
    "CREATE STREAM o AS SELECT k, UNIX_TIMESTAMP() FROM t;", "CREATE STREAM o AS SELECT k, RANDOM() FROM t;",
    "CREATE TABLE o AS SELECT k, VAR_POP(i) AS n FROM t WINDOW TUMBLING (SIZE 1 DAY) GROUP BY k;",
    "CREATE TABLE o AS SELECT k, COUNT(DISTINCT i) AS n FROM t WINDOW TUMBLING (SIZE 1 DAY) GROUP BY k;",
  ])
  func `what cannot be run is refused by name, with what to use instead`(statement: String) throws {
    let error = try #require(refusal(probe + statement), "accepted: \(statement)")
    let hasAdvice =
      error.message.contains("; ") || error.message.contains(": ") || !error.expected.isEmpty
      || error.message.contains("support") || error.message.contains("there is no")
    #expect(hasAdvice, "\(error)")
  }

  /// Statement after `probe`, the word the error points at, its message.
  @Test(arguments: [
    ("CREATE STREAM t (a INT) WITH (KAFKA_TOPIC='t');", "t", "a stream T is already declared; choose another name"),
    ("CREATE STREAM s (a INT, a INT) WITH (KAFKA_TOPIC='t');", "a", "the column A is declared twice"),
    (
      "CREATE STREAM s (rowtime INT) WITH (KAFKA_TOPIC='t');", "rowtime",
      "ROWTIME is a column every stream has; choose another name"
    ),
    ("CREATE STREAM s (a INT) WITH (PARTITIONS=1);", "CREATE STREAM s", "S needs WITH (KAFKA_TOPIC = '…')"),
    ("CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='t', KAFKA_TOPIC='t');", "KAFKA_TOPIC", "KAFKA_TOPIC is given twice"),
    (
      "CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='a b');", "'a b'",
      "a topic's name has 1 to 249 letters, digits, dots, dashes and underscores of ASCII"
    ),
    (
      "CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='t', TIMESTAMP='a');", "'a'",
      "the TIMESTAMP column A has the type INT; declare it as TIMESTAMP, as BIGINT of milliseconds, or as STRING with TIMESTAMP_FORMAT"
    ),
    ("CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='t', DEDUPLICATE_BY='a, bb');", "'a, bb'", "there is no column BB"),
    (
      "CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='t', DEDUPLICATE_BY='a,');", "'a,'",
      "DEDUPLICATE_BY is a list of columns such as 'venue, trade_id'"
    ),
    (
      "CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='t', IDLE_CLOSE='5');", "'5'",
      "IDLE_CLOSE is a length of time such as '5 SECONDS'"
    ),
    (
      "CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='t', IDLE_CLOSE='9223372036854775807 DAYS');", "'9223372036854775807 DAYS'",
      "IDLE_CLOSE is a length of time such as '5 SECONDS'"
    ),
    ("CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='t', PARTITIONS=0);", "0", "PARTITIONS is a whole number of at least 1"),
    (
      "CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='t', LATE_TOPIC='l');", "LATE_TOPIC",
      "LATE_TOPIC belongs to the statement CREATE … AS SELECT"
    ),
    (
      "CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='t.invalid');", "CREATE STREAM s",
      "INVALID_TOPIC would be the source's own topic t.invalid; name another one"
    ),
    (
      "CREATE STREAM s (a DATE KEY, b INT) WITH (KAFKA_TOPIC='t');", "a DATE KEY",
      "a KEY column of type DATE is not supported by the KAFKA key format"
    ),
    (
      "CREATE STREAM s (a DECIMAL(39, 2)) WITH (KAFKA_TOPIC='t');", "DECIMAL(39, 2)",
      "a DECIMAL has 1 to 38 digits, of which 0 to all stand after the point"
    ),
    (
      "CREATE STREAM o WITH (DEDUPLICATE_BY='i') AS SELECT k, i FROM t;", "DEDUPLICATE_BY",
      "DEDUPLICATE_BY belongs to the CREATE STREAM of the source"
    ),
    ("CREATE STREAM o AS SELECT i FROM t;", "CREATE STREAM o", "the key column K must be selected"),
    ("CREATE STREAM o AS SELECT k FROM t;", "CREATE STREAM o", "at least one column beside the key must be selected"),
    ("CREATE STREAM o AS SELECT k, i, i FROM t;", "i", "a column I is selected twice; give one another name with AS"),
    ("CREATE STREAM o AS SELECT k, i FROM tt;", "tt", "there is no stream TT; declare it with CREATE STREAM TT (…) WITH (…)"),
    ("CREATE STREAM o AS SELECT k, u.i FROM t;", "u", "there is no source U in this query"),
    ("CREATE STREAM o AS SELECT k, t.i FROM t AS u;", "t", "there is no source T in this query"),
    ("CREATE STREAM o AS SELECT k, i FROM t WHERE i;", "i", "WHERE needs a condition, not INT"),
    (
      "CREATE STREAM o AS SELECT k, i FROM t WHERE COUNT(*) > 1;", "COUNT(*)",
      "WHERE sees single records, not aggregates; use HAVING"
    ),
    (
      "CREATE STREAM o AS SELECT k, i FROM t WHERE s = \"x\";", "\"x\"",
      "there is no column x in T; texts are written in single quotes"
    ),
    (
      "CREATE STREAM o AS SELECT k, i = i = i AS x FROM t;", "=",
      "comparisons cannot be chained; join them with AND, or use parentheses"
    ),
    ("CREATE STREAM o AS SELECT k, group FROM t;", "group", "group cannot stand here"),
    ("CREATE STREAM o AS SELECT k, i FROM t EMIT FINAL;", "EMIT FINAL", "EMIT FINAL needs a window that ends; use EMIT CHANGES"),
    ("CREATE STREAM o AS SELECT k, COUNT(*) FROM t GROUP BY k;", "k", "GROUP BY makes a table; write CREATE TABLE O"),
    (
      "CREATE STREAM o WITH (KAFKA_TOPIC='probe.in') AS SELECT k, i FROM t;", "'probe.in'",
      "the query would read what it writes: probe.in is its source"
    ),
    (
      "CREATE STREAM o WITH (LATE_TOPIC='l') AS SELECT k, i FROM t;", "'l'",
      "nothing is late in a query without a window; leave LATE_TOPIC out"
    ),
    (
      "CREATE TABLE o AS SELECT k, i FROM t;", "CREATE TABLE o",
      "a TABLE needs GROUP BY; for a query that keeps or changes single records write CREATE STREAM"
    ),
    (
      "CREATE TABLE o AS SELECT k, i, COUNT(*) AS n FROM t WINDOW TUMBLING (SIZE 1 DAY) GROUP BY k;", "i",
      "I is neither grouped nor aggregated; add it to GROUP BY, or use an aggregate such as LAST_BY or MAX"
    ),
    (
      "CREATE TABLE o AS SELECT k, MAX(i) + i AS n FROM t WINDOW TUMBLING (SIZE 1 DAY) GROUP BY k;", "i",
      "I is neither grouped nor aggregated; add it to GROUP BY, or use an aggregate such as LAST_BY or MAX"
    ),
    (
      "CREATE TABLE o AS SELECT COUNT(*) AS n FROM t WINDOW TUMBLING (SIZE 1 DAY) GROUP BY k;", "k",
      "every expression of GROUP BY must be selected, and this is not"
    ),
    (
      "CREATE TABLE o AS SELECT k, k AS j, COUNT(*) AS n FROM t WINDOW TUMBLING (SIZE 1 DAY) GROUP BY k;", "k",
      "this key is selected more than once"
    ),
    (
      "CREATE TABLE o AS SELECT k, UCASE(k) AS u FROM t WINDOW TUMBLING (SIZE 1 DAY) GROUP BY k;", "k",
      "GROUP BY needs an aggregate in SELECT or HAVING, such as COUNT(*)"
    ),
    (
      "CREATE TABLE o AS SELECT *, COUNT(*) AS n FROM t WINDOW TUMBLING (SIZE 1 DAY) GROUP BY k;", "*",
      "* cannot be grouped; name the grouped columns and the aggregates"
    ),
    (
      "CREATE TABLE o AS SELECT k, COUNT(*) AS n FROM t WINDOW TUMBLING (SIZE 0 DAYS) GROUP BY k;", "0 DAYS",
      "a window cannot be empty"
    ),
    (
      "CREATE TABLE o AS SELECT k, COUNT(*) AS n FROM t WINDOW HOPPING (SIZE 1 DAY, ADVANCE BY 2 DAYS) GROUP BY k;", "2 DAYS",
      "a window advances by more than nothing and by at most its size"
    ),
    (
      "CREATE TABLE o AS SELECT k, COUNT(*) AS n FROM t WINDOW TUMBLING (SIZE 1 DAY, RETENTION 1 DAY, GRACE PERIOD 1 HOUR) GROUP BY k;",
      "1 DAY", "RETENTION must be at least SIZE and GRACE PERIOD together, which is 25 HOURS"
    ),
    (
      "CREATE TABLE o AS SELECT k, COUNT(*) AS n FROM t WINDOW TUMBLING (SIZE 999999999999999 DAYS) GROUP BY k;",
      "999999999999999 DAYS", "this length of time is too large; the longest is about 1000 years"
    ),
    (
      "CREATE TABLE o AS SELECT k, COUNT(*) AS n FROM t WINDOW TUMBLING (SIZE 1 DAY) GROUP BY k HAVING WINDOWSTART > 0;",
      "WINDOWSTART", "WINDOWSTART can only be used in the SELECT of a windowed GROUP BY"
    ),
    (
      "CREATE TABLE o WITH (KEY_FORMAT='KAFKA') AS SELECT k, i, COUNT(*) AS n FROM t WINDOW TUMBLING (SIZE 1 DAY) GROUP BY k, i;",
      "'KAFKA'", "the KAFKA format holds one STRING, INT, BIGINT, DOUBLE or BYTES; use DELIMITED for this key"
    ),
    (
      "CREATE TABLE o AS SELECT k, COUNT(*) AS n FROM t WHERE b WINDOW TUMBLING (SIZE 1 DAY) GROUP BY k;", "WINDOW",
      "WINDOW stands in the wrong place or twice; the order is FROM, JOIN, WINDOW, WHERE, GROUP BY, PARTITION BY, HAVING, EMIT, LIMIT"
    ),
    ("CREATE STREAM o AS SELECT k, SUMM(i) FROM t;", "SUMM", "there is no function SUMM"),
    ("CREATE STREAM o AS SELECT k, i FROM t extra junk;", "junk", "junk cannot stand here"),
  ])
  func `an error points at the words that are wrong`(statement: String, words: String, message: String) throws {
    let error = try #require(refusal(probe + "\n" + statement), "accepted: \(statement)")
    #expect(error.message == message)
    let start = error.excerpt.index(error.excerpt.startIndex, offsetBy: error.excerptColumn - 1)
    #expect(String(error.excerpt[start...].prefix(error.length)) == words, "\(error)")
  }

  @Test func `a windowed table cannot be the source of a stream`() throws {
    let text =
      probe + "CREATE TABLE o AS SELECT k, COUNT(*) AS n FROM t WINDOW TUMBLING (SIZE 1 DAY) GROUP BY k; "
      + "CREATE STREAM p AS SELECT k, n FROM o;"
    #expect(refusal(text)?.message.hasPrefix("O is a windowed table") == true)
  }

  @Test(
    arguments: [
      ("PRISE", "PRICE"), ("PIRCE", "PRICE"), ("QUANTTY", "QUANTITY"), ("price", "PRICE"), ("X", nil), ("VOLUME", nil),
      ("", nil),
    ] as [(String, String?)])
  func `only near names are suggested`(name: String, expected: String?) {
    #expect(NearestName.of(name, in: ["PRICE", "QUANTITY", "ID"]) == expected)
  }
}
