import TestSupport
import Testing

@testable import SQL

/// No text crashes the reader: it gives plans or an error that can be shown.
@Suite struct RobustnessTests {
  private func outcome(_ text: String) -> SQLError? {
    let error = refusal(text)
    if let error {
      #expect(error.line >= 1 && error.column >= 1 && error.length >= 1 && !error.message.isEmpty)
      #expect(error.excerptColumn >= 1 && error.excerptColumn <= error.excerpt.count + 1)
      #expect(!"\(error)".isEmpty)
    }
    return error
  }

  private func table(_ expression: String) -> String {
    probe + "CREATE STREAM o AS SELECT k, \(expression) AS r FROM t;"
  }

  @Test(arguments: [
    ("", "(", "i", ")", 10_000), ("", "(", "", "", 100_000), ("", "- ", "i", "", 10_000), ("", "NOT ", "b", "", 10_000),
    ("", "ABS(", "i", ")", 10_000), ("", "CASE WHEN b THEN ", "1", " END", 10_000), ("", "CAST(", "i", " AS INT)", 10_000),
    ("i", " + i", "", "", 10_000), ("b", " OR b", "", "", 100_000), ("i", " BETWEEN i", "", "", 10_000),
    ("s", " IN (s", "", "", 10_000),
  ])
  func `nesting beyond the limit is refused, not crashed on`(
    start: String, open: String, inner: String, close: String, count: Int
  ) throws {
    let expression = start + String(repeating: open, count: count) + inner + String(repeating: close, count: count)
    let error = try #require(outcome(table(expression)))
    #expect(error.message.contains("200 levels deep") || error.message == "BETWEEN cannot stand here")
  }

  @Test func `nesting up to the limit is taken`() throws {
    let depth = 190
    #expect(outcome(table(String(repeating: "(", count: depth) + "i" + String(repeating: ")", count: depth))) == nil)
    #expect(outcome(table("i" + String(repeating: " + i", count: depth))) == nil)
  }

  @Test func `operators expressed by others do not double the plan without end`() throws {
    var expression = "i"
    for _ in 0..<60 { expression = "CASE WHEN \(expression) BETWEEN 1 AND 2 THEN 1 ELSE 0 END" }
    #expect(try #require(outcome(table(expression))).message.contains("too large to be compared more than once"))
    expression = "b"
    for _ in 0..<60 { expression = "(\(expression) IS DISTINCT FROM b)" }
    #expect(try #require(outcome(table(expression))).message.contains("too large to be compared more than once"))
  }

  @Test func `ten megabytes are read, and too much is refused`() throws {
    let list = (0..<700_000).map { "'value-\($0)'" }.joined(separator: ",")
    let large = table("s IN (\(list))")
    #expect(large.utf8.count > 10_000_000)
    #expect(try #require(outcome(large)).message.contains("more than 10000 parts"))
    let wide = table((0..<300_000).map { "i + \($0) AS this_is_the_column_\($0), " }.joined() + "1")
    #expect(wide.utf8.count > 10_000_000)
    #expect(outcome(wide) == nil)
    let blank = String(repeating: " ", count: 17 << 20)
    #expect(try #require(outcome(blank)).message.contains("larger than 16 MiB"))
  }

  @Test func `a garbled statement gives plans or an error`() throws {
    var random = SeededGenerator.forTest("garbled statements")
    let seeds =
      try projectQueries().map(\.text) + [
        probe
          + "CREATE STREAM o AS SELECT *, CASE s WHEN 'a' THEN -1.5 ELSE 1e3 END AS c FROM t u WHERE u.ts > '2026-01-01T10:00Z';",
        probe
          + "CREATE TABLE o AS SELECT k, SUM(i / 2) + 1 AS n FROM t WINDOW HOPPING (SIZE 1 DAY, ADVANCE BY 1 HOUR, RETENTION 9 DAYS) "
          + "WHERE i BETWEEN 1 AND 5 AND s IN ('x', 'y') OR s NOT LIKE '%' GROUP BY (k, d) HAVING COUNT(*) > 1 EMIT CHANGES;",
        probe
          + "CREATE TABLE n (id STRING PRIMARY KEY, a ARRAY<STRUCT<x INT>>, m MAP<STRING, INT>) WITH (KAFKA_TOPIC='n', FORMAT='JSON'); "
          + "CREATE STREAM o AS SELECT t.k, a[1]->x, m['y'] + 1 AS z, MAP('u' := ARRAY[i]) AS w FROM t LEFT JOIN n ON t.k = n.id "
          + "PARTITION BY t.k; INSERT INTO o SELECT k, i, l, MAP('u' := ARRAY[1]) FROM t;",
        probe
          + "CREATE TABLE o AS SELECT k, MAX(i) AS high FROM t WINDOW TUMBLING (SIZE 1 MINUTE, OFFSET 5 SECONDS, FILL PREVIOUS "
          + "(0 AS high) WITHIN 1 DAY) GROUP BY k EMIT FINAL; CREATE TABLE p AS SELECT k, MERGE(high) AS h FROM o WINDOW TUMBLING "
          + "(SIZE 1 HOUR, OFFSET 5 SECONDS) GROUP BY k; CREATE TABLE q AS SELECT k, SUM(l) AS s FROM t WINDOW SESSION (1 DAY) GROUP BY k;",
        "DEFINE v = 'x'; SHOW ALL TOPICS EXTENDED; DESCRIBE FUNCTION ${v}; PRINT 'a.b' FROM BEGINNING LIMIT 3; PAUSE ALL; "
          + "ASSERT NOT EXISTS SCHEMA SUBJECT 's' ID 1 TIMEOUT 5 SECONDS; UNDEFINE v; EXPLAIN SELECT 1 AS a FROM t EMIT CHANGES;",
        probe + "INSERT INTO t (k, ts) VALUES ('a', '2026-01-01'); SELECT *, WINDOWSTART FROM t WHERE k IN ('a') LIMIT 5; "
          + "ASSERT VALUES t (k) VALUES ('b'); ALTER STREAM t ADD COLUMN z INT; CREATE OR REPLACE STREAM t (k STRING KEY) WITH (A=1);",
        "SET 'auto.offset.reset' = 'earliest'; DROP TABLE IF EXISTS `q` DELETE TOPIC; /* */ -- end",
      ]
    let pieces = seeds.flatMap { $0.split(separator: " ").map { Array($0.utf8) } }
    var refused = 0
    for _ in 0..<6_000 {
      var bytes = Array(seeds[Int.random(in: seeds.indices, using: &random)].utf8)
      for _ in 0...Int.random(in: 0..<4, using: &random) { Self.mutate(&bytes, pieces, &random) }
      let text = String(decoding: bytes, as: UTF8.self)
      var session = SQLSession()
      let isRead = (try? session.read(SQLFile(name: "garbled", text: text))) != nil
      let error = outcome(text)
      if error != nil { refused += 1 }
      #expect(isRead || error != nil, "a program holds more than a session takes")
    }
    #expect(refused > 1_000)
  }

  @Test func `variables made of one another do not grow without end`() {
    let names = (0..<12).map { "v\($0)" }
    let defined = zip(names, names.dropFirst()).map { "DEFINE \($1) = '\(String(repeating: "${\($0)}", count: 10))';" }
    let error = outcome("DEFINE v0 = 'xxxxxxxxxx'; " + defined.joined(separator: " "))
    #expect(error?.message == "with its variables put in, this is larger than 1 MiB")
  }

  @Test func `an IN of thousands of values is read, and one of more is refused`() {
    let values = (0..<10_000).map(String.init)
    let query = { (values: [String]) in table("i IN (\(values.joined(separator: ",")))") }
    #expect(outcome(query(values)) == nil)
    #expect(outcome(query(values + ["10000"]))?.message == "this has more than 10000 parts; split it up")
  }

  @Test func `random words of the language give plans or an error`() throws {
    var random = SeededGenerator.forTest("random words")
    let words =
      Parser.reserved.sorted() + Token.Symbol.allCases.map(\.rawValue) + FunctionNames.aggregates.keys.sorted()
      + ["k", "i", "s", "ts", "price", "'x'", "1", "2.5", "1e1", "t", "STREAM", "TABLE", "TUMBLING", "SIZE", "DAY", "`q`"]
    for _ in 0..<6_000 {
      let tail = (0..<Int.random(in: 1..<14, using: &random)).map { _ in words[Int.random(in: words.indices, using: &random)] }
      _ = outcome(table(tail.joined(separator: " ")))
    }
  }

  private static func mutate(_ bytes: inout [UInt8], _ pieces: [[UInt8]], _ random: inout SeededGenerator) {
    let at = Int.random(in: 0...bytes.count, using: &random)
    let end = min(bytes.count, at + Int.random(in: 1..<20, using: &random))
    let piece = pieces[Int.random(in: pieces.indices, using: &random)]
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes.removeSubrange(at..<end)
    case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
    case 2: bytes.insert(contentsOf: piece + [0x20], at: at)
    case 3: bytes.replaceSubrange(at..<end, with: piece)
    case 4: bytes.insert(contentsOf: Array(bytes[at..<end]), at: Int.random(in: 0...bytes.count, using: &random))
    default: bytes.removeSubrange(at...)
    }
  }
}
