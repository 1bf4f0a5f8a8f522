import JSON
import Market
import TestSupport
import Testing

@testable import MarketAPI
@testable import Serve

@Suite struct `Following the market on a WebSocket` {
  private static let subscribe = #"{"op":"subscribe","id":"a","symbols":["BTC-USDT"],"intervals":["1m"],"every":20,"late":true"#

  private func minutes(_ message: JSONValue?) -> [Int64] {
    message?["data"]?["candles"]?.arrayValue?.compactMap {
      $0["start"]?.int64Value.map { ($0 - MarketServer.first) / 60_000 }
    } ?? []
  }

  @Test func `a snapshot comes first, then what changes, and who comes again goes on without a gap`() async throws {
    let server = try await MarketServer.start()
    try await MarketServer.run(server, MarketServer.records)
    _ = try await MarketServer.eventually(server, "/v1/late") { try $0.json["late"]?.arrayValue?.count == 2 }
    _ = try await MarketServer.eventually(server, "/readyz") { $0.status == 200 }
    let port = server.port
    let id = try await TestServer.blocking { [self] in
      let client = try SocketClient(port: port)
      #expect(client.tcp.head.lowercased().contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="))
      client.send(Self.subscribe + "}")
      let snapshot = try client.message("snapshot", "candles")
      #expect(snapshot?["event"] == "snapshot" && snapshot?["subscription"] == "a" && minutes(snapshot) == [0, 1, 2, 3, 4])
      let late = try client.message("late")
      #expect(late?["data"]?["late"]?.arrayValue?.count == 2)
      let status = try client.message("status")
      #expect(status?["data"]?["holds"] == true && status?["data"]?["queries"]?.arrayValue?.count == 1)
      return late?["id"]?.stringValue ?? ""
    }
    let more = (12..<17).map { MarketServer.trade($0, MarketServer.first + Int64($0) * 30_000, price: "7", quantity: "1") }
    try await MarketServer.run(server, more)
    let reply = try await MarketServer.eventually(server, "/v1/candles?symbol=BTC-USDT&interval=1m") {
      $0.body.contains("\(MarketServer.first + 360_000)")
    }
    let all = try reply.json["candles"]?.arrayValue ?? []
    try await TestServer.blocking { [self] in
      let client = try SocketClient(port: port)
      client.send(Self.subscribe + #","after":"\#(id)"}"#)
      let changes = try client.message("snapshot", "candles")
      #expect(changes?["event"] == "candles" && minutes(changes) == [5, 6])
      #expect(changes?["data"]?["candles"]?.arrayValue == Array(all.suffix(2)))
      // The same as an event stream tells.
      let stream = try TCPClient(port: port)
      stream.get("/v1/stream?symbol=BTC-USDT&interval=1m", ["Last-Event-ID: \(id)"])
      #expect(stream.read(until: "event: candles") && stream.read(until: "event: status"))
      let event = try #require(stream.events.first { $0.name == "candles" })
      #expect(try JSONValue(parsing: event.data) == changes?["data"])
      #expect(event.id == changes?["id"]?.stringValue)
    }
    try await server.stop()
  }

  @Test func `bad frames get their code, and nobody else is disturbed`() async throws {
    let server = try await MarketServer.start()
    let (state, port) = (server.service.market, server.port)
    state.change { $0.put(candle(1), to: Self.key) }
    @Sendable func frame(_ opcode: UInt8, _ payload: [UInt8], _ change: (inout ClientFrame) -> Void = { _ in }) -> [UInt8] {
      var frame = ClientFrame(opcode, payload)
      change(&frame)
      return frame.bytes
    }
    let faults: [([UInt8], UInt16)] = [
      (frame(1, [65]) { $0.mask = nil }, 1002), (frame(1, [65]) { $0.reserved = 2 }, 1002), (frame(11, []), 1002),
      (frame(9, [1]) { $0.isFinal = false }, 1002), (frame(0, [65]), 1002), (frame(2, [1]), 1003), (frame(1, [0xc0]), 1007),
      (frame(1, Array(repeating: 65, count: 300_000)), 1009), (frame(8, [3]), 1002), (ClientFrame.close(1005), 1002),
      (Array("GET / HTTP/1.1\r\n\r\n".utf8), 1002),
    ]
    try await TestServer.blocking { [self] in
      let witness = try SocketClient(port: port)
      witness.send(#"{"op":"subscribe","id":"w","symbols":["S"],"every":20}"#)
      #expect(try witness.message("snapshot") != nil)
      for (revision, (bytes, code)) in faults.enumerated() {
        let client = try SocketClient(port: port)
        client.send(#"{"op":"subscribe","id":"a"}"#)
        #expect(try client.message("snapshot") != nil)
        client.send(bytes)
        let closing = client.closing()
        #expect(closing?.code == code && closing?.reason.isEmpty == false, "\(code)")
        client.tcp.finish()
        #expect(client.frame() == nil)
        state.change { $0.put(candle(revision + 2), to: Self.key) }
        let told = try witness.message("candles")
        #expect(told?["data"]?["candles"]?.arrayValue?.first?["revision"] == .int(Int64(revision + 2)))
      }
      // A closing frame is answered, with the last thing that is sent.
      witness.send(ClientFrame.close(1000, "done"))
      #expect(witness.closing()?.code == 1000)
      #expect(witness.frame() == nil)
      // One who says nothing more is let go, with and without a message begun.
      for begun in [[], frame(1, [65]) { $0.isFinal = false }, [0x81]] {
        let half = try SocketClient(port: port)
        half.send(begun)
        half.tcp.finish()
        while half.frame() != nil {}
      }
    }
    try await server.stop()
  }

  @Test func `what asks wrongly is refused in HTTP, and the connection ends with the answer`() async throws {
    let server = try await MarketServer.start()
    let port = server.port
    #expect(try await server.request("GET", "/v1/ws").status == 426)
    #expect(try await server.request("POST", "/v1/ws").status == 405)
    try await TestServer.blocking {
      func ask(_ path: String, _ headers: [String]) throws -> TCPClient {
        let client = try TCPClient(port: port)
        client.get(path, headers)
        while client.read() {}
        return client
      }
      let handshake = SocketClient.handshake
      let old = try ask("/v1/ws", handshake.filter { !$0.contains("Version") } + ["Sec-WebSocket-Version: 8"])
      #expect(old.head.contains(" 426 ") && old.head.lowercased().contains("sec-websocket-version: 13"))
      let keyless = try ask("/v1/ws", handshake.dropLast() + ["Sec-WebSocket-Key: short"])
      #expect(keyless.head.contains(" 400 ") && keyless.head.contains("application/problem+json"))
      #expect(try ask("/v1/ws?x=1", handshake).head.contains(" 400 "))
      // An upgrade of what cannot be upgraded is answered as if it had not been asked for.
      let elsewhere = try ask("/healthz", ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"])
      #expect(elsewhere.head.contains(" 200 ") && elsewhere.head.lowercased().contains("connection: close"))
      #expect(String(decoding: elsewhere.received, as: UTF8.self).hasSuffix(#"{"status":"ok"}"#))
      // On a connection that has carried other requests, too.
      let kept = try TCPClient(port: port)
      kept.get("/healthz")
      while !String(decoding: kept.received, as: UTF8.self).hasSuffix("}") { if !kept.read() { break } }
      kept.get("/v1/ws", handshake)
      while !String(decoding: kept.received, as: UTF8.self).contains(" 101 ") { if !kept.read() { break } }
      #expect(String(decoding: kept.received, as: UTF8.self).contains(" 101 "))
    }
    try await server.stop()
  }

  @Test func `a key is needed where keys are, and pages of other sites get none`() async throws {
    var random = SeededGenerator.forTest("socket keys")
    var ring = KeyRing()
    let key = try ring.add("r", .reader, using: &random)
    let rules = AccessControl.Rules(keys: ring, origins: ["https://charts.example.com"])
    let server = try await TestServer.start(MarketServer.sql) { $0.access = rules }
    let port = server.port
    try await TestServer.blocking {
      func head(_ headers: [String]) throws -> String {
        let client = try TCPClient(port: port)
        client.get("/v1/ws", SocketClient.handshake + headers)
        while !client.hasHead { if !client.read() { break } }
        return client.head.lowercased()
      }
      let named = "Sec-WebSocket-Protocol: wick.v1, wick.key.\(key)"
      #expect(try head([]).contains(" 401 "))
      #expect(try head(["Sec-WebSocket-Protocol: wick.v1, wick.key.forged"]).contains(" 401 "))
      #expect(try head(["X-API-Key: \(key)"]).contains(" 101 "))
      #expect(try head(["Authorization: Bearer \(key)"]).contains(" 101 "))
      let answer = try head([named])
      #expect(answer.contains(" 101 ") && answer.contains("sec-websocket-protocol: wick.v1\r\n") && !answer.contains("wick.key"))
      #expect(try head([named, "Origin: https://evil.example.com"]).contains(" 403 "))
      #expect(try head([named, "Origin: null"]).contains(" 403 "))
      #expect(try head([named, "Origin: https://charts.example.com"]).contains(" 101 "))
      #expect(try head([named, "Origin: http://127.0.0.1"]).contains(" 101 "))
      // Elsewhere it is no key.
      let client = try TCPClient(port: port)
      client.get("/v1/stats", [named])
      #expect(client.read() && client.head.contains(" 401 "))
    }
    try await server.stop()
  }

  @Test func `a service that ends says so`() async throws {
    let server = try await MarketServer.start()
    let port = server.port
    let client = try await TestServer.blocking {
      let client = try SocketClient(port: port)
      client.send(#"{"op":"ping"}"#)
      #expect(try client.message("pong") != nil)
      return UnsafeSender(client)
    }
    async let closing = TestServer.blocking {
      let code = client.value.closing()?.code
      client.value.tcp.finish()
      return code
    }
    try await server.stop()
    #expect(try await closing == 1001)
  }

  static let key = SeriesKey(venue: "v", symbol: "S", interval: "1m")

  private func candle(_ revision: Int) -> CandleRow { Self.candle(revision) }

  static func candle(_ revision: Int) -> CandleRow {
    let one = FixedDecimal(unscaled: 1, scale: 0)
    return CandleRow(
      start: 0, end: 60_000, open: one, high: one, low: one, close: one, volume: one, quoteVolume: one, vwap: nil, trades: 1,
      revision: Int32(revision))
  }
}

/// Hands a client from one thread to the next, which alone uses it from then on.
struct UnsafeSender<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }
}
