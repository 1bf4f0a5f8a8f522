import Foundation
import JSON
import SQL
import Testing

@testable import Cases

/// The expressions and cases in the documents, evaluated and run.
@Suite struct ReferenceCasesTests {
  private static func blocks(_ language: String, in page: String) throws -> [String] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs").standardized
    let text = try String(contentsOf: folder.appending(path: page), encoding: .utf8)
    return text.components(separatedBy: "\n```\(language)\n").dropFirst().compactMap { block in
      block.range(of: "\n```").map { String(block[..<$0.lowerBound]) }
    }
  }

  private static let pages = ["sql.md", "ksqldb-differences.md"]

  @Test(arguments: pages)
  func `every expression has the value that stands beside it`(page: String) throws {
    let lines = try Self.blocks("expressions", in: page).flatMap { $0.split(separator: "\n") }
    #expect(lines.count > 10)
    for line in lines {
      let parts = line.components(separatedBy: " → ")
      let expression = parts[0].trimmingCharacters(in: .whitespaces)
      let expected = try #require(parts.count == 2 ? parts[1] : nil, "\(line)")
      #expect(value(of: expression) == expected, "\(page): \(line)")
    }
  }

  /// The value as CAST(… AS STRING) writes it, `NULL`, or `refused` where the statement or the record is.
  private func value(of expression: String) -> String {
    func output(_ text: JSONValue?) -> CaseOutcome {
      let test = TestCase(
        name: "expression",
        statements: [
          "CREATE STREAM s (k STRING KEY, v INT) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'JSON');",
          "CREATE STREAM o AS SELECT k, CAST(\(expression) AS STRING) AS r FROM s;",
        ], inputs: [CaseRecord(topic: "s", key: "k", value: ["v": 1], timestamp: 0)],
        outputs: text.map { [CaseRecord(topic: "O", key: "k", value: ["R": $0])] }
          ?? [CaseRecord(topic: "s.invalid", key: "k", value: ["v": 1])])
      return CaseRunner().run(test)
    }
    if case .passed = output(nil) { return "refused" }
    guard case .failed(let reason) = output(.string("\u{0}")) else { return "?" }
    if reason.hasPrefix("refused") { return "refused" }
    guard let start = reason.range(of: "\"R\":", options: .backwards), let end = reason[start.upperBound...].lastIndex(of: "}")
    else {
      return reason
    }
    let json = try? JSONValue(parsing: String(reason[start.upperBound..<end]))
    return json == .null ? "NULL" : json?.stringValue ?? reason
  }

  @Test(arguments: pages)
  func `every case passes, also with restarts`(page: String) throws {
    let files = try Self.blocks("json", in: page)
    #expect(!files.isEmpty)
    for (index, text) in files.enumerated() {
      for test in try CaseFile(name: "\(page) \(index + 1)", bytes: Array(text.utf8)).cases {
        for restarts in [false, true] {
          var runner = CaseRunner()
          runner.restarts = restarts
          let outcome = runner.run(test)
          guard case .passed = outcome else {
            Issue.record("\(page): \(test.name): \(outcome)")
            continue
          }
        }
      }
    }
  }
}
