/// What one client asks to be told.
package struct LiveQuestion: Hashable, Sendable {
  package var filter = SeriesFilter()
  package var wantsLate = false
  /// Milliseconds in which changes are gathered.
  package var every: Int
  /// Where an earlier stream of the same board ended.
  package var position: Int64?

  /// The values that `every` may have.
  package static let everyRange = 20...60_000
  /// The most series that one question may be about.
  static let seriesLimit = 100

  /// Refuses a question about more series than one stream carries.
  static func check(_ filter: SeriesFilter, _ board: borrowing MarketBoard) throws(Problem) {
    let count = board.keys(filter).count
    guard count <= seriesLimit else {
      throw Problem(400, "That is \(count) series, and a stream carries \(seriesLimit); name symbol, venue or interval.")
    }
  }
}

/// What one connection follows, as time passes: which events are due when. Pure.
///
/// An event stream has one subscription, a WebSocket has several. Events are taken one by one, as fast as the client reads.
/// Times are milliseconds of a clock that does not go back.
struct LiveFeed: Sendable {
  enum Told: Hashable, Sendable {
    /// - position: the count of changes that a client has seen with this event; 0 for none.
    case event(Follower.Event, subscription: String, position: Int64)
    /// How the service is doing.
    case status
  }

  private struct Subscription {
    let id: String
    let every: Int64
    var follower: Follower
    var due: Int64
  }

  private let snapshotWindows: Int
  private var subscriptions: [Subscription] = []
  /// Which subscription is asked first, so that none waits for another that always has something to tell.
  private var turn = 0
  private var statusDue: Int64 = .min

  static let statusEvery: Int64 = 2_000

  init(snapshotWindows: Int) { self.snapshotWindows = snapshotWindows }

  var ids: [String] { subscriptions.map(\.id) }

  mutating func follow(_ id: String, _ question: LiveQuestion, now: Int64) {
    let follower = Follower(
      filter: question.filter, wantsLate: question.wantsLate, snapshotWindows: snapshotWindows, position: question.position)
    subscriptions.append(Subscription(id: id, every: Int64(question.every), follower: follower, due: now))
  }

  /// False where there is no such subscription.
  mutating func unfollow(_ id: String) -> Bool {
    guard let index = subscriptions.firstIndex(where: { $0.id == id }) else { return false }
    subscriptions.remove(at: index)
    return true
  }

  /// The next event that is due; nil where there is none now.
  mutating func next(_ board: borrowing MarketBoard, now: Int64) -> Told? {
    for step in subscriptions.indices {
      let index = (turn + step) % subscriptions.count
      guard subscriptions[index].due <= now else { continue }
      let event = subscriptions[index].follower.next(board)
      if !subscriptions[index].follower.isAmidRound { subscriptions[index].due = now + subscriptions[index].every }
      guard let event else { continue }
      turn = (index + 1) % subscriptions.count
      return .event(event, subscription: subscriptions[index].id, position: subscriptions[index].follower.position ?? 0)
    }
    guard statusDue <= now, !subscriptions.isEmpty else { return nil }
    statusDue = now + Self.statusEvery
    return .status
  }

  /// When there may be something to tell again; nil where nothing is followed.
  var due: Int64? { subscriptions.map(\.due).min().map { min($0, max(statusDue, 0)) } }

  /// How many series are held for it: all that it keeps, however much changes and however slow its client is.
  var held: Int { subscriptions.reduce(0) { $0 + $1.follower.held } }

  /// The count of changes up to which all is told, of the only subscription.
  var position: Int64 { subscriptions.first?.follower.position ?? 0 }
}
