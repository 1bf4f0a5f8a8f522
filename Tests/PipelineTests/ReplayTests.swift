import Foundation
import Kafka
import TestSupport
import Testing

/// Candles computed again from the log, beside those that were published.
@Suite struct `wick replay` {
  private func replay(_ scene: Scene, _ sql: String, _ more: [String] = []) throws -> Finished {
    try scene.run(["replay", sql, "--app", "\(scene.mark)wick"] + scene.connection + more)
  }

  /// Everything that others could see of the live application.
  private struct Seen {
    var topics: [String: Int]
    var records: [String: Int]
    var committed: [TopicPartition: Int64?]
    var groups: [String]
    var subjects: String
  }

  private func look(_ scene: Scene) throws -> Seen {
    let admin = try Admin(scene.kafka)
    defer { admin.close() }
    // The broker's own count every group and transaction there ever was.
    let topics = try admin.topics().filter { !$0.key.hasPrefix("__") }
    var records: [String: Int] = [:]
    var kafka = scene.kafka
    kafka.settings["fetch.wait.max.ms"] = "10"
    for topic in topics.keys { records[topic] = try TopicRecord.all(of: topic, kafka).count }
    let consumer = try Consumer(scene.kafka, .init(groupID: "\(scene.mark)wick"))
    defer { do { try consumer.close() } catch { print("closing a consumer failed: \(error)") } }
    let partitions = try admin.partitions(of: scene.tradesTopic) ?? []
    let subjects = String(decoding: try Tool.run("/usr/bin/curl", ["-s", "\(scene.registry)/subjects"]), as: UTF8.self)
    return Seen(
      topics: topics, records: records, committed: try consumer.committed(partitions), groups: try admin.groups().sorted(),
      subjects: subjects)
  }

  @Test func `after a normal run all is the same, and nothing live is touched`() throws {
    var random = SeededGenerator.forTest("replay")
    let scene = try Scene(alone: true)
    let sql = try scene.writeSQL([.second, .minute])
    try scene.succeed(scene.ingest(scene.write("trades.csv", Capture.random(1000, &random).text)))
    try scene.succeed(scene.queries(sql, ["--until-end", "--final"]))
    let before = try look(scene)
    let finished = try replay(scene, sql)
    #expect(finished.code == 0, "\(finished.output)\(finished.errors)")
    let lines = finished.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    for topic in ["candles.1s", "candles.1m"] {
      let line = try #require(lines.first { $0.count == 7 && $0[1] == topic }, "\(finished.output)")
      #expect(line[0] == "ok" && line[3] == "0" && line[4] == "0" && line[5] == line[6], "\(line)")
      #expect(Int(line[2].replacing(",", with: "")) == before.records[topic])
    }
    let after = try look(scene)
    #expect(after.topics == before.topics)
    #expect(after.records == before.records)
    #expect(after.committed == before.committed)
    #expect(after.groups == before.groups)
    #expect(after.subjects == before.subjects, "\(finished.errors)")
  }

  @Test func `planted wrong, extra and lost candles are printed`() throws {
    var random = SeededGenerator.forTest("wrong replay")
    let scene = try Scene(alone: true)
    let right = try scene.writeSQL([.second])
    let wrong = try scene.write(
      "wrong.sql",
      String(contentsOfFile: right, encoding: .utf8).replacing(
        "MAX(price) AS high", with: "MAX(CASE WHEN taker_side = 'BUY' THEN price ELSE NULL END) AS high"))
    try scene.succeed(scene.ingest(scene.write("trades.csv", Capture.random(3000, &random).text)))
    try scene.succeed(scene.queries(wrong, ["--until-end", "--final"]))
    // One that no trade made: an hour before all others.
    let topic = "candles.\(scene.interval("1s"))"
    let first = try #require(try scene.records(topic).first)
    var key = try #require(first.key)
    let start = key.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } - 3_600_000
    key.replaceSubrange((key.count - 8)..., with: (0..<8).map { UInt8(truncatingIfNeeded: start >> (56 - 8 * $0)) })
    try scene.send(
      TopicRecord(partition: 0, key: key, value: first.value, headers: [:]), to: topic, partition: first.partition)

    let finished = try replay(scene, right)
    #expect(finished.code == 1, "\(finished.output)\(finished.errors)")
    #expect(finished.complaints.contains { $0.contains("differs in high") }, "\(finished.complaints)")
    #expect(finished.complaints.contains { $0.contains("unfounded") }, "\(finished.complaints)")

    // Only windows that were asked for are judged: the invented one alone.
    let narrow = try replay(scene, right, ["--from", "\(start)", "--to", "\(start + 1000)"])
    #expect(narrow.code == 1 && narrow.complaints.count == 2, "\(narrow.complaints)")
    // A query that publishes less than the log makes.
    let empty = try replay(scene, right, ["--from", "\(start + 1000)", "--to", "\(start + 2000)"])
    #expect(empty.code == 0, "\(empty.output)\(empty.errors)")
  }

  @Test(arguments: [
    ["--from", "tomorrow"], ["--from", "2026-05-02T00:00:00Z", "--to", "2026-05-01T00:00:00Z"], ["--side", "a b"],
    ["--workers", "0"],
  ])
  func `what cannot be meant is refused before anything is started`(arguments: [String]) throws {
    let scene = try Scene(alone: true, startsBroker: false)
    #expect(try scene.run(["replay"] + arguments).code == 64)
  }
}
