import Cases
import JSON

extension FuzzTarget {
  /// Case files: read, not run.
  static let caseFiles = FuzzTarget("case-files", .text, seeds: files.bytes, pieces: members) {
    { input in
      do throws(CaseFileError) {
        _ = try CaseFile(name: "input", bytes: input)
        return .accepted
      } catch {
        return error.line >= 1 && error.column >= 1 && !error.reason.isEmpty ? .refused : .broken("an error without a place")
      }
    }
  }

  /// Case files, and each case in them run through the planner and the engine.
  static let cases = FuzzTarget("cases", .text, seeds: files.bytes, pieces: members) {
    { input in
      guard let file = try? CaseFile(name: "input", bytes: input) else { return .refused }
      return file.cases.prefix(4).reduce(.refused) { outcome, test in
        ran(test) ? .accepted : outcome
      }
    }
  }

  /// One expression over a record of every type, planned and evaluated.
  static let queries = FuzzTarget("queries", .text, seeds: expressions.bytes, pieces: []) {
    { input in
      let test = TestCase(
        name: "input",
        statements: [
          declarations, "CREATE STREAM o AS SELECT k, \(String(decoding: input, as: UTF8.self)) AS z FROM t;",
        ], inputs: [record, CaseRecord(topic: "in", key: "k", value: ["I": .null], timestamp: 1)])
      return ran(test) ? .accepted : .refused
    }
  }

  /// Whether the statements were accepted; that other rows came out than damaged cases expect is no matter.
  private static func ran(_ test: TestCase) -> Bool {
    switch CaseRunner().run(test) {
    case .passed: true
    case .failed(let reason): !reason.hasPrefix("refused") && !reason.hasPrefix("the case cannot")
    case .skipped: false
    }
  }

  private static let record = CaseRecord(
    topic: "in", key: "k",
    value: [
      "B": true, "I": 7, "L": 8, "X": .number("1.5"), "S": "abc,def", "Y": "IQ==", "TS": 1_700_000_000_000, "D": 19_675,
      "M": 3_600_000,
      "P": .number("2.50"), "A": [1, 2, .null], "O": ["a": .number("0.5")], "R": ["U": 1, "v w": "q"],
    ], timestamp: 0)

  private static let expressions = [
    "i / (l - 8) + p % 2", "CASE WHEN b AND i BETWEEN 1 AND 9 THEN s || 'x' ELSE NULL END", "a[i - 6] + o['a'] * r->u",
    "CAST(p AS DECIMAL(4, 1))",
    "LPAD(s, i, ',')", "SPLIT(s, ',')[2]", "TRUNC(x * 1e3, -2)", "ROUND(p / 3, 4)", "SUBSTRING(s, -3, 2)",
    "ts > '2023-01-01' OR d = '2026-01-01'",
    "COALESCE(NULLIF(i, 7), l, 0)", "FORMAT_TIMESTAMP(ts, 'yyyy-MM-dd', 'Asia/Tokyo')", "GREATEST(i, l, x)",
    "CONCAT(s, k, CAST(m AS STRING))",
    "ARRAY_SORT(a, 'DESC')", "MAP_UNION(o, MAP('b' := x))", "s LIKE '%b_,%'", "i IN (1, 7) AND s IS DISTINCT FROM 'x'",
    "GENERATE_SERIES(i, l, 1)",
    "TIMESTAMPADD(DAYS, 1, ts)", "STRUCT(q := i, w := ARRAY[p])", "CAST(s AS INT)", "CAST(a AS ARRAY<STRING>)",
    "ABS(-i) - FLOOR(x)", "POWER(x, i) / LN(l)",
  ]

  private static let members = [
    "\"tests\":", "\"name\":", "\"statements\":", "\"inputs\":", "\"outputs\":", "\"topic\":", "\"key\":", "\"value\":",
    "\"timestamp\":", "\"window\":",
    "\"start\":", "\"end\":", "\"type\":", "\"session\"", "\"time\"", "\"format\":", "\"config\":", "\"topics\":", "\"schema\":",
    "{FORMAT}", "// ", "# ", ",",
  ]

  private static let files = [
    #"""
    {"tests": [{"name": "sum", "statements": ["CREATE STREAM S (K STRING KEY, V BIGINT) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = '{FORMAT}');",
    "CREATE TABLE T AS SELECT K, SUM(V) AS R, COUNT(*) AS N FROM S WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 5 SECONDS) GROUP BY K EMIT FINAL;"],
    "format": ["JSON", "AVRO"], "inputs": [{"topic": "s", "key": "a", "value": {"V": 2}, "timestamp": 1}, // late
    {"topic": "s", "key": "a", "value": {"V": null}, "timestamp": 25000}, {"topic": "s", "key": "a", "value": {"V": 5}, "timestamp": 0},],
    "outputs": [{"topic": "T", "key": "a", "value": {"R": 2, "N": 1}, "window": {"start": 0, "end": 10000, "type": "time"}}]}]}
    """#,
    #"""
    {"tests": [{"name": "sessions", "statements": ["CREATE STREAM S (K STRING KEY, V DOUBLE) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'DELIMITED');",
    "CREATE TABLE T WITH (VALUE_FORMAT = 'JSON') AS SELECT K, MAX(V) AS R, COLLECT_LIST(V) AS L FROM S WINDOW SESSION (10 SECONDS) WHERE V > 0 GROUP BY K HAVING COUNT(*) > 1;"],
    "inputs": [{"topic": "s", "key": "a", "value": "2.5", "timestamp": 1}, {"topic": "s", "key": "a", "value": "3", "timestamp": 25000},
    {"topic": "s", "key": "a", "value": "4", "timestamp": 12000}], "properties": {"ksql.persistence.default.format.value": "JSON"}}]}
    """#,
    #"""
    {"tests": [{"name": "join", "statements": ["CREATE STREAM S (K STRING KEY, V INT) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'JSON');",
    "CREATE TABLE N (K STRING PRIMARY KEY, W STRUCT<X INT, Y ARRAY<STRING>>) WITH (KAFKA_TOPIC = 'n', VALUE_FORMAT = 'JSON');",
    "CREATE STREAM O AS SELECT S.K AS K, V / W->X AS Q, W->Y[1] AS Y FROM S LEFT JOIN N ON S.K = N.K;"],
    "inputs": [{"topic": "n", "key": "a", "value": {"W": {"X": 2, "Y": ["b"]}}}, {"topic": "s", "key": "a", "value": {"V": 6}},
    {"topic": "n", "key": "a", "value": null}, {"topic": "s", "key": "a", "value": {"V": 7}}], "topics": [{"name": "s", "format": "JSON"}]}]}
    """#,
    #"""
    {"tests": [{"name": "roll-up", "statements": ["CREATE STREAM S (K INT KEY, P DECIMAL(9, 2), T TIMESTAMP) WITH (KAFKA_TOPIC = 's', FORMAT = 'JSON', TIMESTAMP = 'T');",
    "CREATE TABLE A AS SELECT K, MAX(P) AS H, LAST_BY(P, T) AS C FROM S WINDOW TUMBLING (SIZE 1 MINUTE, FILL PREVIOUS WITHIN 1 HOUR) GROUP BY K EMIT FINAL;",
    "CREATE TABLE B AS SELECT K, MERGE(H) AS H, MERGE(C) AS C FROM A WINDOW TUMBLING (SIZE 5 MINUTES) GROUP BY K EMIT FINAL;"],
    "inputs": [{"topic": "s", "key": 1, "value": {"P": 1.25, "T": 1}}, {"topic": "s", "key": 1, "value": {"P": "2.5", "T": 200000}},
    {"topic": "s", "key": 1, "value": {"P": 9, "T": 900000}}]}]}
    """#,
    #"""
    {"tests": [{"name": "table", "statements": ["CREATE TABLE N (K STRING PRIMARY KEY, G STRING, V INT) WITH (KAFKA_TOPIC = 'n', VALUE_FORMAT = 'JSON');",
    "CREATE TABLE P AS SELECT K, V * 2 AS W FROM N WHERE V > 1;", "CREATE TABLE O AS SELECT G, SUM(V) AS S, COUNT(*) AS C FROM N GROUP BY G;"],
    "inputs": [{"topic": "n", "key": "a", "value": {"G": "x", "V": 6}}, {"topic": "n", "key": "a", "value": {"G": "y", "V": 1}},
    {"topic": "n", "key": "a", "value": null}]}]}
    """#,
  ]
}
