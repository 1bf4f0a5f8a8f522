import HTTPTypes
import Hummingbird
import JSON
import NIOCore

extension MarketRoutes {
  static let streamParameters = ["symbol", "venue", "interval", "late", "every"]
  /// Texts are gathered up to so many bytes before they are written.
  static let writeBytes = 32 << 10

  func stream(_ request: Request) async throws -> Response {
    let question = try question(request)
    let refusal = state.read { board -> Problem? in
      do throws(Problem) { try LiveQuestion.check(question.filter, board) } catch { return error }
      return nil
    }
    if let refusal { throw refusal }
    let ticket = try enter()
    let body = ResponseBody { writer in
      // The writer belongs to this closure, which waits for what is done with it below.
      nonisolated(unsafe) var out: any ResponseBodyWriter = writer
      defer { withExtendedLifetime(ticket) {} }
      try await follow(question, &out)
    }
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"], body: body)
  }

  /// A place among the clients that follow.
  func enter() throws(Problem) -> StreamCount.Ticket {
    guard let ticket = streams.enter() else {
      throw Problem(429, "\(configuration.limits.clients) clients follow already; ask again later.", retryAfter: 10)
    }
    return ticket
  }

  private func question(_ request: Request) throws(Problem) -> LiveQuestion {
    let parameters = try Self.parameters(request, Self.streamParameters)
    let accept = (request.headers[.accept] ?? "*/*").lowercased()
    guard accept.contains("text/event-stream") || accept.contains("*/*") || accept.contains("text/*") else {
      throw Problem(406, "The stream is answered as text/event-stream.")
    }
    let filter = SeriesFilter(
      symbols: try parameters.list("symbol"), venues: try parameters.list("venue"), intervals: try parameters.list("interval"))
    let last = HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }.flatMap { EventID($0) }
    return LiveQuestion(
      filter: filter, wantsLate: try parameters.flag("late"),
      every: try parameters.integer("every", default: configuration.every, in: LiveQuestion.everyRange),
      position: last?.epoch == state.epoch ? last?.sequence : nil)
  }

  /// Writes until the client goes, is too slow, or the service ends.
  private func follow(_ question: LiveQuestion, _ out: inout any ResponseBodyWriter) async throws {
    let watch = WriteWatch()
    let patience = Duration.milliseconds(configuration.limits.patience)
    nonisolated(unsafe) var writer = out
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await write(question, &writer, watch) }
      group.addTask {
        while watch.waited < patience { try await Task.sleep(for: min(patience / 4, .seconds(1))) }
        throw Problem(408, "The client reads too slowly.")
      }
      // The first to end ends the other: an error closes the connection.
      try await group.next()
      group.cancelAll()
    }
    try await out.finish(nil)
  }

  private func write(
    _ question: LiveQuestion, _ out: inout any ResponseBodyWriter, _ watch: WriteWatch
  ) async throws {
    let clock = MonotonicClock()
    var feed = LiveFeed(snapshotWindows: configuration.snapshotWindows)
    feed.follow("", question, now: clock.now)
    var wrote = clock.now
    var text = "retry: 1000\n\n"
    while !state.isClosed {
      while text.utf8.count < Self.writeBytes, let told = state.read({ feed.next($0, now: clock.now) }) {
        text += self.text(told, feed.position)
      }
      if text.isEmpty, clock.now - wrote >= configuration.limits.heartbeat { text = ":\n\n" }
      guard text.isEmpty else {
        watch.begin()
        try await out.write(ByteBuffer(string: text))
        watch.end()
        (text, wrote) = ("", clock.now)
        continue
      }
      try await clock.sleep(until: feed.due ?? 0)
    }
  }

  private func text(_ told: LiveFeed.Told, _ position: Int64) -> String {
    switch told {
    case .status:
      return Self.event("status", LiveJSON.status(state, now: configuration.now()), id: id(position))
    case .event(let event, _, let position):
      let (name, data) = LiveJSON.event(event)
      return Self.event(name, data, id: id(position))
    }
  }

  private func id(_ position: Int64) -> String { EventID(epoch: state.epoch, sequence: position).text }

  /// JSON has no line breaks, so that an event's data is one line.
  private static func event(_ name: String, _ data: JSONValue, id: String) -> String {
    "event: \(name)\nid: \(id)\ndata: \(data.text)\n\n"
  }
}
