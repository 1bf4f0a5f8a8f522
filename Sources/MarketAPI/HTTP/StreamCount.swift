import Dispatch
import Synchronization

/// Counts the clients that follow, so that there are not too many. Safe from any thread.
final class StreamCount: Sendable {
  private let limit: Int
  private let open = Mutex(0)
  private let group = DispatchGroup()

  init(limit: Int) { self.limit = limit }

  /// A place, given back when it is released for the last time; nil where there is none.
  func enter() -> Ticket? {
    let isFree = open.withLock { count in
      guard count < limit else { return false }
      count += 1
      return true
    }
    guard isFree else { return nil }
    group.enter()
    return Ticket(self)
  }

  private func leave() {
    open.withLock { $0 -= 1 }
    group.leave()
  }

  /// Waits until nobody follows any more, at most so many milliseconds. Blocks.
  func waitUntilEmpty(milliseconds: Int) { _ = group.wait(timeout: .now() + .milliseconds(milliseconds)) }

  final class Ticket: Sendable {
    private let count: StreamCount

    fileprivate init(_ count: StreamCount) { self.count = count }

    deinit { count.leave() }
  }
}

/// Since when a write waits for its reader. Safe from any thread.
final class WriteWatch: Sendable {
  private let began = Mutex<ContinuousClock.Instant?>(nil)

  func begin() { began.withLock { $0 = .now } }

  func end() { began.withLock { $0 = nil } }

  /// How long the write under way has waited; zero where there is none.
  var waited: Duration { began.withLock { $0.map { .now - $0 } ?? .zero } }
}

/// Milliseconds that do not go back.
struct MonotonicClock: Sendable {
  private let start = ContinuousClock.now

  var now: Int64 { Int64((ContinuousClock.now - start) / .milliseconds(1)) }

  /// Waits until a time, but never longer than is good for noticing that the service ends.
  func sleep(until time: Int64) async throws {
    try await Task.sleep(for: .milliseconds(min(max(time - now, 5), 250)))
  }
}
