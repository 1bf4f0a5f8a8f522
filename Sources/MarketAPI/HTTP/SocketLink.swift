import Hummingbird
import JSON
import NIOCore
import Synchronization
import WebSocket

/// Carries bytes between one connection and what decides about them: three tasks, of which one reads, one writes, and one looks
/// at the clock.
struct SocketLink: Sendable {
  let state: MarketState
  let configuration: MarketConfiguration
  private let clock = MonotonicClock()

  init(state: MarketState, configuration: MarketConfiguration) {
    self.state = state
    self.configuration = configuration
  }

  private struct Ends {
    var connection: ServerConnection
    var session: SocketSession
  }

  /// Says that there may be something to do; several times before it is heard count as one.
  private struct Bell: Sendable {
    let rings: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation

    init() { (rings, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func ring() { bell.yield() }
  }

  /// Runs until the connection is closed by either side, the client is too slow, or the service ends.
  func run(_ bytes: RequestBody, _ out: inout any ResponseBodyWriter) async throws {
    var bounds = ServerConnection.Bounds()
    bounds.heartbeat = configuration.limits.heartbeat
    let session = SocketSession(
      epoch: state.epoch, every: configuration.every, snapshotWindows: configuration.snapshotWindows, now: clock.now)
    let ends = SharedEnds(Ends(connection: ServerConnection(bounds, now: clock.now), session: session))
    let (due, drained, watch) = (Bell(), Bell(), WriteWatch())
    nonisolated(unsafe) var writer = out
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await read(bytes, ends, due, drained)
        return false
      }
      group.addTask {
        try await write(ends, &writer, due, drained, watch)
        return true
      }
      group.addTask {
        try await wait(ends, due, watch)
        return true
      }
      // A client that sends no more may still be owed a closing frame.
      while let isOver = try await group.next(), !isOver {}
      group.cancelAll()
    }
    try await out.finish(nil)
  }

  private final class SharedEnds: Sendable {
    private let ends: Mutex<Ends>

    init(_ ends: Ends) { self.ends = Mutex(ends) }

    func change<R: Sendable>(_ body: (inout Ends) -> R) -> R { ends.withLock { body(&$0) } }
  }

  /// Takes messages one by one, and no further ones while the client leaves too many replies unread.
  private func read(_ bytes: RequestBody, _ ends: SharedEnds, _ due: Bell, _ drained: Bell) async throws {
    var drains = drained.rings.makeAsyncIterator()
    for try await buffer in bytes {
      ends.change { $0.connection.receive(buffer.readableBytesView, now: clock.now) }
      while takeMessage(ends) {
        while ends.change({ $0.session.isFull && $0.connection.state == .open }) {
          due.ring()
          guard await drains.next() != nil else { return }
        }
      }
      due.ring()
    }
    ends.change { $0.connection.end() }
    due.ring()
  }

  private func takeMessage(_ ends: SharedEnds) -> Bool {
    ends.change { ends in
      guard let text = ends.connection.nextMessage(now: clock.now) else { return false }
      state.read { ends.session.receive(text, $0, now: clock.now) }
      return true
    }
  }

  private func write(
    _ ends: SharedEnds, _ out: inout any ResponseBodyWriter, _ due: Bell, _ drained: Bell, _ watch: WriteWatch
  ) async throws {
    for await _ in due.rings {
      while true {
        let (buffer, isClosed) = next(ends)
        if buffer.readableBytes > 0 {
          watch.begin()
          try await out.write(buffer)
          watch.end()
          drained.ring()
        }
        if isClosed { return }
        if buffer.readableBytes == 0 { break }
      }
    }
  }

  /// What is to be sent now, up to a bound, and whether it is the last.
  private func next(_ ends: SharedEnds) -> (ByteBuffer, isClosed: Bool) {
    var buffer = ByteBuffer()
    ends.change { ends in
      if state.isClosed { ends.connection.close(.goingAway, "the service ends", now: clock.now) }
      ends.connection.pass(now: clock.now)
    }
    while buffer.readableBytes < MarketRoutes.writeBytes, let text = text(ends) {
      buffer.writeBytes(Frame.head(.text, count: text.utf8.count))
      buffer.writeString(text)
    }
    let isClosed = ends.change { ends in
      buffer.writeBytes(ends.connection.takeControl())
      return ends.connection.state == .closed
    }
    return (buffer, isClosed)
  }

  private func text(_ ends: SharedEnds) -> String? {
    let message = ends.change { ends -> SocketSession.Message? in
      guard ends.connection.state == .open else { return nil }
      return state.read { ends.session.next($0, now: clock.now) }
    }
    return switch message {
    case .reply(let text): text
    case .told(let told):
      SocketSession.text(told, epoch: state.epoch) { LiveJSON.status(state, now: configuration.now()) }
    case nil: nil
    }
  }

  /// Rings when something is due; throws where the client leaves what was sent unread.
  private func wait(_ ends: SharedEnds, _ due: Bell, _ watch: WriteWatch) async throws {
    let patience = Duration.milliseconds(configuration.limits.patience)
    while watch.waited < patience {
      let next = ends.change { $0.session.feed.due } ?? .max
      try await clock.sleep(until: next)
      due.ring()
    }
    throw Problem(408, "The client reads too slowly.")
  }
}
