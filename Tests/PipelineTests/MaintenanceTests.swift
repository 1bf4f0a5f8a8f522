import Foundation
import Lake
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// `wick lake maintain` beside a sink that commits as often as it can.
@Suite struct `Maintenance beside a sink` {
  @Test func `files merged and snapshots forgotten under its hands disturb neither the sink nor the tables`() throws {
    var random = SeededGenerator.forTest("maintenance at work")
    let scene = try Scene()
    let capture = Capture.random(12_000, &random)
    let sql = try scene.writeSQL([.second])
    let ingest = try scene.start(scene.ingest(scene.write("trades.csv", capture.text), ["--rate", "1500"]))
    let workers = [try scene.start(scene.queries(sql)), try scene.start(scene.sink(sql, ["--commit-interval", "20"]))]
    try scene.wait(for: "the lake") { FileManager.default.fileExists(atPath: "\(scene.lake)/catalog.db") }
    var rounds = 0
    repeat {
      try scene.succeed(maintain(scene))
      rounds += 1
    } while ingest.exitCode == nil && rounds < 1000
    for process in [ingest] + workers {
      process.send(SIGTERM)
      #expect(process.wait(seconds: 60) == 0, "\(process.output)\(process.errors)")
    }
    print("\(rounds) rounds of maintenance beside the sink")
    #expect(rounds > 3)
    try scene.succeed(scene.ingest(scene.path("trades.csv")))
    try scene.succeed(scene.queries(sql, ["--until-end", "--final"]))
    try scene.succeed(scene.sink(sql, ["--until-end"]))
    try scene.succeed(maintain(scene))
    expectSame(try scene.trades(), capture.trades, "trades")
    expectSame(try scene.candles("1s"), Capture.candles(capture.rows, widthMillis: 1000), "candles")
    try scene.succeed(scene.verify(sql))
    for table in try LakeTables(LakeStore(folder: scene.lake)).tables() { #expect(table.snapshots <= 2, "\(table)") }
  }

  private func maintain(_ scene: Scene) -> [String] {
    ["lake", "maintain", "--lake", scene.lake, "--keep-snapshots", "2", "--keep-for", "0", "--minimum-files", "2"]
  }
}
