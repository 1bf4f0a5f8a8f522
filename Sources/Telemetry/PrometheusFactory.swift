import CoreMetrics

/// What swift-metrics records through: rooms and libraries that know only its interface land in one registry.
///
/// Labels are names of metrics, dimensions are labels. Timers are histograms of seconds.
public struct PrometheusFactory: MetricsFactory {
  private let registry: MetricRegistry

  public init(_ registry: MetricRegistry) { self.registry = registry }

  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    CounterBridge(registry.counter(label, dimensions))
  }

  public func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
    CounterBridge(registry.counter(label, dimensions))
  }

  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    GaugeBridge(registry.gauge(label, dimensions))
  }

  public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    aggregate ? HistogramBridge(registry.histogram(label, dimensions)) : GaugeBridge(registry.gauge(label, dimensions))
  }

  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    HistogramBridge(registry.histogram(label, dimensions))
  }

  // Series outlive the handles to them: a counter that vanished and came back would be taken for a restart.
  public func destroyCounter(_ handler: any CounterHandler) {}
  public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
  public func destroyMeter(_ handler: any MeterHandler) {}
  public func destroyRecorder(_ handler: any RecorderHandler) {}
  public func destroyTimer(_ handler: any TimerHandler) {}
}

private final class CounterBridge: CounterHandler, FloatingPointCounterHandler {
  private let counter: Counter

  init(_ counter: Counter) { self.counter = counter }

  func increment(by amount: Int64) { counter.add(Double(amount)) }
  func increment(by amount: Double) { counter.add(amount) }
  func reset() { counter.reset() }
}

private final class GaugeBridge: MeterHandler, RecorderHandler {
  private let gauge: Gauge

  init(_ gauge: Gauge) { self.gauge = gauge }

  func set(_ value: Int64) { gauge.set(Double(value)) }
  func set(_ value: Double) { gauge.set(value) }
  func increment(by amount: Double) { gauge.add(amount) }
  func decrement(by amount: Double) { gauge.add(-amount) }
  func record(_ value: Int64) { gauge.set(Double(value)) }
  func record(_ value: Double) { gauge.set(value) }
}

private final class HistogramBridge: RecorderHandler, TimerHandler {
  private let histogram: Histogram

  init(_ histogram: Histogram) { self.histogram = histogram }

  func record(_ value: Int64) { histogram.observe(Double(value)) }
  func record(_ value: Double) { histogram.observe(value) }
  func recordNanoseconds(_ duration: Int64) { histogram.observe(Double(duration) / 1e9) }
}
