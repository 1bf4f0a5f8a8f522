import Foundation
import Testing

/// Recorded trades through every process of the pipeline, against answers that were computed elsewhere.
@Suite(.enabled(if: Recorded.folder != nil)) struct `Recorded trades end to end` {
  @Test(arguments: ["mixed", "spot"])
  func `candles and trades in the tables equal the golden files`(set: String) throws {
    let scene = try Scene()
    let sql = try scene.writeSQL([.second, .minute])
    try scene.succeed(scene.ingest(Recorded.path("trades-\(set).csv.gz")))
    try scene.succeed(scene.queries(sql, ["--until-end", "--final"]))
    try scene.succeed(scene.sink(sql, ["--until-end"]))
    for (name, width) in [("1s", 1000), ("1m", 60_000)] {
      let golden = try Recorded.lines("golden-ohlcv-\(set)-\(width)ms.csv.gz")
      expectSame(try scene.candles(name), golden, "candles of \(name)")
    }
    let capture = try Capture(text: try Recorded.text("trades-\(set).csv.gz"))
    expectSame(try scene.trades(), capture.trades, "trades")
    try scene.succeed(scene.verify(sql))
  }

  @Test(arguments: [("a", "1 SECOND", "0 SECONDS", 1000, 0), ("b", "100 MILLISECONDS", "100 MILLISECONDS", 100, 100)])
  func `late records are exactly the golden ones`(name: String, size: String, grace: String, width: Int64, delay: Int64) throws {
    let golden = try #require(try Recorded.lines("golden-late.csv").first { $0.hasPrefix("mixed,\(width),\(delay),") })
      .split(separator: ",").map(String.init)
    let scene = try Scene()
    let sql = try scene.writeSQL([.init(name: name, size: size, grace: grace)])
    let source = Recorded.path("trades-mixed.csv.gz")
    try scene.succeed(scene.ingest(source, ["--partitions", "1"]))
    try scene.succeed(scene.queries(sql, ["--until-end", "--final"]))
    try scene.succeed(scene.sink(sql, ["--until-end"]))
    let late = try scene.late(name)
    #expect(late.count == Int(golden[4]))
    #expect(try fingerprint(late) == golden[5])
    let capture = try Capture(text: try Recorded.text("trades-mixed.csv.gz"))
    let judged = capture.judged(widthMillis: width, graceMillis: delay) { _ in "all" }
    expectSame(late, judged.late.map(\.identity), "late records")
    expectSame(try scene.candles(name), Capture.candles(judged.onTime, widthMillis: width), "candles of \(name)")
    try scene.succeed(scene.verify(sql))
  }
}
