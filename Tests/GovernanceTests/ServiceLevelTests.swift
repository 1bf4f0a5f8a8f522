import Foundation
import Governance
import Telemetry
import TestSupport
import Testing

/// The project's own promises, and the rules made from them.
@Suite struct `Promises` {
  private let folder = Project.folder.appendingPathComponent("governance")

  private func text(_ name: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
  }

  private func levels() throws -> ServiceLevels { try ServiceLevels(yaml: try text("slo.yml")) }

  @Test func `the rules in the folder are those the promises make`() throws {
    #expect(
      try PrometheusRules(levels()).text == text("prometheus_rules.yml"),
      "run: wick governance rules > governance/prometheus_rules.yml")
  }

  private static let installed: Comment = "promtool is not installed (Debian: prometheus): rules are not cross-checked"

  @Test(.enabled(if: Promtool.isInstalled, installed)) func `promtool accepts them, at any scale`() throws {
    for scale in [1, 0.001] {
      let file = FileManager.default.temporaryDirectory.appendingPathComponent("wick-rules-\(UUID().uuidString).yml")
      defer { try? FileManager.default.removeItem(at: file) }
      try PrometheusRules(levels(), scale: scale).text.write(to: file, atomically: true, encoding: .utf8)
      let result = try Promtool.run(["check", "rules", file.path])
      #expect(result.code == 0, "\(result.output)")
    }
  }

  @Test(.enabled(if: Promtool.isInstalled, installed)) func `alerts rise and fall as the rule tests say`() throws {
    let result = try Promtool.run(["test", "rules", folder.appendingPathComponent("prometheus_rules_test.yml").path])
    #expect(result.code == 0, "\(result.output)")
  }

  @Test func `every alert is tried, and leads to a section of the runbook`() throws {
    let levels = try levels()
    let runbook = try String(contentsOf: Project.folder.appendingPathComponent("RUNBOOK.md"), encoding: .utf8)
    let sections = runbook.split(separator: "\n").filter { $0.hasPrefix("## ") }.map { Self.anchor($0.dropFirst(3)) }
    let tried = try text("prometheus_rules_test.yml")
    for (name, section) in levels.alerts.map({ ($0.name, $0.runbook) }) + levels.objectives.map({ ($0.name, $0.runbook) }) {
      #expect(sections.contains(section), "\(name) leads to #\(section), which RUNBOOK.md lacks")
    }
    for alert in levels.alerts {
      #expect(tried.contains("alertname: \(alert.name)\n"), "\(alert.name) is never raised in a test")
    }
  }

  /// As GitHub makes anchors of headings.
  private static func anchor(_ heading: Substring) -> String {
    heading.lowercased().filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" }
      .replacingOccurrences(of: " ", with: "-")
  }

  @Test func `expressions name metrics that there are`() throws {
    let levels = try levels()
    var known = Set(WickMetrics.all.map(\.name))
    for family in WickMetrics.all where family.kind.word == "histogram" {
      for suffix in ["bucket", "sum", "count"] { known.insert("\(family.name)_\(suffix)") }
    }
    for expression in levels.objectives.map(\.bad) + levels.alerts.map(\.expr) {
      for word in expression.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" }) where word.hasPrefix("wick_") {
        #expect(known.contains(String(word)), "\(word) in \(expression)")
      }
    }
  }

  @Test(arguments: [
    ("objectives: []", "cannot be read"),
    ("objectives: []\nalerts: [{name: A, summary: s, expr: e, severity: shout, runbook: r}]", "A is a shout"),
    ("objectives: []\nalerts: [{name: A, summary: s, expr: e, for: soon, severity: page, runbook: r}]", "A lasts soon"),
    ("objectives: [{name: a, promise: p, objective: 100, bad: b, job: j, runbook: r}]\nalerts: []", "a promises 100"),
    ("objectives: [{name: A b, promise: p, objective: 99, bad: b, job: j, runbook: r}]\nalerts: []", "A b is no name"),
    (
      "objectives: []\nalerts: [{name: A, summary: s, expr: e, severity: page, runbook: r}, "
        + "{name: A, summary: s, expr: e, severity: page, runbook: r}]", "A is promised twice"
    ),
  ])
  func `what cannot be meant is refused by name`(text: String, reason: String) {
    #expect { try ServiceLevels(yaml: text) } throws: { "\($0)".contains(reason) }
  }

  @Test func `budgets burn at the speeds of the book, and windows shrink for tests`() throws {
    let yaml = """
      objectives: [{name: fresh, promise: "It's fresh.", objective: 99.5, bad: "x[5m] > bool 1", job: j, runbook: r}]
      alerts: []
      """
    let text = PrometheusRules(try ServiceLevels(yaml: yaml)).text
    // 14.4, 6 and 1 times half a per cent.
    for limit in ["[1h]) > 0.072 and", "[6h]) > 0.03 and", "[3d]) > 0.005 and", "x[5m] > bool 1", "It''s fresh."] {
      #expect(text.contains(limit), "\(limit)")
    }
    let short = PrometheusRules(try ServiceLevels(yaml: yaml), scale: 0.002).text
    for window in ["[8s]) > 0.072 and", "[5s]) > 0.072", "x[5s] > bool 1", "for: 1s", "interval: 1s"] {
      #expect(short.contains(window), "\(window)")
    }
  }
}
