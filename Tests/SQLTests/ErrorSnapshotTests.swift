import Foundation
import Testing

@testable import SQL

/// What a person is told about a mistake: `Errors.txt` holds statements and, below each, the whole message.
///
/// `WICK_PRINT_REFERENCE=1` prints the file as it would be now; read the differences before pasting it.
@Suite struct ErrorSnapshotTests {
  private static let declared = """
    CREATE STREAM trades (venue STRING, symbol STRING KEY, price DECIMAL(18, 8), legs ARRAY<INT>, info STRUCT<venue STRING>,
      event_time TIMESTAMP) WITH (KAFKA_TOPIC = 'trades.raw', TIMESTAMP = 'event_time', PARTITIONS = 4);
    CREATE TABLE listings (symbol STRING PRIMARY KEY, base STRING) WITH (KAFKA_TOPIC = 'listings', PARTITIONS = 4);
    """

  private static let snapshots: [(statement: String, message: String)] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Errors.txt")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return text.components(separatedBy: "\n\n").compactMap { block in
      let lines = block.split(separator: "\n", maxSplits: 1).map(String.init)
      return lines.isEmpty ? nil : (lines[0], lines.count > 1 ? lines[1].trimmingCharacters(in: .newlines) : "")
    }
  }()

  private func message(_ statement: String) throws -> String {
    var session = SQLSession()
    _ = try session.read(SQLFile(name: "declared", text: Self.declared))
    do {
      _ = try session.read(SQLFile(name: "q.sql", text: statement))
      return "accepted"
    } catch {
      return "\(error)"
    }
  }

  @Test func `a mistake is told as it was`() throws {
    #expect(Self.snapshots.count > 100)
    for snapshot in Self.snapshots {
      let message = try message(snapshot.statement)
      if ProcessInfo.processInfo.environment["WICK_PRINT_REFERENCE"] != nil { print("\(snapshot.statement)\n\(message)\n") }
      #expect(message == snapshot.message, "\(snapshot.statement)")
    }
  }

  @Test func `every message has a place, a caret under it, and one sentence without an end`() throws {
    for snapshot in Self.snapshots {
      let lines = snapshot.message.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count == 3 && lines[0].hasPrefix("q.sql:1:") && lines[2].contains("^"), "\(snapshot.statement)")
      #expect(!lines[0].hasSuffix("."), "\(snapshot.statement)")
    }
  }

  /// A person's typing error meets the right name.
  @Test func `the nearest name is suggested where one was meant`() {
    let suggested = Self.snapshots.filter { $0.message.contains("did you mean") }
    #expect(suggested.count > 10)
  }

  @Test(arguments: [
    "\u{0}", "SELECT \u{0} FROM trades;", "SELECT symbol\u{0} FROM trades EMIT CHANGES;",
    "CREATE STREAM a\u{0}b (c INT) WITH (KAFKA_TOPIC='a');",
    "CREATE STREAM ab (c INT) WITH (KAFKA_TOPIC='a\u{0}');", "SET '\u{0}' = '\u{0}';", "\u{feff}\u{feff}SELECT;",
    "SELECT \u{2028} FROM trades;",
    "PRINT 'a\u{0}b';\u{1b}[31m", "${\u{0}}",
  ])
  func `characters that no statement has are refused in printable text`(statement: String) throws {
    let message = try message(statement)
    guard message != "accepted" else { return }
    let excerpt = message.split(separator: "\n", omittingEmptySubsequences: false).dropFirst().joined()
    #expect(!excerpt.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f }, "\(excerpt.debugDescription)")
  }

  @Test(arguments: [
    ("ARRAY<", ">"), ("MAP<STRING, ", ">"), ("STRUCT<a ", ">"), ("ARRAY<MAP<STRING, STRUCT<a ", ">>>"),
  ])
  func `types nested ten thousand times are refused`(open: String, close: String) throws {
    let type = String(repeating: open, count: 10_000) + "INT" + String(repeating: close, count: 10_000)
    #expect(try message("CREATE STREAM s (a \(type)) WITH (KAFKA_TOPIC = 's');").contains("levels deep"))
    #expect(try message("SELECT CAST(price AS \(type)) AS x FROM trades EMIT CHANGES;").contains("levels deep"))
  }

  @Test(arguments: [("ARRAY[", "]"), ("MAP('a' := ", ")"), ("STRUCT(a := ", ")"), ("legs[", "]"), ("COALESCE(1, ", ")")])
  func `values nested ten thousand times are refused`(open: String, close: String) throws {
    let value = String(repeating: open, count: 10_000) + "1" + String(repeating: close, count: 10_000)
    #expect(try message("SELECT \(value) AS x FROM trades EMIT CHANGES;").contains("levels deep"))
  }

  @Test func `one name, text, number or comment of ten megabytes is read or refused`() throws {
    let long = String(repeating: "9", count: 10_000_000)
    for statement in [
      "SELECT a\(long) FROM trades EMIT CHANGES;", "SELECT '\(long)' AS x FROM trades EMIT CHANGES;",
      "SELECT \(long) AS x FROM trades;",
      "SELECT 1.\(long) AS x FROM trades;", "SELECT 1e\(long) AS x FROM trades;", "/*\(long)", "--\(long)", "`\(long)",
      "${\(long)}",
      "SELECT CAST('\(long)' AS TIMESTAMP) AS x FROM trades;",
    ] {
      let message = try message(statement)
      #expect(message.utf8.count < 2_000)
    }
  }
}
