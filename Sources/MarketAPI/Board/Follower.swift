/// What one client has seen, and what it is to be told next. Pure.
///
/// It holds no changes, only the count of the last one it told of: what changes while a client is slow is told once, as it is
/// then, so that nothing grows however slow the client is.
struct Follower: Sendable {
  enum Event: Hashable, Sendable {
    case snapshot([NamedCandle])
    case candles([NamedCandle])
    case late([LateTrade])
  }

  let filter: SeriesFilter
  let wantsLate: Bool
  let snapshotWindows: Int
  /// The count of changes it has seen; nil before the snapshot.
  private(set) var position: Int64?
  private var keys: [SeriesKey] = []
  private var seriesCount = -1

  static let snapshotLate = 100

  /// - Parameter position: where an earlier stream of the same board ended.
  init(filter: SeriesFilter, wantsLate: Bool, snapshotWindows: Int, position: Int64? = nil) {
    self.filter = filter
    self.wantsLate = wantsLate
    self.snapshotWindows = snapshotWindows
    self.position = position
  }

  /// What has changed since the last call; the first one gives a snapshot, or what came after the position.
  mutating func next(_ board: MarketBoard) -> [Event] {
    if board.seriesCount != seriesCount {
      keys = board.keys(filter)
      seriesCount = board.seriesCount
    }
    defer { position = board.sequence }
    guard let position, let candles = board.changes(after: position, keys) else {
      var events: [Event] = [.snapshot(board.snapshot(keys, windows: snapshotWindows))]
      let late = wantsLate ? board.late(limit: Self.snapshotLate) : []
      if !late.isEmpty { events.append(.late(late)) }
      return events
    }
    var events: [Event] = []
    if !candles.isEmpty { events.append(.candles(candles)) }
    let late = wantsLate ? board.late(after: position) : []
    if !late.isEmpty { events.append(.late(late)) }
    return events
  }
}

/// The id of an event: in which life of the service, and after which change. Opaque to clients.
struct EventID: Hashable, Sendable {
  var epoch: String
  var sequence: Int64

  var text: String { "\(epoch)-\(sequence)" }

  init(epoch: String, sequence: Int64) {
    self.epoch = epoch
    self.sequence = sequence
  }

  /// Nil for a text that is none.
  init?(_ text: String) {
    let parts = text.split(separator: "-", maxSplits: 1)
    guard parts.count == 2, text.utf8.count <= 64, let sequence = Int64(parts[1]), sequence >= 0 else { return nil }
    self.init(epoch: String(parts[0]), sequence: sequence)
  }
}
