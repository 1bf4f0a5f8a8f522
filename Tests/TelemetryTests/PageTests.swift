import Foundation
import Telemetry
import TestSupport
import Testing

/// docs/metrics.md lists what is exposed, and nothing else.
@Suite struct `The page of metrics` {
  private static func row(_ family: MetricFamily) -> String {
    let labels = family.labels.isEmpty ? "" : family.labels.map { "`\($0)`" }.joined(separator: ", ")
    return "| `\(family.name)` | \(family.kind.word) | \(family.unit) | \(labels) | \(family.help) |"
  }

  @Test func `lists each metric with kind, unit and labels`() throws {
    let page = try String(contentsOf: Project.folder.appendingPathComponent("docs/metrics.md"), encoding: .utf8)
    let listed = page.split(separator: "\n").filter { $0.hasPrefix("| `wick_") }.map(String.init)
    let expected = WickMetrics.all.map(Self.row)
    #expect(listed.sorted() == expected.sorted(), "docs/metrics.md should hold:\n\(expected.joined(separator: "\n"))")
  }

  @Test func `names keep the habits of Prometheus`() {
    for family in WickMetrics.all {
      #expect(family.name.hasPrefix("wick_") && MetricName.sanitised(family.name) == family.name)
      #expect(family.name.hasSuffix("_total") == (family.kind == .counter), "\(family.name)")
      #expect(family.help.hasSuffix(".") && !family.unit.isEmpty, "\(family.name)")
      if case .histogram(let bounds) = family.kind { #expect(bounds == bounds.sorted() && family.name.hasSuffix("_seconds")) }
    }
    #expect(Set(WickMetrics.all.map(\.name)).count == WickMetrics.all.count)
  }
}
