import Foundation
import Kafka

// A topic refuses what is sent to it, for a while, so that transactions are aborted and played again; meanwhile the process dies.
// It is one to which a transaction sends a single record: where one of several batches is refused, librdkafka 2.0 waits for
// the answer to the others until the call times out.

/// `wick ingest`, whose positions are refused.
struct RefusedIngestStage: CrashStage {
  let name = "ingest, refused"
  let input: CrashInput

  func play(_ spot: CrashSpot?) throws -> Played {
    var played = Played()
    let scene = try Scene()
    let sql = try scene.writeSQL([.second])
    try scene.create(scene.positionsTopic, maximumBytes: 70, ["cleanup.policy": "compact"])
    let source = try scene.write("trades.csv", input.text)
    let arming = Arming(scene, spot)
    let process = try scene.start(scene.ingest(source), environment: arming.environment)
    try arming.wait(process) { arming.count("ingest.abort") >= 3 }
    try scene.accept(scene.positionsTopic)
    // Now and then librdkafka waits out a call before it sees that the sequence of its batches is broken.
    try arming.end(process, &played, seconds: 150)
    try scene.expectOpenTransactions(atMost: CrashStages.ingests(scene), prefix: "wick-ingest-", &played)
    try scene.finish(scene.ingest(source), &played)
    try scene.finish(scene.sink(sql, ["--until-end"]), &played)
    try scene.checkTrades(input, &played)
    return played
  }
}

/// `wick run`, whose audit rows are refused.
struct RefusedQueriesStage: CrashStage {
  let name = "queries, refused"
  let input: CrashInput

  func play(_ spot: CrashSpot?) throws -> Played {
    var played = Played()
    let scene = try Scene()
    let sql = try scene.writeSQL([.second])
    try scene.finish(scene.ingest(scene.write("trades.csv", input.text), ["--partitions", "1"]), &played)
    try scene.create(scene.auditTopic, maximumBytes: 100)
    let arming = Arming(scene, spot)
    let more = ["--until-end", "--final"]
    let process = try scene.start(scene.queries(sql, more), environment: arming.environment)
    try arming.wait(process) { arming.count("restore.replay") >= 3 }
    try scene.accept(scene.auditTopic)
    try arming.end(process, &played)
    try scene.expectOpenTransactions(atMost: 1, prefix: "\(scene.mark)wick-main-", &played)
    try scene.finish(scene.queries(sql, more), &played)
    try scene.finish(scene.sink(sql, ["--until-end"]), &played)
    try scene.checkCandles(input, [.second], &played)
    try scene.finish(scene.verify(sql), &played)
    return played
  }
}

extension Scene {
  func create(_ topic: String, maximumBytes: Int, _ settings: [String: String] = [:]) throws {
    let admin = try Admin(kafka)
    defer { admin.close() }
    let all = settings.merging(["max.message.bytes": "\(maximumBytes)", "retention.ms": "-1"]) { own, _ in own }
    try admin.create([TopicSpecification(topic, partitions: 1, settings: all)])
  }

  /// Lets a topic take what others take.
  func accept(_ topic: String) throws { try RawRequests(bootstrap).set("max.message.bytes", "1048588", ofTopic: topic) }
}
