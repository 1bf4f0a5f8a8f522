import Foundation
import Telemetry
import TestSupport
import Testing

/// Prometheus' own tool reads what is exposed.
@Suite struct `promtool` {
  @Test(
    .enabled(if: Promtool.isInstalled, "promtool is not installed (Debian: prometheus): the text format is not cross-checked"))
  func `accepts every metric, with the strangest labels`() throws {
    let registry = MetricRegistry(families: WickMetrics.all)
    for family in WickMetrics.all {
      for value in ["plain", "quo\"te", "back\\slash", "new\nline", "ünï"] {
        let labels = family.labels.map { ($0, value) }
        switch family.kind {
        case .counter: registry.counter(family.name, labels).add(1.5)
        case .gauge: registry.gauge(family.name, labels).set(-1e300)
        case .histogram: registry.histogram(family.name, labels).observe(3)
        }
      }
    }
    let result = try Promtool.run(["check", "metrics"], input: registry.exposition())
    #expect(result.code == 0 && result.output.isEmpty, "\(result.output)")
    // It can object.
    #expect(try Promtool.run(["check", "metrics"], input: "a{b=\"c} 1\n").code != 0)
  }
}
