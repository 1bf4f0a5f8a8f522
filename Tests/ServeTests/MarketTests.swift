import Foundation
import JSON
import Testing

@testable import Serve

@Suite struct `The market over HTTP` {
  private static let path = "/v1/candles?symbol=BTC-USDT&interval=1m"

  private func starts(_ json: JSONValue) -> [Int64] {
    json["candles"]?.arrayValue?.compactMap { ($0["start"]?.int64Value).map { ($0 - MarketServer.first) / 60_000 } } ?? []
  }

  @Test func `candles, late trades, the audit and lags are those of the worker`() async throws {
    let server = try await MarketServer.start()
    #expect(try await server.request("GET", "/readyz").status == 503)
    #expect(try await server.request("GET", "/healthz").status == 200)
    try await MarketServer.run(server, MarketServer.records)
    let reply = try await MarketServer.eventually(server, Self.path) { starts(try $0.json).count == 5 }
    let candle = try reply.json["candles"]?.arrayValue?[1]
    let expected: JSONValue = [
      "venue": "binance", "symbol": "BTC-USDT", "interval": "1m", "start": .int(MarketServer.first + 60_000),
      "end": .int(MarketServer.first + 120_000), "open": "102.5", "high": "103.5", "low": "102.5", "close": "103.5",
      "volume": "0.5", "quote_volume": "51.5", "vwap": "103", "trades": 2, "final": true, "revision": 0,
    ]
    #expect(candle == expected)
    let symbols = try await server.request("GET", "/v1/symbols").json
    #expect(symbols == ["symbols": [["venue": "binance", "symbol": "BTC-USDT", "intervals": ["1m"]]]])
    let late = try await MarketServer.eventually(server, "/v1/late") { try $0.json["late"]?.arrayValue?.count == 2 }
    let trades = try late.json["late"]?.arrayValue ?? []
    let one: JSONValue = [
      "time": .int(MarketServer.first + 1_000), "venue": "binance", "symbol": "BTC-USDT", "trade_id": 100, "price": "99",
      "quantity": "3", "reason": "late", "lateness_ms": 329_000, "query": "CTAS_CANDLES_1M",
    ]
    #expect(trades.contains(one))
    #expect(trades.contains { $0["reason"] == "undecodable" && $0["symbol"] == .null && $0["lateness_ms"] == .null })
    let audit = try await MarketServer.eventually(server, "/v1/audit") { try $0.json["rows"]?.arrayValue?.isEmpty == false }
    let row: JSONValue = [
      "query": "CTAS_CANDLES_1M", "input": 15, "in_windows": 12, "late": 1, "duplicate": 1, "invalid": 1, "filtered": 0,
      "holds": true,
    ]
    #expect(try audit.json == ["holds": true, "rows": [row]])
    let stats = try await MarketServer.eventually(server, "/v1/stats") {
      let query = try $0.json["queries"]?.arrayValue?.first
      return query?["lag"] == 0 && query?["stream_time"]?.int64Value != nil
    }
    let query = try stats.json["queries"]?.arrayValue?.first
    #expect(query?["state"] == "UNRESPONSIVE")
    #expect(query?["stream_time"] == .int(MarketServer.first + 330_000))
    #expect(query?["freshness_ms"]?.int64Value ?? 0 > 0)
    let names = try stats.json["topics"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
    #expect(names.contains("\(server.name)-trades"))
    let ready = try await MarketServer.eventually(server, "/readyz") { $0.status == 200 }
    #expect(try ready.json == ["ready": true, "reasons": []])
    try await server.stop()
  }

  @Test func `a range, a limit and cursors cut candles, as JSON and as CSV, and what has not changed is not sent again`()
    async throws
  {
    let server = try await MarketServer.start()
    try await MarketServer.run(server, MarketServer.records)
    _ = try await MarketServer.eventually(server, Self.path) { starts(try $0.json).count == 5 }
    func ask(_ more: String) async throws -> JSONValue { try await server.request("GET", Self.path + more).json }
    #expect(starts(try await ask("&limit=2")) == [3, 4])
    #expect(starts(try await ask("&from=2024-08-09T00:01:00Z&to=\(MarketServer.first + 180_000)")) == [1, 2])
    #expect(starts(try await ask("&venue=kraken")).isEmpty)
    var all: [Int64] = []
    var cursor: String? = nil
    repeat {
      let page = try await ask("&from=2024-08-09&limit=2" + (cursor.map { "&cursor=\($0)" } ?? ""))
      all += starts(page)
      cursor = page["next"]?.stringValue
    } while cursor != nil && all.count < 100
    #expect(all == [0, 1, 2, 3, 4])
    let csv = try await server.request("GET", Self.path + "&limit=1", accept: "text/csv")
    #expect(csv.type.hasPrefix("text/csv"))
    let start = MarketServer.first + 240_000
    #expect(
      csv.body == """
        venue,symbol,interval,start,end,open,high,low,close,volume,quote_volume,vwap,trades,final,revision\r
        binance,BTC-USDT,1m,\(start),\(start + 60_000),108.5,109.5,108.5,109.5,0.5,54.5,109,2,true,0\r

        """)
    let tag = try #require(try await server.request("GET", Self.path).headers["etag"])
    #expect(try await server.request("GET", Self.path, headers: ["If-None-Match": tag]).status == 304)
    #expect(try await server.request("GET", Self.path, headers: ["If-None-Match": "\"x\", W/\(tag)"]).status == 304)
    #expect(try await server.request("GET", Self.path, headers: ["If-None-Match": "\"x\""]).status == 200)
    try await server.stop()
  }

  @Test func `the candle that is still forming is shown as such, until the query's own comes`() async throws {
    let server = try await MarketServer.start { $0.previewTrades = 1000 }
    try await MarketServer.run(server, MarketServer.records)
    _ = try await MarketServer.eventually(server, "/readyz") { $0.status == 200 }
    let path = Self.path + "&limit=1"
    let forming = try await MarketServer.eventually(server, path) {
      try $0.json["candles"]?.arrayValue?.first?["final"] == false && $0.body.contains("\"trades\":2")
    }
    let candle = try forming.json["candles"]?.arrayValue?.first
    #expect(candle?["start"] == .int(MarketServer.first + 300_000))
    #expect(candle?["open"] == "110.5" && candle?["close"] == "111.5" && candle?["vwap"] == "111")
    try await MarketServer.run(server, [MarketServer.trade(12, MarketServer.first + 400_000, price: "1", quantity: "1")])
    let path2 = Self.path + "&from=\(MarketServer.first + 300_000)"
    let closed = try await MarketServer.eventually(server, path2) {
      try $0.json["candles"]?.arrayValue?.map { $0["final"] } == [true, false]
    }
    #expect(try closed.json["candles"]?.arrayValue?.first?["vwap"] == "111")
    try await server.stop()
  }

  @Test func `bad questions are told what is wrong with them`() async throws {
    let server = try await MarketServer.start()
    let cases: [(path: String, status: Int)] = [
      ("/v1/candles", 400), ("/v1/candles?symbol=A", 400), ("/v1/candles?symbol=A&interval=x", 400),
      (Self.path + "&from=5&to=5", 400), (Self.path + "&limit=0", 400), (Self.path + "&limit=5001", 400),
      (Self.path + "&limit=99999999999999999999", 400), (Self.path + "&from=yesterday", 400), (Self.path + "&cursor=x", 400),
      (Self.path + "&symbol=B", 400), (Self.path + "&drop=1", 400), (Self.path + "&venue=%ff", 400),
      (Self.path + "&format=xml", 400), ("/v1/late?limit=-1", 400), ("/v1/stats?x=1", 400), ("/v1/nothing", 404), ("/v1/", 404),
      ("/v1/%2e%2e/etc/passwd", 404),
    ]
    for one in cases {
      let reply = try await server.request("GET", one.path)
      #expect(reply.status == one.status, "\(one.path)")
      #expect(reply.type == "application/problem+json", "\(one.path)")
      #expect(try reply.json["status"] == .int(one.status))
      #expect(try reply.json["detail"]?.stringValue?.isEmpty == false)
    }
    #expect(try await server.request("GET", Self.path, accept: "image/png").status == 406)
    #expect(try await server.request("POST", "/v1/candles", "{}").status == 405)
    #expect(try await server.request("GET", "/v1/candles", headers: ["Origin": "http://example.com"]).status == 403)
    #expect(try await server.request("GET", "/v1/metadata").status == 200)
    try await server.stop()
  }
}
