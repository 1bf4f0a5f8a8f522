import Foundation
import Iceberg
import Lake
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

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
    expectFound(try scene.run(scene.verify(sql) + ["--wait", "0"]))
    try store.catalog.swap([PointerSwap(table: table, expected: before, replacement: after)])
    try scene.succeed(scene.verify(sql))

    // Extra: a candle once more, in the topic and then in the table.
    let topic = "candles.\(scene.interval("1s"))"
    try scene.send(#require(try scene.records(topic).first), to: topic, partition: 0)
    expectFound(try scene.run(scene.verify(sql) + ["--wait", "0"]))
    try scene.succeed(scene.sink(sql, ["--until-end"]))
    expectFound(try scene.run(scene.verify(sql) + ["--wait", "0"]))
  }

  /// Trades come, candles close and tables grow all the while: nothing of it may look like a difference.
  @Test func `a pipeline is verified while it runs`() throws {
    var random = SeededGenerator.forTest("verified at work")
    let scene = try Scene()
    let sql = try scene.writeSQL([.second])
    let path = try scene.write("trades.csv", Capture.random(60_000, &random).text)
    let ingest = try scene.start(scene.ingest(path, ["--rate", "1500"]))
    let workers = [try scene.start(scene.queries(sql)), try scene.start(scene.sink(sql))]
    try scene.wait(for: "candles in the table") {
      try LakeStore(folder: scene.lake).table(TableIdentifier("silver", "candles")) != nil
    }
    var numbers: [String] = []
    repeat {
      let finished = try scene.run(scene.verify(sql) + ["--wait", "120"], seconds: 180)
      #expect(finished.code == 0, "\(finished.output)\(finished.errors)")
      guard ingest.exitCode == nil else { break }
      numbers.append(finished.output.split(separator: "\n").first { $0.contains(" candles:") }.map(String.init) ?? "none")
    } while numbers.count < 4
    #expect(!numbers.isEmpty, "the source ended too early to show anything")
    #expect(Set(numbers).count == numbers.count, "nothing was added between two looks: \(numbers)")
    for process in [ingest] + workers { process.send(SIGTERM) }
    for process in [ingest] + workers { #expect(process.wait(seconds: 60) != nil, "\(process.errors)") }
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
