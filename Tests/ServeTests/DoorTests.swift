import HTTPServing
import JSON
import Logging
import Market
import Synchronization
import Synchronization
import TestSupport
import Testing
import Tokens

@testable import MarketAPI
@testable import Serve

@Suite struct `The door of the server` {
  private static let path = "/v1/candles?symbol=BTC-USDT&interval=1m"

  @Test func `keys let in by role, and the page and the health checks need none`() async throws {
    var random = SeededGenerator.forTest("door")
    var ring = KeyRing()
    let reader = try ring.add("r", .reader, using: &random)
    let owner = try ring.add("o", .operator, using: &random)
    let rules = AccessControl.Rules(keys: ring)
    let server = try await TestServer.start(MarketServer.sql) { $0.access = rules }
    func get(_ path: String, _ key: String?) async throws -> TestServer.Reply {
      try await server.request("GET", path, headers: key.map { ["Authorization": "Bearer \($0)"] } ?? [:])
    }
    for path in ["/", "/dashboard.js", "/healthz", "/readyz"] { #expect(try await get(path, nil).status != 401, "\(path)") }
    for path in ["/v1/stats", "/v1/stream", "/metrics", "/info", "/v1/openapi.json", "/nothing"] {
      let refused = try await get(path, nil)
      #expect(refused.status == 401 && refused.headers["www-authenticate"] == "Bearer", "\(path)")
      #expect(try await get(path, "wick_forged").status == 401)
    }
    #expect(try await get("/v1/stats", reader).status == 200)
    #expect(try await server.request("GET", "/v1/stats", headers: ["X-API-Key": owner]).status == 200)
    let statement = #"{"ksql":"SHOW QUERIES;"}"#
    let refused = try await server.request("POST", "/ksql", statement, headers: ["X-API-Key": reader])
    #expect(refused.status == 403 && !refused.body.contains(reader))
    #expect(try await server.request("POST", "/ksql", statement, headers: ["X-API-Key": owner]).status == 200)
    try await server.stop()
  }

  @Test(.enabled(if: TestCertificates.isInstalled, "openssl is not installed"))
  func `tokens let in by role, each refusal has its reason, and keys go on to be taken`() async throws {
    var random = SeededGenerator.forTest("tokens")
    var ring = KeyRing()
    let key = try ring.add("r", .reader, using: &random)
    let tokens = TokenVerifier(try await TokenKeys(TestTokens.set), audience: "wick", issuer: nil)
    let rules = AccessControl.Rules(keys: ring, tokens: tokens)
    let server = try await TestServer.start(MarketServer.sql) { configuration in
      configuration.access = rules
      configuration.now = { 1_700_000_000_000 }
    }
    func get(_ path: String, _ token: String, method: String = "GET", _ body: String? = nil) async throws -> TestServer.Reply {
      try await server.request(method, path, body, headers: ["Authorization": "Bearer \(token)"])
    }
    let reader = try TestTokens.hs256(#"{"exp":1700000100,"aud":"wick","sub":"anna","role":"reader"}"#)
    let owner = try TestTokens.hs256(#"{"exp":1700000100,"aud":"wick","sub":"otto","role":"operator"}"#)
    #expect(try await get("/v1/stats", reader).status == 200)
    #expect(try await get("/v1/stats", key).status == 200)
    let statement = #"{"ksql":"SHOW QUERIES;"}"#
    #expect(try await get("/ksql", owner, method: "POST", statement).status == 200)
    let refused = try await get("/ksql", reader, method: "POST", statement)
    #expect(refused.status == 403 && refused.headers["www-authenticate"] == #"Bearer error="insufficient_scope""#)
    #expect(!refused.body.contains("anna"))
    var reasons: Set<String> = []
    let wrong =
      try [
        #"{"exp":1600000000,"aud":"wick","sub":"anna","role":"reader"}"#,
        #"{"exp":1700000100,"nbf":1700000090,"aud":"wick","sub":"anna","role":"reader"}"#,
        #"{"exp":1700000100,"aud":"other","sub":"anna","role":"reader"}"#, #"{"exp":1700000100,"aud":"wick","sub":"anna"}"#,
        #"{"exp":1700000100,"aud":"wick","sub":"anna","role":"root"}"#,
      ].map(TestTokens.hs256) + [reader.dropLast(4) + "AAAA", "a.b.c"]
    for token in wrong {
      let reply = try await get("/v1/stats", token)
      #expect(reply.status == 401 && reply.type.hasPrefix("application/problem+json"), "\(token): \(reply.body)")
      #expect(reply.headers["www-authenticate"] == #"Bearer error="invalid_token""#)
      #expect(!reply.body.contains("anna") && !reply.body.contains(token.suffix(20)))
      reasons.insert(try reply.json["detail"]?.stringValue ?? "")
    }
    #expect(reasons.count == 6, "\(reasons)")
    // A token is no API key.
    #expect(try await server.request("GET", "/v1/stats", headers: ["X-API-Key": reader]).status == 401)
    // Longer than a head may be.
    let giant = try? await get("/v1/stats", "a.b." + String(repeating: "x", count: 64 << 10))
    #expect(giant.map { (400..<500).contains($0.status) } ?? true)
    #expect(try await get("/v1/stats", reader).status == 200)
    try await server.stop()
  }

  @Test(.enabled(if: TestCertificates.isInstalled, "openssl is not installed"))
  func `streams end when their token has expired or their key was taken back, and others go on`() async throws {
    var random = SeededGenerator.forTest("taken back")
    var ring = KeyRing()
    let kept = try ring.add("kept", .reader, using: &random)
    let left = ring
    let taken = try ring.add("taken", .reader, using: &random)
    let tokens = TokenVerifier(try await TokenKeys(TestTokens.set), audience: "wick", issuer: nil)
    let time = TestClock(1_700_000_000_000)
    var rules = AccessControl.Rules(keys: ring, tokens: tokens)
    rules.recheck = 100
    let server = try await TestServer.start(MarketServer.sql) { [rules] configuration in
      configuration.access = rules
      configuration.now = { time.now }
    }
    let token = try TestTokens.hs256(#"{"exp":1700000100,"aud":"wick","sub":"anna","role":"reader"}"#)
    let port = server.port
    @Sendable func open(_ bearer: String) throws -> TCPClient {
      let client = try TCPClient(port: port)
      client.get("/v1/stream?every=20", ["Authorization: Bearer \(bearer)"])
      #expect(client.read(until: "event: status"))
      return client
    }
    rules.keys = left
    try await TestServer.blocking { [rules] in
      let (expiring, losing, going) = (try open(token), try open(taken), try open(kept))
      server.admit(rules)
      #expect(Self.ends(losing))
      time.set(1_700_000_161_000)
      #expect(Self.ends(expiring))
      let before = going.events.count
      while going.events.count < before + 2 { try #require(going.read()) }
      let again = try TCPClient(port: port)
      again.get("/v1/stream", ["Authorization: Bearer \(token)"])
      while !again.head.contains(" 401 ") { try #require(again.read()) }
    }
    try await server.stop()
  }

  /// Whether the server closes a connection before it has told of its status six times more.
  private static func ends(_ client: TCPClient) -> Bool {
    let told = client.events.count
    while client.read() { if client.events.count > told + 6 { return false } }
    return true
  }

  @Test func `who asks too often is told when to come again`() async throws {
    let server = try await TestServer.start(MarketServer.sql) { $0.access = .init(rate: 0.001, burst: 3) }
    for _ in 0..<3 { #expect(try await server.request("GET", "/healthz").status == 200) }
    let refused = try await server.request("GET", "/healthz")
    #expect(refused.status == 429)
    #expect(refused.headers["retry-after"].flatMap { Int($0) } ?? 0 > 100)
    try await server.stop()
  }

  @Test func `pages of sites on the list may ask, and no others`() async throws {
    let friend = "https://charts.example.com"
    let server = try await TestServer.start(MarketServer.sql) { $0.access.origins = [friend] }
    let allowed = try await server.request("GET", "/v1/symbols", headers: ["Origin": friend])
    #expect(allowed.status == 200 && allowed.headers["access-control-allow-origin"] == friend)
    let preflight = try await server.request("OPTIONS", "/v1/symbols", headers: ["Origin": friend])
    #expect(preflight.status == 204 && preflight.headers["access-control-allow-headers"]?.contains("Authorization") == true)
    for origin in ["https://other.example.com", "null", "https://charts.example.com.evil.com"] {
      let refused = try await server.request("GET", "/v1/symbols", headers: ["Origin": origin])
      #expect(refused.status == 403 && refused.headers["access-control-allow-origin"] == nil)
    }
    try await server.stop()
  }

  @Test func `giant heads and heads that never end are cut off, and others are answered`() async throws {
    var limits = HTTPLimits()
    limits.idleMilliseconds = 300
    let server = try await TestServer.start(MarketServer.sql) { [limits] in $0.limits = limits }
    let port = server.port
    #expect(try await server.request("GET", Self.path + "&venue=" + String(repeating: "a", count: 9000)).status == 414)
    try await TestServer.blocking {
      let slow = try TCPClient(port: port)
      slow.send("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A")
      // Ends when the server has closed the connection: a drop now and then does not keep it open.
      while slow.read() {}
      #expect(slow.received.isEmpty || slow.head.contains(" 4"))
      let giant = try TCPClient(port: port)
      giant.send("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + String(repeating: "a", count: 100_000) + "\r\n\r\n")
      while giant.read() {}
      #expect(!giant.head.contains(" 200"))
      let junk = try TCPClient(port: port)
      junk.send("\u{1}\u{2}\u{3} nonsense\r\n\r\n")
      while junk.read() {}
      #expect(!junk.head.contains(" 200"))
    }
    #expect(try await server.request("GET", "/healthz").status == 200)
    try await server.stop()
  }

  @Test func `what the topic no longer holds comes from the lake, each window once`() async throws {
    let history = StoredHistory(minutes: -3..<2)
    let server = try await MarketServer.start { $0.history = history }
    try await MarketServer.run(server, MarketServer.records)
    _ = try await MarketServer.eventually(server, "/readyz") { $0.status == 200 }
    let reply = try await MarketServer.eventually(server, Self.path + "&venue=binance") {
      try $0.json["candles"]?.arrayValue?.count == 8
    }
    let candles = try reply.json["candles"]?.arrayValue ?? []
    let starts = candles.compactMap { $0["start"]?.int64Value.map { ($0 - MarketServer.first) / 60_000 } }
    #expect(starts == Array(-3..<5))
    let symbols = try await server.request("GET", "/v1/symbols").json["symbols"]?.arrayValue ?? []
    #expect(symbols.map { $0["symbol"]?.stringValue } == ["BTC-USDT", "OLD-USDT"])
    #expect(candles.map { $0["open"] == "1" } == [true, true, true] + Array(repeating: false, count: 5))
    try await server.stop()
  }
}

/// A lake that cannot be read.
private struct BrokenHistory: CandleHistory {
  struct Broken: Error {}
  func candles(_ query: CandleQuery) throws -> HistoryAnswer { throw Broken() }
  func series() throws -> Set<SeriesKey> { throw Broken() }
}

/// Keeps the log's lines.
private struct KeptLog: LogHandler {
  let lines: Lines
  var logLevel = Logger.Level.error
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    lines.all.withLock { $0.append("\(event.message) \(event.metadata?["path"] ?? "") \(event.metadata?["error"] ?? "")") }
  }

  final class Lines: Sendable {
    let all = Mutex<[String]>([])
  }
}

@Suite struct `Failures of the server itself` {
  @Test func `are told in the log, and not to the client`() async throws {
    let lines = KeptLog.Lines()
    let server = try await MarketServer.start { configuration in
      configuration.history = BrokenHistory()
      configuration.logger = Logger(label: "test") { _ in KeptLog(lines: lines) }
    }
    for path in ["/v1/symbols", "/v1/candles?symbol=BTC-USDT&interval=1m"] {
      let reply = try await server.request("GET", path)
      #expect(reply.status == 500 && reply.type == "application/problem+json" && !reply.body.contains("Broken"))
    }
    #expect(
      lines.all.withLock { $0 } == [
        "a request could not be answered /v1/symbols Broken()", "a request could not be answered /v1/candles Broken()",
      ])
    try await server.stop()
  }
}

/// A wall clock that goes as it is told.
private final class TestClock: Sendable {
  private let time: Mutex<Int64>

  init(_ time: Int64) { self.time = Mutex(time) }

  var now: Int64 { time.withLock { $0 } }

  func set(_ new: Int64) { time.withLock { $0 = new } }
}

/// A lake of candles at price 1.
struct StoredHistory: CandleHistory {
  var minutes: Range<Int64>

  func series() -> Set<SeriesKey> { [SeriesKey(venue: "binance", symbol: "OLD-USDT", interval: "1m")] }

  func candles(_ query: CandleQuery) -> HistoryAnswer {
    let one = FixedDecimal(unscaled: 1, scale: 0)
    let key = SeriesKey(venue: "binance", symbol: "BTC-USDT", interval: "1m")
    return HistoryAnswer(
      query.cut(
        minutes.map { minute in
          let start = MarketServer.first + minute * 60_000
          return NamedCandle(
            key,
            CandleRow(
              start: start, end: start + 60_000, open: one, high: one, low: one, close: one, volume: one, quoteVolume: one,
              vwap: one, trades: 1))
        }))
  }
}
