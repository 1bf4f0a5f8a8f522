import Synchronization

/// A number that only grows. Safe from any thread; adding allocates nothing.
public final class Counter: Sendable {
  private let bits = Atomic<UInt64>(0)

  init() {}

  /// Adds `amount`; nothing happens for one that is negative or no number.
  public func add(_ amount: Double = 1) {
    guard amount > 0, amount.isFinite else { return }
    update { $0 + amount }
  }

  /// Raises the counter to a total that is counted elsewhere. A lower one is left aside: a counter never falls.
  public func raise(to total: Double) {
    guard total.isFinite else { return }
    update { max($0, total) }
  }

  /// Begins again at 0.
  func reset() { bits.store(0, ordering: .relaxed) }

  public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

  private func update(_ change: (Double) -> Double) {
    var old = bits.load(ordering: .relaxed)
    while true {
      let new = change(Double(bitPattern: old)).bitPattern
      let (exchanged, current) = bits.compareExchange(expected: old, desired: new, ordering: .relaxed)
      if exchanged { return }
      old = current
    }
  }
}

/// A number that goes up and down. Safe from any thread; setting allocates nothing.
public final class Gauge: Sendable {
  private let bits = Atomic<UInt64>(0)

  init() {}

  public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

  /// Adds `amount`, which may be negative.
  public func add(_ amount: Double) {
    var old = bits.load(ordering: .relaxed)
    while true {
      let new = (Double(bitPattern: old) + amount).bitPattern
      let (exchanged, current) = bits.compareExchange(expected: old, desired: new, ordering: .relaxed)
      if exchanged { return }
      old = current
    }
  }

  public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}

/// Observations in fixed buckets. Safe from any thread; observing allocates nothing.
public final class Histogram: Sendable {
  /// What has been observed: how many in each bucket (the last one is beyond the last bound), and their sum.
  public struct Snapshot: Hashable, Sendable {
    public var counts: [UInt64]
    public var sum: Double
    public var count: UInt64 { counts.reduce(0, +) }
  }

  public let bounds: [Double]
  private let state: Mutex<Snapshot>

  init(_ bounds: [Double]) {
    self.bounds = bounds
    state = Mutex(Snapshot(counts: Array(repeating: 0, count: bounds.count + 1), sum: 0))
  }

  /// Counts one observation in the first bucket whose bound is not below it. What is no number is left aside.
  public func observe(_ value: Double) {
    guard !value.isNaN else { return }
    var index = 0
    while index < bounds.count, bounds[index] < value { index += 1 }
    state.withLock { state in
      state.counts[index] += 1
      state.sum += value
    }
  }

  public var snapshot: Snapshot { state.withLock { $0 } }
}
