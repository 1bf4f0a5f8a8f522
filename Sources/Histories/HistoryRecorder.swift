import Synchronization

/// Writes a history while it happens. Safe to use from any thread; one client's calls come from one thread.
public final class HistoryRecorder: Sendable {
  private struct State {
    var history = History()
    var clock = 0
    var sessions = 0
    var nextValue: Int64 = 0

    mutating func tick() -> Int {
      clock += 1
      return clock
    }
  }

  private let state = Mutex(State())

  public init() {}

  /// What has been recorded so far.
  public var history: History { state.withLock { $0.history } }

  /// The number of a new client.
  public func session() -> Int {
    state.withLock { state in
      state.sessions += 1
      return state.sessions
    }
  }

  /// Before a record is handed over: it may have been stored from now on.
  ///
  /// - Returns: the number of the send, and a value that no other has.
  public func sending(producer: Int, session: Int, transaction: Int? = nil, partition: Int32) -> (send: Int, value: Int64) {
    state.withLock { state in
      state.nextValue += 1
      state.history.sends.append(
        .init(
          producer: producer, session: session, transaction: transaction, partition: partition, value: state.nextValue,
          fate: .unknown))
      return (state.history.sends.count - 1, state.nextValue)
    }
  }

  /// How a send ended, with the offset if the cluster named it.
  public func sent(_ send: Int, _ fate: History.Fate, offset: Int64? = nil) {
    state.withLock {
      $0.history.sends[send].fate = fate
      $0.history.sends[send].offset = offset
    }
  }

  /// Returns the number of a transaction that begins, of unknown fate until `ended`.
  public func began(producer: Int) -> Int {
    state.withLock { state in
      state.history.transactions.append(.init(producer: producer, fate: .unknown))
      return state.history.transactions.count - 1
    }
  }

  /// Before the commit is asked for.
  public func committing(_ transaction: Int) {
    state.withLock { $0.history.transactions[transaction].commitAsked = $0.tick() }
  }

  public func ended(_ transaction: Int, _ fate: History.Fate) {
    state.withLock { $0.history.transactions[transaction].fate = fate }
  }

  /// Returns the number of a new reader.
  public func reader(_ isolation: History.Isolation, group: String? = nil) -> Int {
    state.withLock { state in
      state.history.readers.append(.init(isolation: isolation, group: group))
      return state.history.readers.count - 1
    }
  }

  /// A reader has new partitions. Nil where it begins is not known.
  public func assigned(_ reader: Int, _ starts: [Int32: Int64?]) {
    state.withLock { $0.history.readers[reader].events.append(.assigned(starts)) }
  }

  /// After a poll has come back, with what it brought.
  public func polled(_ reader: Int, _ records: [History.Record], transaction: Int? = nil) {
    guard !records.isEmpty else { return }
    state.withLock { $0.history.readers[reader].events.append(.polled(records, transaction: transaction, clock: $0.tick())) }
  }

  /// A reader has come to the end of a partition.
  public func ended(_ reader: Int, partition: Int32, at offset: Int64) {
    state.withLock { $0.history.readers[reader].events.append(.ended(partition, offset)) }
  }

  /// See `History.settled`.
  public func settled(_ partitions: Set<Int32>) { state.withLock { $0.history.settled.formUnion(partitions) } }

  /// See `History.drained`.
  public func drained(_ group: String) { state.withLock { _ = $0.history.drained.insert(group) } }
}
