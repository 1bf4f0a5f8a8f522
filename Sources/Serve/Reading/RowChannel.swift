import Foundation

/// Rows on their way from the thread that computes them to whoever asked: bounded, so that a slow reader slows the query down
/// and not the machine. One writer and one reader. Safe from any thread.
public final class RowChannel<Item: Sendable>: Sendable {
  private struct State {
    var items: [Item] = []
    var isFinished = false
    var isCancelled = false
    var failure: ServeError?
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let condition = NSCondition()
  // Guarded by the condition's lock.
  nonisolated(unsafe) private var state = State()
  private let capacity: Int

  init(capacity: Int = 1024) { self.capacity = capacity }

  private func locked<R>(_ body: (inout State) -> R) -> R {
    condition.lock()
    defer { condition.unlock() }
    return body(&state)
  }

  private func wake() {
    let waiter = locked { state in
      defer { state.waiter = nil }
      return state.waiter
    }
    condition.lock()
    condition.broadcast()
    condition.unlock()
    waiter?.resume()
  }

  // MARK: The writer, on a thread of its own

  /// Adds an item, waiting while the reader is far behind. False when nobody reads any more.
  func send(_ item: Item) -> Bool {
    condition.lock()
    while state.items.count >= capacity, !state.isCancelled { condition.wait() }
    let isOpen = !state.isCancelled && !state.isFinished
    if isOpen { state.items.append(item) }
    condition.unlock()
    wake()
    return isOpen
  }

  /// Ends the channel: what was sent is still read, then the error, if there is one. The first end counts.
  func finish(_ failure: ServeError? = nil) {
    locked { state in
      guard !state.isFinished else { return }
      state.isFinished = true
      state.failure = failure
    }
    wake()
  }

  /// Whether the reader has gone.
  public var isCancelled: Bool { locked { $0.isCancelled } }

  // MARK: The reader

  /// Stops reading. The writer learns of it with its next item.
  public func cancel() {
    locked { $0.isCancelled = true }
    wake()
  }

  private enum Taken { case items([Item]), end(ServeError?), nothing }

  private func take() -> Taken {
    locked { state in
      if !state.items.isEmpty, !state.isCancelled {
        defer { state.items = [] }
        return .items(state.items)
      }
      return state.isFinished || state.isCancelled ? .end(state.failure) : .nothing
    }
  }

  /// What has come since the last call; waits for something. Nil at the end.
  public func next() async throws(ServeError) -> [Item]? {
    while true {
      switch take() {
      case .items(let items):
        wake()
        return items
      case .end(let failure?): throw failure
      case .end(nil): return nil
      case .nothing:
        await withCheckedContinuation { continuation in
          let isReady = locked { state in
            guard state.items.isEmpty, !state.isFinished, !state.isCancelled else { return true }
            state.waiter = continuation
            return false
          }
          if isReady { continuation.resume() }
        }
      }
    }
  }

  /// As `next`, on a thread that may block.
  public func wait() throws(ServeError) -> [Item]? {
    while true {
      switch take() {
      case .items(let items):
        wake()
        return items
      case .end(let failure?): throw failure
      case .end(nil): return nil
      case .nothing:
        condition.lock()
        if state.items.isEmpty, !state.isFinished, !state.isCancelled {
          _ = condition.wait(until: Date(timeIntervalSinceNow: 0.5))
        }
        condition.unlock()
      }
    }
  }
}
