import Market
import TestSupport
import Testing

@testable import MarketAPI

@Suite struct `The seam between topic and lake` {
  @Test func `every window is there once, and the topic's where both have it`() {
    var random = SeededGenerator.forTest("seam")
    for _ in 0..<300 {
      let liveFrom = Int64.random(in: 0..<40, using: &random)
      let historyTo = Int64.random(in: liveFrom...60, using: &random)
      let all = (0..<60).filter { _ in Bool.random(using: &random) }.map { Int64($0) }
      let live = all.filter { $0 >= liveFrom }.map { NamedCandle(CandleMaker.key, CandleMaker.candle($0, price: 2)) }
      let history = all.filter { $0 < historyTo }.map { NamedCandle(CandleMaker.key, CandleMaker.candle($0, price: 1)) }
      let from = Bool.random(using: &random) ? nil : Int64.random(in: 0..<60, using: &random)
      let limit = Int.random(in: 1...30, using: &random)
      let query = CandleMaker.query(from: from, to: Int64.random(in: 60...70, using: &random), limit: limit)
      let joined = query.join(live: query.cut(live), history: query.cut(history))
      let page = query.page(joined).candles
      let wanted = all.filter { $0 >= from ?? 0 }
      #expect(page.minutes == Array(from == nil ? wanted.suffix(limit) : wanted.prefix(limit)))
      for one in page {
        #expect(one.candle.close.description == (one.candle.start >= liveFrom * 60_000 ? "2" : "1"))
      }
    }
  }

  @Test func `pages joined by their cursors are the whole, also where venues share a start`() throws {
    var candles: [NamedCandle] = []
    for minute in 0..<20 {
      for venue in ["binance", "coinbase", "kraken"] {
        let key = SeriesKey(venue: venue, symbol: "BTC-USDT", interval: "1m")
        candles.append(NamedCandle(key, CandleMaker.candle(Int64(minute))))
      }
    }
    for limit in [1, 2, 7, 60, 100] {
      var query = CandleMaker.query(from: 0, limit: limit, venue: nil)
      var pages: [NamedCandle] = []
      while true {
        let page = query.page(query.cut(candles))
        pages += page.candles
        guard let next = page.next else { break }
        let text = next.text(for: "question")
        let cursor: CandleCursor = try #require(CandleCursor(text, for: "question"))
        query.after = cursor
        query.range = next.start..<query.range.upperBound
      }
      #expect(pages == candles)
    }
  }

  @Test func `a cursor of another question, a forged one and any damage are refused`() {
    var random = SeededGenerator.forTest("cursor")
    let text = CandleCursor(start: 60_000, venue: "bi nance").text(for: "a")
    #expect(CandleCursor(text, for: "a") == CandleCursor(start: 60_000, venue: "bi nance"))
    #expect(CandleCursor(text, for: "b") == nil)
    for _ in 0..<500 {
      var bytes = Array(text.utf8)
      bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0x21...0x7e, using: &random)
      let damaged = String(decoding: bytes, as: UTF8.self)
      #expect(damaged == text || CandleCursor(damaged, for: "a") == nil)
    }
    for junk in ["", "====", "AAAA", "MA", "💥", String(repeating: "A", count: 5000)] {
      #expect(CandleCursor(junk, for: "a") == nil)
    }
  }

  @Test func `the lake is left alone where the topic has the whole answer`() {
    let live = (10..<20).map { NamedCandle(CandleMaker.key, CandleMaker.candle($0)) }
    func needed(_ query: CandleQuery, floor: Int64? = 10 * 60_000) -> Bool {
      MarketRoutes.needsHistory(query, query.cut(live), floor: floor)
    }
    #expect(!needed(CandleMaker.query(limit: 5)))
    #expect(needed(CandleMaker.query(limit: 10)))
    #expect(!needed(CandleMaker.query(from: 10)))
    #expect(needed(CandleMaker.query(from: 9)))
    #expect(needed(CandleMaker.query(limit: 5), floor: nil))
  }
}
