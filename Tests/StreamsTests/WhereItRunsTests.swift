import Foundation
import SQL
import Testing

@testable import Streams

/// The table "Where it runs" of `docs/sql.md` says what is run on a cluster and what is refused there.
@Suite struct WhereItRunsTests {
  private static let declared = """
    CREATE STREAM s (k STRING KEY, v INT, at TIMESTAMP) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'JSON', PARTITIONS = 2,
      DEDUPLICATE_BY = 'v', INVALID_TOPIC = 's.bad', IDLE_CLOSE = '1 MINUTE', MAX_FUTURE_SKEW = '1 SECOND');
    CREATE STREAM into_s (k STRING KEY, v INT) WITH (KAFKA_TOPIC = 'into', VALUE_FORMAT = 'JSON', PARTITIONS = 2);
    CREATE TABLE t (k STRING PRIMARY KEY, a INT, b STRING) WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'JSON', PARTITIONS = 2);
    """

  /// By the first cell of a row: statements that need what it names.
  private static let samples: [String: String] = [
    "projections, WHERE, CASE, every function and format, INSERT INTO … SELECT":
      "INSERT INTO into_s SELECT k, CASE WHEN v > 1 THEN ABS(v) ELSE 0 END AS v FROM s WHERE v <> 7;",
    "windows of every kind, HAVING, EMIT FINAL and CHANGES, GROUP BY without a window, FILL PREVIOUS": """
    CREATE TABLE a AS SELECT k, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 DAY, FILL PREVIOUS) GROUP BY k EMIT FINAL;
    CREATE TABLE b AS SELECT k, COUNT(*) AS n FROM s WINDOW HOPPING (SIZE 2 DAYS, ADVANCE BY 1 DAY) GROUP BY k HAVING SUM(v) > 1;
    CREATE TABLE c AS SELECT k, COUNT(*) AS n FROM s WINDOW SESSION (1 SECOND) GROUP BY k EMIT CHANGES;
    CREATE TABLE d AS SELECT k, COUNT(*) AS n FROM s GROUP BY k;
    """,
    "LATE_TOPIC, INVALID_TOPIC, DEDUPLICATE_BY":
      "CREATE TABLE a WITH (LATE_TOPIC = 'late') AS SELECT k, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 DAY) GROUP BY k;",
    "IDLE_CLOSE, MAX_FUTURE_SKEW": "CREATE STREAM a AS SELECT k, v FROM s;",
    "GROUP BY without the stream's key, PARTITION BY, by topics of Wick's own in between": """
    CREATE TABLE a AS SELECT v, COUNT(*) AS n FROM s GROUP BY v;
    CREATE STREAM b AS SELECT v, k FROM s PARTITION BY v;
    """,
    "JOIN with a table, FROM a windowed table (MERGE)": """
    CREATE STREAM a AS SELECT s.k AS k, v, b FROM s LEFT JOIN t ON s.k = t.k;
    CREATE TABLE m AS SELECT k, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY k EMIT FINAL;
    CREATE TABLE h AS SELECT k, MERGE(n) AS n FROM m WINDOW TUMBLING (SIZE 1 HOUR) WHERE k <> 'x' GROUP BY k EMIT FINAL;
    """,
    "FROM a table, projected or grouped by its whole key": """
    CREATE TABLE a AS SELECT k, a + 1 AS a FROM t;
    CREATE TABLE b AS SELECT k, COUNT(*) AS n FROM t GROUP BY k;
    """,
    "FROM a table, grouped by anything else": "CREATE TABLE a AS SELECT b, COUNT(*) AS n FROM t GROUP BY b;",
    "ROWPARTITION and ROWOFFSET behind a repartition":
      "CREATE TABLE a AS SELECT v, MAX(ROWOFFSET) AS n FROM s GROUP BY v;",
  ]

  private static func rows() throws -> [(what: String, onCluster: String)] {
    let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/sql.md").standardized
    let text = try String(contentsOf: page, encoding: .utf8)
    let section = try #require(text.components(separatedBy: "\n## Where it runs\n").dropFirst().first)
    let lines = section.components(separatedBy: "\n## ")[0].split(separator: "\n").filter { $0.hasPrefix("| ") }
    return lines.dropFirst().map { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      return (cells[0], cells[1])
    }
  }

  @Test func `what the table says is run is not refused, and the rest is`() throws {
    let rows = try Self.rows()
    #expect(Set(rows.map(\.what)) == Set(Self.samples.keys))
    for row in rows {
      guard let sample = Self.samples[row.what] else { continue }
      let program = try SQLProgram(files: [SQLFile(name: "declared", text: Self.declared), SQLFile(name: "sample", text: sample)])
      #expect(!program.plans.isEmpty, "\(row.what)")
      for plan in program.plans {
        let isRefused = (try? StreamsApplication.refuseUnsupported(plan)) == nil
        #expect(isRefused == !row.onCluster.hasPrefix("yes"), "\(row.what): \(plan.id)")
      }
    }
  }
}
