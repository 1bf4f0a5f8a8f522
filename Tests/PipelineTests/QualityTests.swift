import Foundation
import Iceberg
import Lake
import TestSupport
import Testing

/// `wick quality check` and `wick freshness check` on a lake that the pipeline filled.
@Suite struct `Checks of the lake` {
  @Test func `a sound lake keeps the rules; old rows are not fresh; a candle planted twice is named`() throws {
    var random = SeededGenerator.forTest("quality")
    let scene = try Scene(alone: true)
    let sql = try scene.writeSQL([.second, .minute])
    try scene.succeed(scene.ingest(scene.write("trades.csv", Capture.random(3000, &random).text)))
    try scene.succeed(scene.queries(sql, ["--until-end", "--final"]))
    try scene.succeed(scene.sink(sql, ["--until-end"]))
    let check = ["quality", "check", "--lake", scene.lake]
    let clean = try scene.succeed(check)
    for line in ["low is lowest", "keys are unique", "no interval of 1m with trades is missing", "rows are those of the ledger"] {
      #expect(clean.output.contains(line), "\(clean.output)")
    }
    #expect(!clean.output.contains("WRONG"))

    let stale = try scene.run(["freshness", "check", "--lake", scene.lake])
    #expect(stale.code == 1 && stale.output.contains("STALE  bronze.trades"), "\(stale.output)\(stale.errors)")
    let years = String(100 * 365 * 86_400)
    try scene.succeed(["freshness", "check", "--lake", scene.lake, "--within", years, "--table", "bronze.trades,silver.candles"])
    #expect(try scene.run(["freshness", "check", "--lake", scene.lake, "--within", years, "--table", "silver.none"]).code == 1)

    let topic = "candles.\(scene.interval("1m"))"
    let candle = try #require(try scene.records(topic).first)
    try scene.send(candle, to: topic, partition: candle.partition)
    try scene.succeed(scene.sink(sql, ["--until-end"]))
    let broken = try scene.run(check)
    #expect(broken.code == 1 && broken.complaints.contains { $0.contains("silver.candles: keys are unique") }, "\(broken.errors)")
  }

  @Test func `what is no lake, and what are no rules, is refused`() throws {
    let scene = try Scene(alone: true, startsBroker: false)
    for command in ["quality", "freshness"] {
      let finished = try scene.run([command, "check", "--lake", scene.path("none")])
      #expect(finished.code == 65 && !FileManager.default.fileExists(atPath: scene.path("none")), "\(finished.errors)")
    }
    _ = try LakeStore(folder: scene.lake)
    let rules = try scene.write("rules.yml", "tables: [{table: silver.candles, key: [], rules: [{name: x, holds: low ~ high}]}]")
    let finished = try scene.run(["quality", "check", "--lake", scene.lake, "--rules", rules])
    #expect(finished.code == 65 && finished.errors.contains("low ~ high"), "\(finished.errors)")
  }
}
