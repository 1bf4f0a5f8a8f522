import Foundation
import Synchronization

/// Sends events in order on a thread of its own, so that whoever has something to tell never waits for who is told.
///
/// Each event is tried once. When they come faster than they go, the oldest are given up. Safe from any thread.
public final class LineageOutbox: Sendable {
  private struct State {
    var queue: [LineageEvent] = []
    var isSending = false
    var isFailing = false
    var isClosed = false
    var lost = 0
    var isFinished: Bool { queue.isEmpty && !isSending }
  }

  private let condition = NSCondition()
  private let state = Mutex(State())
  private let capacity: Int
  private let deliver: @Sendable (LineageEvent) throws -> Void
  private let onTrouble: @Sendable (any Error) -> Void

  /// - Parameters:
  ///   - capacity: events that wait at most.
  ///   - deliver: sends one; may block, and must end by itself some day.
  ///   - onTrouble: told of the first of several failures in a row.
  public init(
    capacity: Int = 1000, deliver: @escaping @Sendable (LineageEvent) throws -> Void,
    onTrouble: @escaping @Sendable (any Error) -> Void
  ) {
    self.capacity = capacity
    self.deliver = deliver
    self.onTrouble = onTrouble
    Thread.detachNewThread { [self] in work() }
  }

  /// Returns at once.
  public func add(_ event: LineageEvent) {
    change { state in
      guard !state.isClosed else {
        state.lost += 1
        return
      }
      if state.queue.count >= capacity {
        state.queue.removeFirst()
        state.lost += 1
      }
      state.queue.append(event)
    }
  }

  /// Waits until everything is sent, but no longer than `patience` seconds, and takes no more.
  ///
  /// - Returns: how many events never arrived.
  public func close(patience: Double) -> Int {
    let deadline = Date().addingTimeInterval(patience)
    change { $0.isClosed = true }
    condition.lock()
    defer { condition.unlock() }
    while !state.withLock(\.isFinished), condition.wait(until: deadline) {}
    return state.withLock { $0.lost + $0.queue.count + ($0.isSending ? 1 : 0) }
  }

  private func change(_ body: (inout State) -> Void) {
    condition.lock()
    state.withLock { body(&$0) }
    condition.broadcast()
    condition.unlock()
  }

  private func work() {
    while let event = next() {
      var failure: (any Error)?
      do { try deliver(event) } catch { failure = error }
      var isNews = false
      change { state in
        state.isSending = false
        if failure != nil { state.lost += 1 }
        isNews = failure != nil && !state.isFailing
        state.isFailing = failure != nil
      }
      if let failure, isNews { onTrouble(failure) }
    }
  }

  /// The next event, once there is one; nil when there will be none.
  private func next() -> LineageEvent? {
    condition.lock()
    defer { condition.unlock() }
    while state.withLock({ $0.queue.isEmpty && !$0.isClosed }) { condition.wait() }
    return state.withLock { state in
      guard !state.queue.isEmpty else { return nil }
      state.isSending = true
      return state.queue.removeFirst()
    }
  }
}
