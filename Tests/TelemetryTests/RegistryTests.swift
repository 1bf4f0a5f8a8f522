import CoreMetrics
import Dispatch
import Telemetry
import Testing

@Suite struct `The registry of metrics` {
  private let families = [
    MetricFamily("t_total", .counter, unit: "things", "Things, with a \\ and\na line.", labels: ["kind"]),
    MetricFamily("t_depth", .gauge, unit: "things", "How deep."),
    MetricFamily("t_seconds", .histogram([0.5, 1, 2]), unit: "seconds", "How long."),
    MetricFamily("t_unused", .gauge, unit: "things", "Never set."),
  ]

  @Test func `the text is format 0_0_4, sorted and escaped`() {
    let registry = MetricRegistry(families: families)
    registry.counter("t_total", [("kind", "b")]).add(2)
    registry.counter("t_total", [("kind", "a\"\\\n")]).add(0.5)
    registry.gauge("t_depth").set(-3)
    for value in [0.5, 0.75, 1, 1.5, 9] { registry.histogram("t_seconds").observe(value) }
    #expect(
      registry.exposition() == """
        # HELP t_depth How deep.
        # TYPE t_depth gauge
        t_depth -3
        # HELP t_seconds How long.
        # TYPE t_seconds histogram
        t_seconds_bucket{le="0.5"} 1
        t_seconds_bucket{le="1"} 3
        t_seconds_bucket{le="2"} 4
        t_seconds_bucket{le="+Inf"} 5
        t_seconds_sum 12.75
        t_seconds_count 5
        # HELP t_total Things, with a \\\\ and\\na line.
        # TYPE t_total counter
        t_total{kind="a\\"\\\\\\n"} 0.5
        t_total{kind="b"} 2

        """)
  }

  @Test func `numbers are written as Prometheus reads them`() {
    let registry = MetricRegistry(families: families)
    func text(_ value: Double) -> String {
      registry.gauge("t_depth").set(value)
      return registry.exposition().split(separator: "\n").last.map(String.init) ?? ""
    }
    #expect(text(.nan) == "t_depth NaN")
    #expect(text(.infinity) == "t_depth +Inf")
    #expect(text(-.infinity) == "t_depth -Inf")
    #expect(text(0.1) == "t_depth 0.1")
    #expect(text(1e300) == "t_depth 1e+300")
    #expect(text(1_790_000_000.25) == "t_depth 1790000000.25")
  }

  @Test func `a counter never falls, and takes no nonsense`() {
    let counter = MetricRegistry(families: []).counter("c_total")
    counter.add(5)
    counter.add(-1)
    counter.add(.nan)
    counter.add(.infinity)
    counter.raise(to: 3)
    #expect(counter.value == 5)
    counter.raise(to: 8)
    #expect(counter.value == 8)
  }

  @Test func `series beyond the limit are refused and told of`() {
    let registry = MetricRegistry(families: families, limit: 2)
    for kind in ["a", "b", "c", "d"] { registry.counter("t_total", [("kind", kind)]).add() }
    // What is there already goes on.
    registry.counter("t_total", [("kind", "a")]).add()
    let lines = registry.exposition().split(separator: "\n")
    #expect(lines.filter { $0.hasPrefix("t_total{") } == ["t_total{kind=\"a\"} 2", "t_total{kind=\"b\"} 1"])
    #expect(lines.contains("wick_metrics_refused_series_total 2"))
  }

  @Test func `a name in use by another kind is left alone`() {
    let registry = MetricRegistry(families: families)
    registry.gauge("t_total", [("kind", "a")]).set(7)
    #expect(!registry.exposition().contains("t_total"))
  }

  @Test func `names that no metric may have are mended`() {
    let registry = MetricRegistry(families: [])
    registry.counter("9 lives.é", [("a-b", "x")]).add()
    #expect(registry.exposition() == "# TYPE _9_lives___ counter\n_9_lives___{a_b=\"x\"} 1\n")
  }

  @Test func `swift-metrics lands in it`() {
    let registry = MetricRegistry(families: families)
    let factory = PrometheusFactory(registry)
    CoreMetrics.Counter(label: "t_total", dimensions: [("kind", "x")], factory: factory).increment(by: 4)
    CoreMetrics.Gauge(label: "t_depth", dimensions: [], factory: factory).record(2)
    CoreMetrics.Timer(label: "t_seconds", dimensions: [], factory: factory).recordMilliseconds(700)
    let text = registry.exposition()
    #expect(text.contains("t_total{kind=\"x\"} 4\n"))
    #expect(text.contains("t_depth 2\n"))
    #expect(text.contains("t_seconds_bucket{le=\"1\"} 1\n"))
    #expect(text.contains("t_seconds_sum 0.7\n"))
  }

  @Test func `many threads lose nothing`() {
    let registry = MetricRegistry(families: families)
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      let (counter, histogram) = (registry.counter("t_total", [("kind", "x")]), registry.histogram("t_seconds"))
      for _ in 0..<2000 {
        counter.add()
        histogram.observe(1)
      }
    }
    #expect(registry.counter("t_total", [("kind", "x")]).value == 16_000)
    #expect(registry.histogram("t_seconds").snapshot.count == 16_000)
  }

  @Test func `ages grow with the clock, and never turn back`() {
    let registry = MetricRegistry(families: [])
    let ages = AgeGauges(registry) { 10_000_000 }
    ages.set("age_seconds", [("t", "x")], micros: 4_000_000)
    ages.set("age_seconds", [("t", "x")], micros: 3_000_000)
    #expect(registry.exposition().contains("age_seconds{t=\"x\"} 6\n"))
  }
}
