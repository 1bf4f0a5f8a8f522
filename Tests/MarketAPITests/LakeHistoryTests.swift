import Iceberg
import Testing

@testable import MarketAPI

/// A lake of several hundred files, each of one minute: what a question opens of it.
@Suite struct `The lake as history` {
  private static let minutes: Int64 = 300

  private func lake() throws -> LakeFixture {
    let lake = try LakeFixture()
    for minute in 0..<Self.minutes {
      try lake.write(minute: minute, symbols: minute == 7 ? ["BTC-USDT", "DOGE-USDT", "ETH-USDT"] : ["BTC-USDT", "ETH-USDT"])
      if minute % 20 == 19 { try lake.commit() }
    }
    return lake
  }

  private func history(
    _ lake: LakeFixture, _ opened: Opened, store: any FileStore = LocalFileStore(durable: false),
    _ change: (inout LakeHistory.Limits) -> Void = { _ in }
  ) -> LakeHistory {
    var limits = LakeHistory.Limits()
    change(&limits)
    return LakeHistory(folder: lake.folder, limits: limits, store: store) { opened.add($0) }
  }

  @Test func `questions open the files of their time, pages end where the limit does, and series are found bit by bit`() throws {
    let lake = try lake()
    try anHour(lake)
    try newest(lake)
    try pages(lake)
    try series(lake)
    try manifests(lake)
  }

  private func anHour(_ lake: LakeFixture) throws {
    let opened = Opened()
    let history = history(lake, opened)
    let answer = try history.candles(LakeFixture.query(100..<160))
    #expect(answer.candles.lakeMinutes == Array(100..<160) && answer.end == nil)
    #expect(Set(opened.take()) == Set((100..<160).flatMap { lake.paths[$0] ?? [] }))
    #expect(try history.candles(LakeFixture.query(100..<160, symbol: "AAA")).candles.isEmpty && opened.take().isEmpty)
    #expect(try history.candles(LakeFixture.query(1000..<2000)).candles.isEmpty && opened.take().isEmpty)
    var other = LakeFixture.query(0..<300)
    other.interval = "1h"
    #expect(try history.candles(other).candles.isEmpty && opened.take().isEmpty)
  }

  private func newest(_ lake: LakeFixture) throws {
    let opened = Opened()
    let answer = try history(lake, opened).candles(LakeFixture.query(0..<Self.minutes, limit: 10, newest: true))
    #expect(answer.candles.lakeMinutes == Array(289..<300))
    #expect((11...15).contains(opened.take().count))
    let cut = try history(lake, opened) { $0.files = 5 }.candles(LakeFixture.query(0..<Self.minutes, limit: 10, newest: true))
    #expect(cut.candles.lakeMinutes == Array(295..<300) && opened.take().count == 5)
    #expect(cut.end == (LakeFixture.first + 294) * 60_000)
  }

  private func pages(_ lake: LakeFixture) throws {
    let opened = Opened()
    for change: (inout LakeHistory.Limits) -> Void in [{ $0.files = 40 }, { $0.rows = 80 }] {
      let history = history(lake, opened, change)
      var query = LakeFixture.query(3..<Self.minutes)
      var found: [NamedCandle] = []
      var pages = 0
      while pages < 100 {
        pages += 1
        let answer = try history.candles(query)
        #expect(opened.take().count <= 40)
        let page = query.page(answer.candles, end: answer.end)
        found += page.candles
        guard let next = page.next else { break }
        query.after = next
        query.range = next.start..<query.range.upperBound
      }
      #expect(found.lakeMinutes == Array(3..<Self.minutes) && (8...9).contains(pages))
    }
  }

  private func series(_ lake: LakeFixture) throws {
    let opened = Opened()
    let history = history(lake, opened) { $0.seriesFiles = 120 }
    func symbols() throws -> [String] { try history.series().map(\.symbol).sorted() }
    #expect(try symbols() == ["BTC-USDT", "ETH-USDT"] && opened.take().count == 120)
    #expect(try symbols() == ["BTC-USDT", "ETH-USDT"] && opened.take().count == 120)
    #expect(try symbols() == ["BTC-USDT", "DOGE-USDT", "ETH-USDT"] && opened.take().count == 60)
    #expect(try symbols() == ["BTC-USDT", "DOGE-USDT", "ETH-USDT"] && opened.take().isEmpty)
    // One series alone is told by a file's bounds.
    try lake.write(minute: Self.minutes, symbols: ["SOL-USDT"])
    try lake.commit()
    #expect(try symbols() == ["BTC-USDT", "DOGE-USDT", "ETH-USDT", "SOL-USDT"] && opened.take().isEmpty)
  }

  private func manifests(_ lake: LakeFixture) throws {
    let store = WatchedStore()
    let history = history(lake, Opened(), store: store)
    let query = LakeFixture.query(Self.minutes..<Self.minutes + 1, symbol: "SOL-USDT")
    #expect(try history.candles(query).candles.count == 1)
    // The metadata, the list, and each commit's manifest.
    #expect(store.reads.take().count == 2 + 16)
    #expect(try history.candles(query).candles.count == 1 && store.reads.take().isEmpty)
    try lake.write(minute: Self.minutes, symbols: ["SOL-USDT"], revision: 1)
    try lake.commit()
    #expect(try history.candles(query).candles.map(\.candle.revision) == [1])
    #expect(store.reads.take().count == 3)
  }

  @Test func `where too many files hold one window, that is told`() throws {
    let lake = try LakeFixture()
    for revision in 0..<12 as Range<Int64> { try lake.write(minute: 0, revision: revision) }
    try lake.commit()
    let opened = Opened()
    #expect(try history(lake, opened).candles(LakeFixture.query(0..<1)).candles.map(\.candle.revision) == [11])
    for isNewest in [false, true] {
      #expect(throws: Problem.self) {
        try history(lake, opened) { $0.files = 10 }.candles(LakeFixture.query(0..<1, newest: isNewest))
      }
    }
    #expect(try LakeHistory(folder: lake.folder + "/none").series().isEmpty)
  }

  @Test func `rows beyond what an answer needs are not held`() throws {
    let unknown = HistoryFile(DataFile(path: "p", partition: [], specID: 0, recordCount: 1, fileSize: 1), Schema(fields: []))
    for isNewest in [false, true] {
      var rows = HistoryRows(query: LakeFixture.query(0..<1000, limit: 10, newest: isNewest))
      for minute in 0..<1000 as Range<Int64> {
        try rows.add(LakeFixture.batch(minute: minute, symbols: ["BTC-USDT"]))
        let isNeeded = rows.needs(unknown)
        #expect(isNeeded && rows.count <= 24)
      }
      let kept = rows.query.cut(rows.candles).lakeMinutes
      #expect(kept == (isNewest ? Array(989..<1000) : Array(0..<11)))
    }
  }
}
