import JSON
import Testing

@testable import Cases

@Suite struct ReportTests {
  private var report: CaseReport {
    var report = CaseReport()
    for outcome in [
      CaseOutcome.passed(refusal: nil), .passed(refusal: "no such\nthing"), .failed(reason: "expected 1, got 2"),
      .skipped(reason: "disabled"),
    ] {
      report.add(CaseResult(file: "f.json", name: "n", outcome: outcome))
    }
    return report
  }

  @Test func `the summary counts`() {
    #expect(report.summary == "2 passed, 1 failed, 1 skipped")
  }

  @Test func `failures have one line each; refusals are shown on request`() {
    let quiet = report.results.compactMap { CaseReport.line($0, isVerbose: false) }
    #expect(quiet == ["failed f.json: n: expected 1, got 2"])
    let verbose = report.results.compactMap { CaseReport.line($0, isVerbose: true) }
    #expect(
      verbose == [
        "refused as expected f.json: n: no such ⏎ thing", "failed f.json: n: expected 1, got 2", "skipped f.json: n: disabled",
      ])
  }

  @Test func `the report holds name, result and reason of each case`() throws {
    let json = try JSONValue(parsing: report.json.trimmingSuffix { $0 == "\n" })
    #expect(json["passed"] == 2 && json["failed"] == 1 && json["skipped"] == 1)
    let tests = try #require(json["tests"]?.arrayValue)
    #expect(tests.map { $0["result"]?.stringValue } == ["passed", "passed", "failed", "skipped"])
    #expect(tests.map { $0["reason"] } == [.null, "no such\nthing", "expected 1, got 2", "disabled"])
    #expect(tests.allSatisfy { $0["name"] == "n" && $0["file"] == "f.json" && $0["rejected"] == [] })
  }

  @Test func `what was rejected is told line by line, and stands in the report`() throws {
    let result = CaseResult(
      file: "f.json", name: "n", outcome: .passed(refusal: nil), notes: ["input 1: bad\ntime", "input 3: late"])
    #expect(CaseReport.notes(result) == ["rejected f.json: n: input 1: bad ⏎ time", "rejected f.json: n: input 3: late"])
    var report = CaseReport()
    report.add(result)
    let json = try JSONValue(parsing: report.json.trimmingSuffix { $0 == "\n" })
    #expect(json["tests"]?.arrayValue?.first?["rejected"] == ["input 1: bad\ntime", "input 3: late"])
  }
}

extension String {
  fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
    String(self[..<(lastIndex { !predicate($0) }.map { index(after: $0) } ?? startIndex)])
  }
}
