import Foundation
import Lake
import MarketAPI
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Everything in one process, as a newcomer starts it.
@Suite struct `wick up` {
  private func up(_ scene: Scene, _ source: String, _ more: [String] = []) -> [String] {
    [
      "up", "--source", source, "--data-dir", scene.data, "--listen", "127.0.0.1:0", "--registry-listen", "127.0.0.1:0",
      "--serve", "127.0.0.1:0",
    ] + more
  }

  private func check(_ scene: Scene, _ capture: Capture) throws {
    expectSame(try scene.trades(), capture.trades, "trades")
    for (name, width) in [("1s", 1000), ("1m", 60_000), ("5m", 300_000), ("1h", 3_600_000)] as [(String, Int64)] {
      expectSame(try scene.candles(name), Capture.candles(capture.rows, widthMillis: width), "candles of \(name)")
    }
    expectSame(try LakeRows(scene.lake, "bronze.late", ["symbol"]).rows.map { $0[0] }, [], "late records")
  }

  /// The lake's candles as `/v1` reads them, against those of the capture.
  private func checkHistory(_ scene: Scene, _ capture: Capture) throws {
    let history = LakeHistory(folder: scene.lake)
    let symbols = Set(try LakeRows(scene.lake, "silver.candles", ["venue", "symbol"]).rows)
    #expect(!symbols.isEmpty)
    for (name, width) in [("1s", 1000), ("1m", 60_000), ("1h", 3_600_000)] as [(String, Int64)] {
      var lines: [String] = []
      for names in symbols {
        let query = MarketAPI.CandleQuery(
          symbol: names[1], interval: name, venue: names[0], range: 0..<4_000_000_000_000, limit: 100_000, isNewest: false)
        let found = try history.candles(query).candles
        #expect(found == found.sorted(by: NamedCandle.precedes))
        lines += try found.map { try line($0.candle) }
        // Fewer than there are: the first of them, and the last.
        #expect(try history.candles(page(query, newest: false)).candles == Array(found.prefix(4)))
        #expect(try history.candles(page(query, newest: true)).candles == Array(found.suffix(4)))
      }
      let expected = Capture.candles(capture.rows, widthMillis: width).map {
        $0.split(separator: ",").dropFirst(2).prefix(8).joined(separator: ",")
      }
      expectSame(lines, expected, "candles of \(name) as history")
    }
    #expect(
      try LakeHistory(folder: scene.path("nowhere")).candles(
        page(
          MarketAPI.CandleQuery(
            symbol: "A", interval: "1m", range: 0..<1, limit: 1, isNewest: true), newest: true)
      ).candles.isEmpty)
    #expect(Set(try history.series().map { [$0.venue, $0.symbol] }) == symbols)
  }

  private func page(_ query: MarketAPI.CandleQuery, newest: Bool) -> MarketAPI.CandleQuery {
    var query = query
    (query.limit, query.isNewest) = (3, newest)
    return query
  }

  private func line(_ candle: CandleRow) throws -> String {
    let prices = try [candle.open, candle.high, candle.low, candle.close, candle.volume].map {
      Exact.text(try Exact.units("\($0)", scale: 8), scale: 8)
    }
    let quote = Exact.text(try Exact.units("\(candle.quoteVolume)", scale: 16), scale: 16)
    return (["\(candle.start)", "\(candle.end)"] + prices + [quote]).joined(separator: ",")
  }

  @Test func `a finite source ends with a summary, and again adds nothing`() throws {
    var random = SeededGenerator.forTest("up")
    let scene = try Scene(alone: true, startsBroker: false)
    let capture = Capture.random(8000, &random)
    let path = try scene.write("trades.csv", capture.text)
    let first = try scene.succeed(up(scene, path, ["--exit-when-done"]))
    for line in ["done with", "trades", "candles", "late", "duplicates", "invalid", "silver.candles", "duckdb", "pyiceberg"] {
      #expect(first.output.contains(line), "\(line) is not in \(first.output)")
    }
    #expect(first.output.contains("8,000"))
    try check(scene, capture)
    try checkHistory(scene, capture)
    let second = try scene.succeed(up(scene, path, ["--exit-when-done"]))
    #expect(second.output.contains("8,000 in all runs"), "\(second.output)")
    try check(scene, capture)
  }

  @Test func `an interrupt in the middle leaves cleanly, and a second start completes`() throws {
    var random = SeededGenerator.forTest("interrupted up")
    let scene = try Scene(alone: true, startsBroker: false)
    let capture = Capture.random(8000, &random)
    let path = try scene.write("trades.csv", capture.text)
    let process = try scene.start(up(scene, path, ["--exit-when-done", "--rate", "1000"]))
    while process.wait(seconds: 0.02) == nil, try rows(scene) == 0 {}
    process.send(SIGINT)
    #expect(process.wait(seconds: 60) == 0, "\(process.output)\(process.errors)")
    #expect(try (1..<8000).contains(rows(scene)), "interrupted too late to show anything")
    try scene.succeed(up(scene, path, ["--exit-when-done"]))
    try check(scene, capture)
  }

  private func rows(_ scene: Scene) throws -> Int {
    guard FileManager.default.fileExists(atPath: "\(scene.lake)/catalog.db") else { return 0 }
    return try scene.trades().count
  }
}
