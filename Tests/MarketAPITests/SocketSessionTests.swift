import JSON
import Testing

@testable import MarketAPI

@Suite struct `A session on a WebSocket` {
  private func session(now: Int64 = 0) -> SocketSession {
    SocketSession(epoch: "e", every: 300, snapshotWindows: 300, now: now)
  }

  /// What a session sends until nothing is left to send.
  private func sent(_ session: inout SocketSession, _ board: MarketBoard, now: Int64) -> [JSONValue] {
    var messages: [JSONValue] = []
    while let message = session.next(board, now: now) {
      let text =
        switch message {
        case .reply(let text): text
        case .told(let told): SocketSession.text(told, epoch: "e") { ["ready": true] }
        }
      messages.append((try? JSONValue(parsing: text)) ?? .null)
    }
    return messages
  }

  private func board(_ symbols: [String], minutes: Range<Int64> = 0..<3) -> MarketBoard {
    var board = MarketBoard()
    for symbol in symbols {
      for minute in minutes {
        board.put(CandleMaker.candle(minute), to: SeriesKey(venue: "v", symbol: symbol, interval: "1m"))
      }
    }
    return board
  }

  private func names(_ messages: [JSONValue]) -> [String] {
    messages.map { ($0["event"]?.stringValue ?? "") + ($0["subscription"]?.stringValue.map { ":" + $0 } ?? "") }
  }

  @Test func `subscriptions are told side by side, each with a snapshot first, until they are ended`() throws {
    var session = session()
    var board = board(["A", "B"])
    #expect(session.next(board, now: 0) == nil)
    session.receive(#"{"op":"subscribe","id":"a","symbols":["A"]}"#, board, now: 0)
    session.receive(#"{"op":"subscribe","id":"b","symbols":["B"],"every":1000}"#, board, now: 0)
    let first = sent(&session, board, now: 0)
    #expect(names(first) == ["snapshot:a", "snapshot:b", "status"])
    #expect(first[0]["data"]?["candles"]?.arrayValue?.count == 3)
    #expect(first[0]["id"] == .string("e-\(board.sequence)"))
    for symbol in ["A", "B"] {
      board.put(CandleMaker.candle(3), to: SeriesKey(venue: "v", symbol: symbol, interval: "1m"))
    }
    #expect(sent(&session, board, now: 299).isEmpty)
    #expect(names(sent(&session, board, now: 300)) == ["candles:a"])
    #expect(names(sent(&session, board, now: 999)).isEmpty)
    #expect(names(sent(&session, board, now: 1_000)) == ["candles:b"])
    session.receive(#"{"op":"unsubscribe","id":"a"}"#, board, now: 1_000)
    board.put(CandleMaker.candle(4), to: SeriesKey(venue: "v", symbol: "A", interval: "1m"))
    #expect(names(sent(&session, board, now: 3_000)) == ["unsubscribed:a", "status"])
  }

  @Test func `who comes again goes on behind the event it names`() {
    var session = session()
    var board = board(["A"])
    let before = board.sequence
    board.put(CandleMaker.candle(7), to: SeriesKey(venue: "v", symbol: "A", interval: "1m"))
    for (after, expected) in [
      ("e-\(before)", "candles"), ("other-\(before)", "snapshot"), ("junk", "snapshot"), ("e-99", "snapshot"),
    ] {
      session.receive(#"{"op":"subscribe","id":"\#(after)","after":"\#(after)"}"#, board, now: 0)
      let told = sent(&session, board, now: 0).filter { $0["event"] != "status" }
      #expect(names(told) == ["\(expected):\(after)"])
      #expect(told.first?["data"]?["candles"]?.arrayValue?.count == (expected == "candles" ? 1 : 4))
    }
  }

  @Test(arguments: [
    ("", 400), ("[]", 400), ("{", 400), (#"{"op":"steal"}"#, 400), (#"{"op":1}"#, 400), (#"{"op":"subscribe"}"#, 400),
    (#"{"op":"subscribe","id":""}"#, 400), (#"{"op":"subscribe","id":"x","symbol":["A"]}"#, 400),
    (#"{"op":"subscribe","id":"x","symbols":"A"}"#, 400), (#"{"op":"subscribe","id":"x","symbols":[1]}"#, 400),
    (#"{"op":"subscribe","id":"x","every":19}"#, 400), (#"{"op":"subscribe","id":"x","every":1e3}"#, 400),
    (#"{"op":"subscribe","id":"x","late":1}"#, 400), (#"{"op":"subscribe","id":"x","after":7}"#, 400),
    (#"{"op":"subscribe","id":"a"}"#, 409), (#"{"op":"unsubscribe","id":"z"}"#, 404), (#"{"op":"ping","id":"x"}"#, 400),
  ])
  func `what cannot be done is answered with its problem, and nothing else is disturbed`(text: String, status: Int64) throws {
    var session = session()
    let board = board(["A"])
    session.receive(#"{"op":"subscribe","id":"a","symbols":["A"]}"#, board, now: 0)
    _ = sent(&session, board, now: 0)
    session.receive(text, board, now: 0)
    session.receive(#"{"op":"ping"}"#, board, now: 0)
    let replies = sent(&session, board, now: 0)
    #expect(replies.map { $0["event"] } == ["error", "pong"])
    #expect(replies[0]["problem"]?["status"] == .int(status) && replies[0]["problem"]?["detail"]?.stringValue?.isEmpty == false)
    #expect(session.feed.ids == ["a"])
  }

  @Test func `subscriptions, series, messages and unread replies are bounded`() {
    let many = board((0...100).map { "S\($0)" }, minutes: 0..<1)
    var session = session()
    session.receive(#"{"op":"subscribe","id":"all"}"#, many, now: 0)
    for number in 0...20 { session.receive(#"{"op":"subscribe","id":"\#(number)","symbols":["S1"]}"#, many, now: 0) }
    let errors = sent(&session, many, now: 0).filter { $0["event"] == "error" }
    #expect(errors.map { $0["subscription"]?.stringValue } == ["all", "20"])
    #expect(errors.map { $0["problem"]?["status"] } == [400, 429])
    for _ in 0..<200 { session.receive(#"{"op":"ping"}"#, many, now: 0) }
    #expect(session.isFull)
    let replies = sent(&session, many, now: 0).filter { $0["event"] != "status" }
    #expect(replies.count == 200 && replies.filter { $0["event"] == "pong" }.count == 100 - 22)
    session.receive(#"{"op":"ping"}"#, many, now: 1_000)
    #expect(names(sent(&session, many, now: 1_000)) == ["pong"])
  }
}

@Suite struct `What there is to tell, in pieces` {
  private let keys = (0..<5).map { SeriesKey(venue: "v", symbol: "S\($0)", interval: "1m") }

  /// The newest of each window that a client holds after some events.
  private func apply(_ event: Follower.Event, _ held: inout [SeriesKey: [Int64: CandleRow]]) {
    switch event {
    case .snapshot(let candles):
      held = [:]
      for one in candles { held[one.series, default: [:]][one.candle.start] = one.candle }
    case .candles(let candles): for one in candles { held[one.series, default: [:]][one.candle.start] = one.candle }
    case .late: break
    }
  }

  @Test func `no event is larger than a piece, and together they are everything, while it changes`() throws {
    var board = MarketBoard()
    for key in keys { for minute in 0..<700 { board.put(CandleMaker.candle(Int64(minute)), to: key) } }
    for (windows, resumes) in [(300, false), (250, false), (1_000, false), (300, true)] {
      var follower = Follower(
        filter: SeriesFilter(), wantsLate: true, snapshotWindows: windows, position: resumes ? 0 : nil)
      var held: [SeriesKey: [Int64: CandleRow]] = [:]
      var revision: Int32 = board.candles(CandleMaker.query()).first?.candle.revision ?? 0
      var events = 0
      repeat {
        let before = follower.position
        guard let event = follower.next(board) else { break }
        if follower.isAmidRound { #expect(follower.position == before) }
        if case .snapshot(let candles) = event { #expect(events == 0 && candles.count <= Follower.piece && !resumes) }
        if case .candles(let candles) = event { #expect(candles.count <= Follower.piece) }
        apply(event, &held)
        events += 1
        // While it is told, windows that were told and windows that were not both change.
        revision += 1
        board.put(CandleMaker.candle(Int64(690 - events), price: 5, revision: revision + 1_000), to: keys[events % 5])
      } while follower.isAmidRound
      while let event = follower.next(board) { apply(event, &held) }
      for key in keys {
        let rows = board.snapshot([key], windows: resumes ? 700 : windows)
        #expect(rows.allSatisfy { held[key]?[$0.candle.start] == $0.candle })
        #expect(held[key]?.count == rows.count)
      }
      #expect(follower.position == board.sequence && events >= (resumes ? 12 : 5))
    }
  }
}
