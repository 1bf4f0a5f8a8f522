/// What one client has seen, and what it is to be told next. Pure.
///
/// It holds no changes, only the count of the last one it told of: what changes while a client is slow is told once, as it is
/// then, so that nothing grows however slow the client is. What there is to tell at a time is a round, which is told in pieces,
/// so that no more than one piece has to be held at once.
struct Follower: Sendable {
  enum Event: Hashable, Sendable {
    /// What there is, or the first piece of it; further ones are `candles`.
    case snapshot([NamedCandle])
    case candles([NamedCandle])
    case late([LateTrade])
  }

  let filter: SeriesFilter
  let wantsLate: Bool
  let snapshotWindows: Int
  /// The count of changes up to which all is told; nil before the end of the first round.
  private(set) var position: Int64?
  private var keys: [SeriesKey] = []
  private var seriesCount = -1
  private var round: Round?

  private struct Round {
    /// What is told up to.
    let target: Int64
    /// What was told before; nil for a snapshot.
    let base: Int64?
    /// Series that are not told yet, the first of them in part.
    var keys: ArraySlice<SeriesKey>
    /// The start of the last window that is told of the first of them.
    var told: Int64?
    var hasBegun = false
    var needsLate: Bool
  }

  static let snapshotLate = 100
  /// The most windows of one event.
  static let piece = 300

  /// - Parameter position: where an earlier stream of the same board ended.
  init(filter: SeriesFilter, wantsLate: Bool, snapshotWindows: Int, position: Int64? = nil) {
    self.filter = filter
    self.wantsLate = wantsLate
    self.snapshotWindows = snapshotWindows
    self.position = position
  }

  /// Whether a round is told in part.
  var isAmidRound: Bool { round != nil }

  /// How many series it remembers.
  var held: Int { keys.count + (round?.keys.count ?? 0) }

  /// The next piece of what there is to tell; nil where there is nothing now. A round ends with its last piece, and only then
  /// `position` moves: who has seen a part of it begins it again.
  mutating func next(_ board: borrowing MarketBoard) -> Event? {
    guard var round = round ?? begin(board) else { return nil }
    defer {
      let isOver = round.keys.isEmpty && !round.needsLate
      if isOver { position = round.target }
      self.round = isOver ? nil : round
    }
    var candles = take(&round, board)
    if candles == nil {
      round = snapshotRound(board)
      candles = take(&round, board)
    }
    let isFirst = !round.hasBegun
    round.hasBegun = true
    if round.keys.isEmpty, round.needsLate, late(round, board).isEmpty { round.needsLate = false }
    if let candles, !candles.isEmpty || (isFirst && round.base == nil) {
      return isFirst && round.base == nil ? .snapshot(candles) : .candles(candles)
    }
    guard round.needsLate else { return nil }
    round.needsLate = false
    return .late(late(round, board))
  }

  private mutating func begin(_ board: borrowing MarketBoard) -> Round? {
    if board.seriesCount != seriesCount {
      keys = board.keys(filter)
      seriesCount = board.seriesCount
    }
    guard let position, position <= board.sequence else { return snapshotRound(board) }
    guard position < board.sequence else { return nil }
    return Round(target: board.sequence, base: position, keys: keys[...], needsLate: wantsLate)
  }

  private func snapshotRound(_ board: borrowing MarketBoard) -> Round {
    Round(target: board.sequence, base: nil, keys: keys[...], needsLate: wantsLate)
  }

  /// The next windows of a round, by start; nil where some of them are no longer known.
  private func take(_ round: inout Round, _ board: borrowing MarketBoard) -> [NamedCandle]? {
    var found: [NamedCandle] = []
    while let key = round.keys.first {
      var windows: [NamedCandle]
      if let base = round.base {
        guard let changed = board.changes(after: base, [key]) else { return nil }
        windows = changed
      } else {
        windows = board.snapshot([key], windows: snapshotWindows)
      }
      if let told = round.told { windows.removeAll { $0.candle.start <= told } }
      let room = Self.piece - found.count
      if windows.count > room {
        // A series is in one piece where it fits into one.
        guard found.isEmpty else { break }
        found = Array(windows.prefix(room))
        round.told = found.last?.candle.start
        break
      }
      found += windows
      round.keys.removeFirst()
      round.told = nil
    }
    return found.sorted(by: NamedCandle.precedes)
  }

  private func late(_ round: Round, _ board: borrowing MarketBoard) -> [LateTrade] {
    round.base.map { board.late(after: $0) } ?? board.late(limit: Self.snapshotLate)
  }
}

/// The id of an event: in which life of the service, and after which change. Opaque to clients.
package struct EventID: Hashable, Sendable {
  package var epoch: String
  package var sequence: Int64

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
