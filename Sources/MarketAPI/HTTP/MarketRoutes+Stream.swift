import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// What a client of `/v1/stream` asks for.
struct StreamQuestion: Sendable {
  var filter: SeriesFilter
  var wantsLate: Bool
  /// Milliseconds in which changes are gathered.
  var every: Int
  /// Where an earlier stream ended.
  var position: Int64?
}

extension MarketRoutes {
  static let streamParameters = ["symbol", "venue", "interval", "late", "every"]
  /// The most series that one stream carries.
  static let streamSeries = 100

  func stream(_ request: Request) async throws -> Response {
    let question = try question(request)
    let series = state.read { $0.keys(question.filter).count }
    guard series <= Self.streamSeries else {
      throw Problem(400, "That is \(series) series, and a stream carries \(Self.streamSeries); name symbol, venue or interval.")
    }
    guard let ticket = streams.enter() else {
      throw Problem(429, "\(configuration.streams) clients follow already; ask again later.", retryAfter: 10)
    }
    let body = ResponseBody { writer in
      // The writer belongs to this closure, which waits for what is done with it below.
      nonisolated(unsafe) var out: any ResponseBodyWriter = writer
      defer { withExtendedLifetime(ticket) {} }
      try await follow(question, &out)
    }
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"], body: body)
  }

  private func question(_ request: Request) throws(Problem) -> StreamQuestion {
    let parameters = try Self.parameters(request, Self.streamParameters)
    let accept = (request.headers[.accept] ?? "*/*").lowercased()
    guard accept.contains("text/event-stream") || accept.contains("*/*") || accept.contains("text/*") else {
      throw Problem(406, "The stream is answered as text/event-stream.")
    }
    let filter = SeriesFilter(
      symbols: try parameters.list("symbol"), venues: try parameters.list("venue"), intervals: try parameters.list("interval"))
    let last = HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }.flatMap { EventID($0) }
    return StreamQuestion(
      filter: filter, wantsLate: try parameters.flag("late"),
      every: try parameters.integer("every", default: configuration.every, in: 20...60_000),
      position: last?.epoch == state.epoch ? last?.sequence : nil)
  }

  /// Writes until the client goes, is too slow, or the service ends.
  private func follow(_ question: StreamQuestion, _ out: inout any ResponseBodyWriter) async throws {
    let watch = WriteWatch()
    let patience = Duration.milliseconds(configuration.patience)
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
    _ question: StreamQuestion, _ out: inout any ResponseBodyWriter, _ watch: WriteWatch
  ) async throws {
    var follower = Follower(
      filter: question.filter, wantsLate: question.wantsLate, snapshotWindows: configuration.snapshotWindows,
      position: question.position)
    let clock = ContinuousClock()
    var (wrote, told) = (clock.now, nil as ContinuousClock.Instant?)
    var text = "retry: 1000\n\n"
    while !state.isClosed {
      let before = EventID(epoch: state.epoch, sequence: follower.position ?? 0).text
      let events = state.read { follower.next($0) }
      let id = EventID(epoch: state.epoch, sequence: follower.position ?? 0).text
      // Only with the last event of a turn has a client seen all of it.
      for (index, event) in events.enumerated() { text += Self.text(event, id: index == events.count - 1 ? id : before) }
      if told.map({ clock.now - $0 >= .seconds(2) }) ?? true {
        told = clock.now
        text += Self.event("status", status(), id: id)
      }
      if text.isEmpty, clock.now - wrote >= .milliseconds(configuration.heartbeat) { text = ":\n\n" }
      if !text.isEmpty {
        watch.begin()
        try await out.write(ByteBuffer(string: text))
        watch.end()
        (text, wrote) = ("", clock.now)
      }
      try await clock.sleep(for: .milliseconds(question.every))
    }
  }

  private func status() -> JSONValue {
    let now = configuration.now()
    let rates = state.change { $0.rates(now: now) }
    let members = AnswerJSON.stats(state.stats, rates, now: now).filter { $0.name != "topics" }
    return .object(
      members + [
        .init("holds", .bool(state.read { $0.audit.holds })), .init("ready", .bool(state.reasons.isEmpty)),
        .init("time", .int(now)),
      ])
  }

  private static func text(_ event: Follower.Event, id: String) -> String {
    switch event {
    case .snapshot(let candles): self.event("snapshot", ["candles": AnswerJSON.candles(candles)], id: id)
    case .candles(let candles): self.event("candles", ["candles": AnswerJSON.candles(candles)], id: id)
    case .late(let trades): self.event("late", ["late": .array(trades.map(AnswerJSON.late))], id: id)
    }
  }

  /// JSON has no line breaks, so that an event's data is one line.
  private static func event(_ name: String, _ data: JSONValue, id: String) -> String {
    "event: \(name)\nid: \(id)\ndata: \(data.text)\n\n"
  }
}
