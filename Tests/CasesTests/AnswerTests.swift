import JSON
import Testing

@testable import Cases

/// Questions among the statements of a case, and what their answers are compared with.
@Suite struct AnswerTests {
  private func outcome(_ responses: String, _ select: String = "SELECT * FROM T WHERE K = 'b';", more: String = "") throws
    -> CaseOutcome
  {
    let text = """
      {"tests": [{
        "name": "n", "statements": [
          "CREATE STREAM S (K STRING KEY, V INT) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'JSON');",
          "CREATE TABLE T AS SELECT K, SUM(V) AS SUM FROM S GROUP BY K HAVING SUM(V) > 0;", "\(select)"],
        "inputs": [
          {"topic": "s", "key": "b", "value": {"V": 1}, "timestamp": 5}, {"topic": "s", "key": "a", "value": {"V": 2}},
          {"topic": "s", "key": "b", "value": {"V": 3}, "timestamp": 4}, {"topic": "s", "key": "c", "value": {"V": 9}},
          {"topic": "s", "key": "c", "value": {"V": -9}}],
        \(more) "responses": [{"admin": {"@type": "currentStatus"}}, \(responses)]
      }]}
      """
    return CaseRunner().run(try CaseFile(name: "f", bytes: Array(text.utf8)).cases[0])
  }

  private func reason(_ outcome: CaseOutcome) -> String? {
    if case .failed(let reason) = outcome { reason } else { nil }
  }

  private static let header = #"{"header": {"schema": "`K` STRING KEY, `SUM` BIGINT"}}"#

  @Test func `a right answer passes; the header may be left out`() throws {
    #expect(try outcome(#"{"query": [\#(Self.header), {"row": {"columns": ["b", 4]}}]}"#) == .passed(refusal: nil))
    #expect(try outcome(#"{"query": [{"row": {"columns": ["b", 4]}}, {"finalMessage": "x"}]}"#) == .passed(refusal: nil))
    #expect(try outcome(#"{"query": []}"#, "SELECT * FROM T WHERE K = 'none';") == .passed(refusal: nil))
  }

  @Test(arguments: [
    (#"{"query": [{"row": {"columns": ["b", 5]}}]}"#, "expected row 1"), (#"{"query": []}"#, "expected nothing more"),
    (#"{"query": [{"row": {"columns": ["b", 4]}}, {"row": {"columns": ["b", 4]}}]}"#, "expected row 2"),
    (#"{"query": [{"header": {"schema": "`K` STRING, `SUM` BIGINT"}}, {"row": {"columns": ["b", 4]}}]}"#, "the columns"),
    (#"{"query": [{"row": {"columns": ["b"]}}]}"#, "expected row 1"),
    (#"{"admin": {}}"#, "no answer"), (#"{"query": [{"row": {"columns": ["b", 4]}}]}, {"query": []}"#, "more responses"),
  ])
  func `a wrong one fails`(responses: String, reason: String) throws {
    let outcome = try outcome(responses)
    #expect(self.reason(outcome)?.contains(reason) ?? false, "\(outcome)")
  }

  /// The row of c is gone with its HAVING.
  @Test func `rows come in any order, unless the case verifies it`() throws {
    let rows = #"{"query": [{"row": {"columns": ["b", 4]}}, {"row": {"columns": ["a", 2]}}]}"#
    let all = "SELECT * FROM T;"
    #expect(try outcome(rows, all) == .passed(refusal: nil))
    let strict = #""outputConditions": {"verifyOrder": true},"#
    #expect(reason(try outcome(rows, all, more: strict))?.contains("expected row 1") ?? false)
    let ordered = #"{"query": [{"row": {"columns": ["a", 2]}}, {"row": {"columns": ["b", 4]}}]}"#
    #expect(try outcome(ordered, all, more: strict) == .passed(refusal: nil))
  }

  @Test func `a question with EMIT gets the rows that came, up to its LIMIT`() throws {
    let rows =
      #"{"query": [{"header": {"schema": "`V` INTEGER, `D` INTEGER"}}, {"row": {"columns": [1, 2]}}, {"row": {"columns": [2, 4]}}]}"#
    #expect(try outcome(rows, "SELECT V, V * 2 AS D FROM S EMIT CHANGES LIMIT 2;") == .passed(refusal: nil))
    #expect(reason(try outcome(rows, "SELECT V, V * 2 AS D FROM S EMIT CHANGES;"))?.contains("nothing more") ?? false)
  }

  @Test func `a question without an expected answer cannot pass`() {
    let test = TestCase(
      name: "n",
      statements: [
        "CREATE STREAM S (K STRING KEY, V INT) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'JSON');", "SELECT * FROM S;",
      ])
    #expect(reason(CaseRunner().run(test))?.contains("responses") ?? false)
  }

  @Test(arguments: [
    #"{"query": {}}"#, #"{"query": [{"row": {}}]}"#,
  ])
  func `answers of another shape are no case file`(response: String) {
    #expect(throws: CaseFileError.self) { try outcome(response) }
  }
}
