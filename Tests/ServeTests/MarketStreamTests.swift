import JSON
import Market
import Testing

@testable import MarketAPI
@testable import Serve

@Suite struct `Following the market` {
  private static let path = "/v1/stream?symbol=BTC-USDT&interval=1m&every=20&late=1"

  /// Starts of windows in the first event of a name after some event.
  private func minutes(_ event: (name: String, id: String, data: String)) throws -> [Int64] {
    try JSONValue(parsing: event.data)["candles"]?.arrayValue?.compactMap {
      $0["start"]?.int64Value.map { ($0 - MarketServer.first) / 60_000 }
    } ?? []
  }

  @Test func `a snapshot comes first, then what changes, and a new stream goes on where the old one ended`() async throws {
    let server = try await MarketServer.start()
    try await MarketServer.run(server, MarketServer.records)
    _ = try await MarketServer.eventually(server, "/v1/late") { try $0.json["late"]?.arrayValue?.count == 2 }
    _ = try await MarketServer.eventually(server, "/readyz") { $0.status == 200 }
    let port = server.port
    let (events, id) = try await TestServer.blocking { [self] in
      let client = try TCPClient(port: port)
      client.get(Self.path)
      #expect(client.read(until: "event: status"))
      #expect(client.head.contains("text/event-stream"))
      let events = client.events
      #expect(events.map(\.name) == ["snapshot", "late", "status"])
      #expect(try minutes(events[0]) == [0, 1, 2, 3, 4])
      #expect(try JSONValue(parsing: events[1].data)["late"]?.arrayValue?.count == 2)
      let status = try JSONValue(parsing: events[2].data)
      #expect(status["holds"] == true && status["queries"]?.arrayValue?.count == 1)
      return (events.count, events[events.count - 1].id)
    }
    #expect(events == 3)
    // Two more windows close while nobody follows.
    let more = (12..<17).map {
      MarketServer.trade($0, MarketServer.first + Int64($0) * 30_000, price: "7", quantity: "1")
    }
    try await MarketServer.run(server, more)
    _ = try await MarketServer.eventually(server, "/v1/candles?symbol=BTC-USDT&interval=1m&limit=1") {
      $0.body.contains("\(MarketServer.first + 360_000)")
    }
    try await TestServer.blocking { [self] in
      let client = try TCPClient(port: port)
      client.get(Self.path, ["Last-Event-ID: \(id)"])
      #expect(client.read(until: "event: status"))
      #expect(client.events.map(\.name) == ["candles", "status"])
      #expect(try minutes(client.events[0]) == [5, 6])
      // An id of another life of the service, and one that is none, begin with a snapshot.
      for other in ["elsewhere-3", "junk", "\(String(id.split(separator: "-")[0]))-999999"] {
        let client = try TCPClient(port: port)
        client.get(Self.path, ["Last-Event-ID: \(other)"])
        #expect(client.read(until: "event: status"))
        #expect(client.events.first?.name == "snapshot")
      }
    }
    try await server.stop()
  }

  @Test func `a client that does not read is told the last of each window once it does, and nothing is stored for it`()
    async throws
  {
    let server = try await MarketServer.start()
    let (state, port) = (server.service.market, server.port)
    try await TestServer.blocking { [self] in
      let client = try TCPClient(port: port)
      client.get("/v1/stream?symbol=S&every=20")
      #expect(client.read(until: "event: snapshot"))
      for revision in 1...5000 { state.change { $0.put(candle(revision), to: Self.key) } }
      #expect(client.read(until: "\"revision\":5000"))
      let told = client.events.filter { $0.name == "candles" }
      #expect(told.count < 100, "\(told.count) events tell of 5000 changes")
    }
    try await server.stop()
  }

  @Test func `streams are limited in number, series and form, and end with the service`() async throws {
    let server = try await MarketServer.start()
    let port = server.port
    #expect(try await server.request("GET", "/v1/stream?every=1").status == 400)
    #expect(try await server.request("GET", "/v1/stream", accept: "text/csv2").status == 406)
    server.service.market.change { board in
      for number in 0...100 { board.put(candle(1), to: SeriesKey(venue: "v", symbol: "S\(number)", interval: "1m")) }
    }
    #expect(try await server.request("GET", "/v1/stream").status == 400)
    let client = try await TestServer.blocking {
      let client = try TCPClient(port: port)
      client.get("/v1/stream?symbol=S1")
      #expect(client.read(until: "event: status"))
      return client
    }
    try await server.stop()
    try await TestServer.blocking { while client.read() {} }
  }

  private static let key = SeriesKey(venue: "v", symbol: "S", interval: "1m")

  private func candle(_ revision: Int) -> CandleRow {
    let one = FixedDecimal(unscaled: 1, scale: 0)
    return CandleRow(
      start: 0, end: 60_000, open: one, high: one, low: one, close: one, volume: one, quoteVolume: one, vwap: nil, trades: 1,
      revision: Int32(revision))
  }
}
