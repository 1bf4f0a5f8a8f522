import Synchronization

/// Gauges that grow with the clock: each shows how long ago a time was when somebody asks. Safe from any thread.
public final class AgeGauges: Sendable {
  private struct Key: Hashable {
    var name: String
    var labels: [String]
  }

  private let times = Mutex<[Key: (labels: [(String, String)], micros: Int64)]>([:])

  /// - Parameter now: microseconds since the epoch.
  public init(_ registry: MetricRegistry, now: @escaping @Sendable () -> Int64) {
    registry.collect { [weak self] registry in
      let now = now()
      for (key, time) in self?.times.withLock({ $0 }) ?? [:] {
        registry.gauge(key.name, time.labels).set(Double(now - time.micros) / 1e6)
      }
    }
  }

  /// The gauge `name` tells the age of `micros` from now on. A time earlier than the one it tells of is left aside.
  public func set(_ name: String, _ labels: [(String, String)], micros: Int64) {
    times.withLock { times in
      let key = Key(name: name, labels: labels.map(\.1))
      times[key] = (labels, max(micros, times[key]?.micros ?? micros))
    }
  }
}
