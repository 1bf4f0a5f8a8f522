import Synchronization

/// What there are candles of, in memory and in the past. One at a time looks into the past; others answer with what was there.
final class SeriesList: Sendable {
  private let past = Mutex<Set<SeriesKey>>([])
  private let gate = HistoryGate(limit: 1)

  func keys(_ live: [SeriesKey], _ history: (any CandleHistory)?) async throws -> [SeriesKey] {
    guard let history else { return live }
    do {
      let found = try await gate.run { try history.series() }
      past.withLock { $0 = found }
    } catch let problem as Problem where problem.status == 503 {
      // Somebody else is looking.
    }
    return past.withLock { $0.union(live) }.sorted()
  }
}
