import Foundation

/// A value that threads share and wait for: a monitor in the sense of Hoare (1974). Safe from any thread that may block.
///
/// The value may hold objects that are not safe to share, as long as none of them is given out of `withLock` and `wait`.
public final class Monitor<Value>: Sendable {
  private let condition = NSCondition()
  // Guarded by the condition's lock.
  nonisolated(unsafe) private var value: Value

  public init(_ value: sending Value) { self.value = value }

  /// Reads or changes the value, and wakes all who wait.
  public func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    condition.lock()
    defer {
      condition.broadcast()
      condition.unlock()
    }
    return try body(&value)
  }

  /// Asks `body` now and after each change, until it gives a result.
  ///
  /// - Parameter timeout: nil waits for as long as it takes.
  /// - Returns: nil when `timeout` passed without a result.
  public func wait<Result, Failure: Error>(
    _ timeout: Duration? = nil, until body: (inout Value) throws(Failure) -> Result?
  ) throws(Failure) -> Result? {
    let end = timeout.map { Date(timeIntervalSinceNow: $0 / .seconds(1)) }
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let result = try body(&value) { return result }
      guard let end else {
        // Foundation on Linux traps on a moment as far away as the distant future.
        condition.wait()
        continue
      }
      guard condition.wait(until: end) else { return try body(&value) }
    }
  }
}
