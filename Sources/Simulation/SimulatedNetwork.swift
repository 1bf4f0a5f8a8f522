import EmbeddedKafka

/// What travels between a client and the broker.
struct Message {
  enum Body {
    case request(SteppedRequest)
    case answer(SteppedAnswer)
  }

  /// One connection keeps the order of what it carries, in each direction; across connections there is none.
  var connection: Int
  var worker: Int
  var call: Int
  var body: Body

  var isRequest: Bool {
    if case .request = body { return true }
    return false
  }
}

/// Messages under way. A broken connection may still deliver what was sent on it, at any later time.
struct SimulatedNetwork {
  private(set) var messages: [Message] = []
  private var lastConnection = 0

  mutating func connect() -> Int {
    lastConnection += 1
    return lastConnection
  }

  mutating func send(_ message: Message) { messages.append(message) }

  /// Takes the message that is delivered next on the connection and in the direction of the one at `index`.
  mutating func take(_ index: Int) -> Message {
    let chosen = messages[index]
    let first = messages.firstIndex { $0.connection == chosen.connection && $0.isRequest == chosen.isRequest } ?? index
    return messages.remove(at: first)
  }

  /// Takes the requests under way on a connection, in order; answers on it are lost.
  mutating func breakOff(_ connection: Int) -> [Message] {
    let requests = messages.filter { $0.connection == connection && $0.isRequest }
    messages.removeAll { $0.connection == connection }
    return requests
  }

  mutating func removeAll() { messages.removeAll() }
}
