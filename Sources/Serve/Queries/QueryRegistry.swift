import Synchronization

/// The queries that are open, so that they can be counted and closed. Safe from any thread.
final class QueryRegistry: Sendable {
  private struct State {
    var queries: [String: RunningQuery] = [:]
    var next: UInt64 = 1
  }

  private let state = Mutex(State())
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Names a new query of `kind` and counts it.
  ///
  /// - Throws: `tooMany` when as many are open as may be.
  func open(_ kind: String, _ make: (String) -> RunningQuery) throws(ServeError) -> RunningQuery {
    let query = state.withLock { state -> RunningQuery? in
      guard state.queries.count < limit else { return nil }
      let query = make("\(kind)_\(state.next)")
      state.next += 1
      state.queries[query.id] = query
      return query
    }
    guard let query else {
      throw ServeError(.tooMany, "\(limit) queries are open already, which is the limit; close some, or raise the limit.")
    }
    return query
  }

  /// Forgets a query that has ended.
  func remove(_ id: String) { state.withLock { $0.queries[id] = nil } }

  /// Ends a query; false when none is open by that id.
  func close(_ id: String) -> Bool {
    guard let query = state.withLock({ $0.queries.removeValue(forKey: id) }) else { return false }
    query.rows.cancel()
    return true
  }

  func closeAll() {
    let all = state.withLock { state in
      defer { state.queries = [:] }
      return Array(state.queries.values)
    }
    for query in all { query.rows.cancel() }
  }

  var open: [RunningQuery] { state.withLock { $0.queries.values.sorted { $0.id < $1.id } } }
}
