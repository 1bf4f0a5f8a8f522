import Synchronization

/// Counts the clients that follow, so that there are not too many. Safe from any thread.
final class StreamCount: Sendable {
  private let limit: Int
  private let open = Mutex(0)

  init(limit: Int) { self.limit = limit }

  /// A place, given back when it is released for the last time; nil where there is none.
  func enter() -> Ticket? {
    let isFree = open.withLock { count in
      guard count < limit else { return false }
      count += 1
      return true
    }
    return isFree ? Ticket(self) : nil
  }

  private func leave() { open.withLock { $0 -= 1 } }

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
