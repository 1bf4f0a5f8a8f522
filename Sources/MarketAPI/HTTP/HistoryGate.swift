import Foundation
import Synchronization

/// Lets a few questions at a time read the lake, each on a thread of its own; more are refused and not piled up.
final class HistoryGate: Sendable {
  private let limit: Int
  private let running = Mutex(0)

  init(limit: Int) { self.limit = limit }

  func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    let isFree = running.withLock { count in
      guard count < limit else { return false }
      count += 1
      return true
    }
    guard isFree else { throw Problem(503, "The lake is being read by \(limit) others already; ask again.", retryAfter: 1) }
    return try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        let result = Result { try body() }
        self.running.withLock { $0 -= 1 }
        continuation.resume(with: result)
      }
    }
  }
}
