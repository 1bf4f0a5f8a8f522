import SQL

extension FuzzTarget {
  /// Text to statements to plans.
  static let sql = FuzzTarget("sql", .text, seeds: statements.bytes, pieces: words) {
    var declared = SQLSession()
    _ = try? declared.read(SQLFile(name: "declarations", text: declarations))
    return { input in
      let text = String(decoding: input, as: UTF8.self)
      var session = declared
      do throws(SQLError) {
        for read in try session.read(SQLFile(name: "input", text: text)) {
          if case .query(let plan, _) = read.statement, PlanPrinter.text(plan).isEmpty { return .broken("a plan without text") }
        }
        return .accepted
      } catch {
        return fault(error) ?? .refused
      }
    }
  }

  private static func fault(_ error: SQLError) -> Outcome? {
    guard error.line >= 1, error.column >= 1, error.length >= 1, !error.message.isEmpty else {
      return .broken("an error without a place")
    }
    guard (1...error.excerpt.count + 1).contains(error.excerptColumn) else { return .broken("a caret outside of its line") }
    return "\(error)".isEmpty ? .broken("an error without text") : nil
  }

  static let declarations = """
    CREATE STREAM t (k STRING KEY, b BOOLEAN, i INT, l BIGINT, x DOUBLE, s STRING, y BYTES, ts TIMESTAMP, d DATE, m TIME,
    p DECIMAL(18, 8), a ARRAY<INT>, o MAP<STRING, DOUBLE>, r STRUCT<u INT, `v w` STRING>) WITH (KAFKA_TOPIC = 'in', FORMAT = 'JSON');

    """

  static let statements = [
    "CREATE STREAM o1 AS SELECT *, CASE s WHEN 'a' THEN -1.5 ELSE 1e3 END AS c FROM t u WHERE u.ts > '2026-01-01T10:00Z' EMIT CHANGES;",
    "CREATE TABLE o1 WITH (KAFKA_TOPIC='out', KEY_FORMAT='DELIMITED', LATE_TOPIC='late', PARTITIONS=3) AS SELECT k, i, SUM(l / 2) + 1 "
      + "AS n, WINDOWSTART AS ws FROM t WINDOW HOPPING (SIZE 1 DAY, ADVANCE BY 1 HOUR, RETENTION 9 DAYS, GRACE PERIOD 5 SECONDS) WHERE i "
      + "BETWEEN 1 AND 5 AND s IN ('x', 'y') OR s NOT LIKE '%!_' ESCAPE '!' GROUP BY k, i HAVING COUNT(*) > 1 EMIT FINAL;",
    "CREATE TABLE n (id STRING PRIMARY KEY, a ARRAY<STRUCT<x INT>>, m MAP<STRING, INT>) WITH (KAFKA_TOPIC='n', FORMAT='AVRO'); "
      + "CREATE STREAM o1 AS SELECT t.k, n.a[1]->x, n.m['y'] + 1 AS z, MAP('u' := ARRAY[i]) AS w, r->`v w` FROM t LEFT JOIN n ON t.k = n.id "
      + "PARTITION BY t.k;",
    "CREATE TABLE o1 AS SELECT k, MAX(i) AS high, FIRST_BY(p, ts, l) AS first, VWAP(p, p) AS v FROM t WINDOW TUMBLING (SIZE 1 MINUTE, "
      + "OFFSET 5 SECONDS, FILL PREVIOUS (0 AS high) WITHIN 1 DAY) GROUP BY k EMIT FINAL; CREATE TABLE o2 AS SELECT k, MERGE(high) AS h "
      + "FROM o1 WINDOW TUMBLING (SIZE 1 HOUR, OFFSET 5 SECONDS) GROUP BY k; CREATE TABLE o3 AS SELECT k, TOPK(l, s, 3) AS s FROM t "
      + "WINDOW SESSION (1 DAY) GROUP BY k;",
    "DEFINE v = 'x'; SHOW ALL TOPICS EXTENDED; DESCRIBE FUNCTION ${v}; PRINT 'a.b' FROM BEGINNING LIMIT 3; PAUSE ALL; "
      + "ASSERT NOT EXISTS SCHEMA SUBJECT 's' ID 1 TIMEOUT 5 SECONDS; UNDEFINE v; EXPLAIN SELECT 1 AS a FROM t EMIT CHANGES;",
    "INSERT INTO t (k, ts, a, r) VALUES ('a', '2026-01-01', ARRAY[1, NULL], STRUCT(u := 1, `v w` := 'q')); SELECT *, i + 1 FROM t "
      + "WHERE k IN ('a') LIMIT 5; ASSERT VALUES t (k) VALUES ('b'); ALTER STREAM t ADD COLUMN z INT; TERMINATE ALL;",
    "SET 'auto.offset.reset' = 'earliest'; DROP STREAM IF EXISTS `q` DELETE TOPIC; UNSET 'auto.offset.reset'; /* */ -- end",
    "CREATE STREAM o1 AS SELECT k, LPAD(s, 3, '0') || SUBSTRING(s, 2) AS a, ROUND(p * 2 / 7 % 3, 2) AS b, CAST(a AS ARRAY<STRING>) AS c, "
      + "COALESCE(i, 0) AS e, FORMAT_TIMESTAMP(ts, 'yyyy-MM-dd', 'Europe/Berlin') AS f, NOT (b IS DISTINCT FROM TRUE) AS g, -x AS h, "
      + "ROWTIME AS rt, AS_MAP(SPLIT(s, ','), a) AS q FROM t;",
    "CREATE STREAM o1 AS SELECT * FROM t; INSERT INTO o1 SELECT * FROM t WHERE i > 1; CREATE OR REPLACE STREAM q (k STRING KEY, z INT) WITH (KAFKA_TOPIC='in2', FORMAT='JSON'); CREATE SOURCE TABLE "
      + "w (k STRING PRIMARY KEY, h BYTES HEADER('h'), z INT) WITH (KAFKA_TOPIC='w', VALUE_FORMAT='JSON', WINDOW_TYPE='TUMBLING', WINDOW_SIZE='1 DAY', "
      + "TIMESTAMP='k', TIMESTAMP_FORMAT='yyyy');",
  ]

  private static let words =
    FunctionLibrary.all.map { "\($0.name)(" }
    + [
      "SELECT", "FROM", "WHERE", "GROUP BY", "HAVING", "PARTITION BY", "WINDOW", "TUMBLING", "HOPPING", "SESSION", "SIZE",
      "ADVANCE BY",
      "GRACE PERIOD", "RETENTION", "OFFSET", "TIME ZONE", "FILL PREVIOUS", "WITHIN", "EMIT CHANGES", "EMIT FINAL", "LEFT JOIN",
      "INNER JOIN",
      "ON", "CAST", "AS", "CASE", "WHEN", "THEN", "ELSE", "END", "BETWEEN", "AND", "OR", "NOT", "IN", "LIKE", "ESCAPE", "IS NULL",
      "IS DISTINCT FROM", "CREATE STREAM", "CREATE TABLE", "INSERT INTO", "VALUES", "DROP", "ALTER", "SET", "DESCRIBE", "EXPLAIN",
      "PRINT",
      "ARRAY<", "MAP<STRING,", "STRUCT<", "DECIMAL(", "STRING", "BIGINT", "TIMESTAMP", "KEY", "PRIMARY KEY", "HEADER('h')",
      "WINDOWSTART",
      "ROWTIME", "ROWOFFSET", "k", "i", "p", "ts", "*", "t.*", "->", "[1]", "5 MINUTES", "1 DAY",
    ]
}
