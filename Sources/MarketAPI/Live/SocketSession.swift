import JSON

/// One client on a WebSocket: its messages in, messages to it out. Pure.
///
/// Times are milliseconds of a clock that does not go back.
struct SocketSession: Sendable {
  enum Message: Hashable, Sendable {
    case reply(String)
    case told(LiveFeed.Told)
  }

  private let epoch: String
  private let every: Int
  private(set) var feed: LiveFeed
  private var replies: [String] = []
  private var bucket: TokenBucket

  /// The most subscriptions of one client.
  static let subscriptionLimit = 20
  /// Replies that may wait to be read before no further message is taken.
  static let replyLimit = 32
  /// Messages a second, and at once: each subscription is answered with a snapshot.
  static let (rate, burst) = (10.0, 100.0)

  init(epoch: String, every: Int, snapshotWindows: Int, now: Int64) {
    self.epoch = epoch
    self.every = every
    feed = LiveFeed(snapshotWindows: snapshotWindows)
    bucket = TokenBucket(rate: Self.rate, burst: Self.burst, now: now)
  }

  /// Whether the client has to read before more of it is taken.
  var isFull: Bool { replies.count >= Self.replyLimit }

  mutating func receive(_ text: String, _ board: borrowing MarketBoard, now: Int64) {
    do throws(SocketRequest.Refusal) {
      if let wait = bucket.take(now: now) {
        throw SocketRequest.Refusal(problem: Problem(429, "Too many messages; send the next in \(wait) s."))
      }
      try answer(SocketRequest(text, every: every), board, now: now)
    } catch {
      var members: [JSONValue.Member] = [.init("event", "error")]
      if let id = error.subscription { members.append(.init("subscription", .string(id))) }
      replies.append(JSONValue.object(members + [.init("problem", error.problem.json)]).text)
    }
  }

  private mutating func answer(_ request: SocketRequest, _ board: borrowing MarketBoard, now: Int64) throws(SocketRequest.Refusal)
  {
    switch request {
    case .ping:
      replies.append(#"{"event":"pong"}"#)
    case .unsubscribe(let id):
      guard feed.unfollow(id) else {
        throw SocketRequest.Refusal(subscription: id, problem: Problem(404, "There is no such subscription."))
      }
      replies.append(JSONValue.object([.init("event", "unsubscribed"), .init("subscription", .string(id))]).text)
    case .subscribe(let id, var question, let after):
      do throws(Problem) {
        guard !feed.ids.contains(id) else { throw Problem(409, "There is such a subscription already; unsubscribe it first.") }
        guard feed.ids.count < Self.subscriptionLimit else {
          throw Problem(429, "A connection carries \(Self.subscriptionLimit) subscriptions; unsubscribe one first.")
        }
        try LiveQuestion.check(question.filter, board)
      } catch {
        throw SocketRequest.Refusal(subscription: id, problem: error)
      }
      question.position = after?.epoch == epoch ? after?.sequence : nil
      feed.follow(id, question, now: now)
    }
  }

  /// The next message to send; nil where there is none now.
  mutating func next(_ board: borrowing MarketBoard, now: Int64) -> Message? {
    if !replies.isEmpty { return .reply(replies.removeFirst()) }
    return feed.next(board, now: now).map { .told($0) }
  }

  /// An event as it is sent.
  static func text(_ told: LiveFeed.Told, epoch: String, status: () -> JSONValue) -> String {
    switch told {
    case .status:
      return JSONValue.object([.init("event", "status"), .init("data", status())]).text
    case .event(let event, let subscription, let position):
      let (name, data) = LiveJSON.event(event)
      let id = EventID(epoch: epoch, sequence: position).text
      return JSONValue.object([
        .init("event", .string(name)), .init("subscription", .string(subscription)), .init("id", .string(id)),
        .init("data", data),
      ]).text
    }
  }
}
