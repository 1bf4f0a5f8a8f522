import Synchronization

/// All metrics of a process. Safe from any thread.
///
/// Look series up once, or once a batch, and keep them: looking up takes a lock, recording does not.
///
/// ```swift
/// let registry = MetricRegistry(families: WickMetrics.all)
/// registry.counter("wick_ingest_trades_total").add(512)
/// print(registry.exposition())
/// ```
public final class MetricRegistry: Sendable {
  enum Series: Sendable {
    case counter(Counter)
    case gauge(Gauge)
    case histogram(Histogram)
  }

  struct Entry: Sendable {
    var family: MetricFamily
    /// By the values of the labels.
    var series: [[String]: Series] = [:]
  }

  private struct State {
    var entries: [String: Entry]
    var refused: UInt64 = 0
    var collectors: [@Sendable (MetricRegistry) -> Void] = []
  }

  /// The most series of one family, and the most families that nobody described.
  private let limit: Int
  private let state: Mutex<State>

  /// - Parameters:
  ///   - families: what is described. Others may be recorded too, and are shown without a sentence.
  ///   - limit: the most series of one metric. Further ones are counted as refused, and what they record is lost, so that a label
  ///     with too many values cannot fill the memory of this process or of who scrapes it.
  public init(families: [MetricFamily], limit: Int = 1000) {
    self.limit = limit
    state = Mutex(State(entries: Dictionary(families.map { ($0.name, Entry(family: $0)) }) { first, _ in first }))
  }

  public func counter(_ name: String, _ labels: [(String, String)] = []) -> Counter {
    let found = series(name, labels, .counter) { _ in .counter(Counter()) }
    guard case .counter(let counter) = found else { return Counter() }
    return counter
  }

  public func gauge(_ name: String, _ labels: [(String, String)] = []) -> Gauge {
    let found = series(name, labels, .gauge) { _ in .gauge(Gauge()) }
    guard case .gauge(let gauge) = found else { return Gauge() }
    return gauge
  }

  public func histogram(_ name: String, _ labels: [(String, String)] = []) -> Histogram {
    let found = series(name, labels, .histogram(MetricFamily.secondsBuckets)) { family in
      guard case .histogram(let bounds) = family.kind else { return .histogram(Histogram(MetricFamily.secondsBuckets)) }
      return .histogram(Histogram(bounds))
    }
    guard case .histogram(let histogram) = found else { return Histogram(MetricFamily.secondsBuckets) }
    return histogram
  }

  /// Drops every series of a gauge: what it told of is gone.
  public func clear(_ name: String) {
    state.withLock { $0.entries[name]?.series = [:] }
  }

  /// Calls `collect` before each exposition, to set what is known only when somebody asks.
  public func collect(_ collect: @escaping @Sendable (MetricRegistry) -> Void) {
    state.withLock { $0.collectors.append(collect) }
  }

  /// Series that were refused because their metric has too many.
  public var refused: UInt64 { state.withLock { $0.refused } }

  /// What there is to show, after asking those who collect. Families without series are left out.
  func snapshot() -> [Entry] {
    let collectors = state.withLock { $0.collectors }
    for collect in collectors { collect(self) }
    return state.withLock { state in
      var entries = state.entries
      if state.refused > 0 {
        let refused = Counter()
        refused.add(Double(state.refused))
        entries[WickMetrics.refused.name] = Entry(family: WickMetrics.refused, series: [[]: .counter(refused)])
      }
      return entries.values.filter { !$0.series.isEmpty }.sorted { $0.family.name < $1.family.name }
    }
  }

  /// Nil where the metric is of another kind, or has too many series: what is recorded then goes nowhere.
  private func series(
    _ name: String, _ labels: [(String, String)], _ kind: MetricFamily.Kind, _ make: (MetricFamily) -> Series
  ) -> Series? {
    state.withLock { state in
      let name = MetricName.sanitised(name)
      if state.entries[name] == nil {
        guard state.entries.count < limit else {
          state.refused += 1
          return nil
        }
        let names = labels.map { MetricName.sanitised($0.0) }
        state.entries[name] = Entry(family: MetricFamily(name, kind, unit: "", "", labels: names))
      }
      guard let entry = state.entries[name], entry.family.kind.word == kind.word else { return nil }
      let values = entry.family.labels.map { label in labels.first { MetricName.sanitised($0.0) == label }?.1 ?? "" }
      if let known = entry.series[values] { return known }
      guard entry.series.count < limit else {
        state.refused += 1
        return nil
      }
      let new = make(entry.family)
      state.entries[name]?.series[values] = new
      return new
    }
  }
}
