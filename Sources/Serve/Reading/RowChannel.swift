import Kafka

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

  private let state = Monitor(State())
  private let capacity: Int

  init(capacity: Int = 1024) { self.capacity = capacity }

  /// Changes the state, and wakes the other side: threads through the monitor, a task through its continuation.
  private func change(_ body: (inout State) -> Void) {
    let waiter = state.withLock { state in
      body(&state)
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  // MARK: The writer, on a thread of its own

  /// Adds an item, waiting while the reader is far behind. False when nobody reads any more.
  func send(_ item: Item) -> Bool {
    let isOpen = state.wait { state -> Bool? in
      if state.isCancelled || state.isFinished { return false }
      return state.items.count < capacity ? true : nil
    }
    guard isOpen ?? false else { return false }
    change { $0.items.append(item) }
    return true
  }

  /// Starts a thread that sends, and ends the channel when it has ended.
  func fill(on name: String, by body: @escaping @Sendable (RowChannel) throws -> Void) {
    _ = BlockingThread(name: name) { () throws in
      do {
        try body(self)
        self.finish()
      } catch {
        self.finish(ServeError.wrapping(error))
      }
    }
  }

  /// Ends the channel: what was sent is still read, then the error, if there is one. The first end counts.
  func finish(_ failure: ServeError? = nil) {
    change { state in
      guard !state.isFinished else { return }
      state.isFinished = true
      state.failure = failure
    }
  }

  /// Whether the reader has gone.
  public var isCancelled: Bool { state.withLock { $0.isCancelled } }

  // MARK: The reader

  /// Stops reading. The writer learns of it with its next item.
  public func cancel() { change { $0.isCancelled = true } }

  /// What there is to give: items, the end as an empty list, or nil where one has to wait.
  private static func take(_ state: inout State) throws(ServeError) -> [Item]? {
    if !state.items.isEmpty, !state.isCancelled {
      defer { state.items = [] }
      return state.items
    }
    if let failure = state.failure { throw failure }
    return state.isFinished || state.isCancelled ? [] : nil
  }

  /// What has come since the last call; waits for something. Nil at the end.
  public func next() async throws(ServeError) -> [Item]? {
    while true {
      if let items = try state.withLock({ state throws(ServeError) in try Self.take(&state) }) {
        return items.isEmpty ? nil : items
      }
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state in
          guard state.items.isEmpty, !state.isFinished, !state.isCancelled else { return true }
          state.waiter = continuation
          return false
        }
        if isReady { continuation.resume() }
      }
    }
  }

  /// As `next`, on a thread that may block.
  public func wait() throws(ServeError) -> [Item]? {
    let items = try state.wait { state throws(ServeError) in try Self.take(&state) } ?? []
    if !items.isEmpty { state.withLock { _ in } }
    return items.isEmpty ? nil : items
  }
}
