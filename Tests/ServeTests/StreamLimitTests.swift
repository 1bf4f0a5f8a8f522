import HTTPServing
import JSON
import Kafka
import Market
import TestSupport
import Testing

@testable import MarketAPI
@testable import Serve

/// The two ways to follow, which are to behave alike.
enum Way: String, CaseIterable, CustomTestStringConvertible, Sendable {
  case events, socket

  var testDescription: String { rawValue }

  /// A client that follows every series; its answer's head is read, and no more.
  func follow(_ port: Int, receives bytes: Int32? = nil) throws -> TCPClient {
    let client = try TCPClient(port: port, receives: bytes)
    switch self {
    case .events: client.get("/v1/stream?every=20")
    case .socket: client.get("/v1/ws", SocketClient.handshake)
    }
    while !client.hasHead { if !client.read() { break } }
    if self == .socket { client.send(ClientFrame.text(#"{"op":"subscribe","id":"a","every":20}"#)) }
    return client
  }
}

@Suite struct `What is borne from those who follow` {
  private static func start(_ change: @escaping @Sendable (inout ServeConfiguration) -> Void) async throws -> TestServer {
    try await TestServer.start(MarketServer.sql) { configuration in
      configuration.streams.patience = 400
      change(&configuration)
    }
  }

  /// A snapshot of so many bytes that no buffer between server and client holds it: 3,000 windows of a symbol with a long name.
  private static func fill(_ state: MarketState) {
    for number in 0..<10 {
      let key = SeriesKey(venue: "v", symbol: "\(number)" + String(repeating: "S", count: 4_000), interval: "1m")
      state.change { board in
        for minute in 0..<300 { board.put(candle(Int64(minute)), to: key) }
      }
    }
  }

  private static func candle(_ minute: Int64) -> CandleRow {
    var row = `Following the market on a WebSocket`.candle(1)
    (row.start, row.end) = (minute * 60_000, (minute + 1) * 60_000)
    return row
  }

  @Test(arguments: Way.allCases)
  func `who leaves what was sent unread is dropped, and whoever else follows is told on`(way: Way) async throws {
    let server = try await Self.start { $0.streams.clients = 2 }
    let (state, port) = (server.service.market, server.port)
    try await TestServer.blocking {
      let other = try SocketClient(port: port)
      other.send(#"{"op":"subscribe","id":"o","symbols":["new"],"every":20}"#)
      Self.fill(state)
      let slow = try way.follow(port, receives: 4_096)
      #expect(slow.head.hasPrefix("HTTP/1.1 \(way == .events ? 200 : 101)"))
      // There is place for another once the slow one is dropped, which never reads.
      var revision: Int64 = 300
      var isDropped = false
      for _ in 0..<3_000 {
        isDropped = try !way.follow(port).head.hasPrefix("HTTP/1.1 429")
        if isDropped { break }
        state.change { $0.put(Self.candle(revision), to: SeriesKey(venue: "v", symbol: "new", interval: "1m")) }
        revision += 1
        Blocking.pause(milliseconds: 10)
      }
      #expect(isDropped)
      var told: Set<Int64> = []
      while told.count < revision - 300, let message = try other.message("snapshot", "candles") {
        for candle in message["data"]?["candles"]?.arrayValue ?? [] { told.insert(candle["start"]?.int64Value ?? -1) }
      }
      #expect(told == Set((300..<revision).map { $0 * 60_000 }))
      // What was on its way comes, and then the end, in the middle of something.
      while slow.read() {}
    }
    try await server.stop()
  }

  @Test func `there is place for so many, however they follow, and for the next when one goes`() async throws {
    let server = try await Self.start { $0.streams.clients = 2 }
    let port = server.port
    try await TestServer.blocking {
      let first = try SocketClient(port: port)
      let second = try Way.events.follow(port)
      #expect(second.head.hasPrefix("HTTP/1.1 200"))
      for way in Way.allCases {
        let refused = try way.follow(port)
        #expect(refused.head.hasPrefix("HTTP/1.1 429") && refused.head.lowercased().contains("retry-after: 10"))
        #expect(refused.head.contains("application/problem+json"))
      }
      first.send(ClientFrame.close(1000))
      #expect(first.closing()?.code == 1000 && first.frame() == nil)
      while try !Way.events.follow(port).head.hasPrefix("HTTP/1.1 200") { Blocking.pause(milliseconds: 10) }
    }
    try await server.stop()
  }

  @Test func `more connections than there may be wait until one ends`() async throws {
    let server = try await Self.start { $0.limits.connections = 2 }
    let port = server.port
    try await TestServer.blocking {
      let first = try SocketClient(port: port)
      let second = try SocketClient(port: port)
      let third = try TCPClient(port: port)
      third.get("/healthz")
      // The server answers others, and this one not.
      for _ in 0..<20 {
        first.send(#"{"op":"ping"}"#)
        #expect(try first.message("pong") != nil)
      }
      #expect(!third.hasBytes)
      second.send(ClientFrame.close(1000))
      while second.frame() != nil {}
      #expect(third.read() && third.head.hasPrefix("HTTP/1.1 200"))
    }
    try await server.stop()
  }

  @Test func `who has nothing to be told is told that the connection lives`() async throws {
    let server = try await Self.start { $0.streams.heartbeat = 100 }
    let port = server.port
    try await TestServer.blocking {
      let stream = try Way.events.follow(port)
      #expect(stream.read(until: "\n\n:\n\n"))
      // On a WebSocket it is asked, and one that does not answer is taken for dead, without a word.
      let silent = try SocketClient(port: port)
      var opcodes: [UInt8] = []
      while let frame = silent.frame() { opcodes.append(frame.opcode) }
      #expect(opcodes == [9])
    }
    try await server.stop()
  }
}
