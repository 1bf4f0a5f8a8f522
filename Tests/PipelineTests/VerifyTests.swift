import Foundation
import Iceberg
import Lake
import TestSupport
import Testing

/// `wick verify` as the judge of the other tests: it must see what is planted.
@Suite struct `Verification as a process` {
  @Test func `an extra candle, and candles that a table has lost, are found`() throws {
    var random = SeededGenerator.forTest("planted")
    let scene = try Scene()
    let capture = Capture.random(3000, &random)
    let sql = try scene.writeSQL([.second])
    let path = try scene.write("trades.csv", Capture(rows: Array(capture.rows.prefix(1500))).text)
    try scene.succeed(scene.ingest(path))
    try scene.succeed(scene.queries(sql, ["--until-end"]))
    try scene.succeed(scene.sink(sql, ["--until-end"]))
    let store = try LakeStore(folder: scene.lake)
    let table = TableIdentifier("silver", "candles")
    let before = try #require(try store.table(table)).metadataLocation
    try scene.write("trades.csv", capture.text)
    try scene.succeed(scene.ingest(path))
    try scene.succeed(scene.queries(sql, ["--until-end", "--final"]))
    try scene.succeed(scene.sink(sql, ["--until-end"]))
    try scene.succeed(scene.verify(sql))

    // Lost: the table as it was.
    let after = try #require(try store.table(table)).metadataLocation
    try store.catalog.swap([PointerSwap(table: table, expected: after, replacement: before)])
    expectFound(try scene.run(scene.verify(sql)))
    try store.catalog.swap([PointerSwap(table: table, expected: before, replacement: after)])
    try scene.succeed(scene.verify(sql))

    // Extra: a candle once more, in the topic and then in the table.
    let topic = "candles.\(scene.interval("1s"))"
    try scene.send(#require(try scene.records(topic).first), to: topic, partition: 0)
    expectFound(try scene.run(scene.verify(sql)))
    try scene.succeed(scene.sink(sql, ["--until-end"]))
    expectFound(try scene.run(scene.verify(sql)))
  }

  /// A high that ignores sales is right for most candles, balanced in every count, and wrong.
  @Test func `candles with a wrong number in them are found`() throws {
    var random = SeededGenerator.forTest("planted")
    let scene = try Scene(alone: true)
    let right = try scene.writeSQL([.second])
    let text = try String(contentsOfFile: right, encoding: .utf8)
    let wrong = try scene.write(
      "wrong.sql",
      text.replacing("MAX(price) AS high", with: "MAX(CASE WHEN taker_side = 'BUY' THEN price ELSE NULL END) AS high"))
    try scene.succeed(scene.ingest(try scene.write("trades.csv", Capture.random(3000, &random).text)))
    try scene.succeed(scene.queries(wrong, ["--until-end", "--final"]))
    try scene.succeed(scene.sink(wrong, ["--until-end"]))
    let finished = try scene.run(scene.verify(right))
    expectFound(finished)
    #expect(finished.complaints.contains { $0.contains("high") }, "\(finished.output)\(finished.errors)")
  }

  private func expectFound(_ finished: Finished, _ location: SourceLocation = #_sourceLocation) {
    #expect(finished.code == 1, "\(finished.output)\(finished.errors)", sourceLocation: location)
    #expect(!finished.complaints.isEmpty, sourceLocation: location)
  }
}
