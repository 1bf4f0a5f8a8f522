import Foundation
import JSON
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// What runs tell of themselves.
@Suite struct `Lineage of processes` {
  private func events(_ lines: [String]) throws -> [JSONValue] { try lines.map { try JSONValue(parsing: $0) } }

  private func events(in path: String) throws -> [JSONValue] {
    try events(String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init))
  }

  private func name(_ event: JSONValue) -> String { event["job"]?["name"]?.stringValue ?? "" }

  @Test func `queries and sinks tell of their beginning and end, and of a failure`() throws {
    let scene = try Scene(alone: true)
    let sql = try scene.writeSQL([.second])
    let told = ["--lineage", "file:\(scene.path("lineage.jsonl"))"]
    // There is no source yet.
    #expect(try scene.run(scene.queries(sql, ["--until-end"] + told)).code == 69)
    let failed = try events(in: scene.path("lineage.jsonl"))
    #expect(failed.map { $0["eventType"]?.stringValue } == ["START", "FAIL"])
    #expect(failed.last?["run"]?["facets"]?["errorMessage"]?["message"]?.stringValue?.contains("trades.raw") == true)

    var random = SeededGenerator.forTest("lineage")
    try scene.succeed(scene.ingest(scene.write("trades.csv", Capture.random(500, &random).text), told))
    try scene.succeed(scene.queries(sql, ["--until-end", "--final"] + told))
    try scene.succeed(scene.sink(sql, ["--until-end"] + told))
    let complete = try events(in: scene.path("lineage.jsonl")).filter { $0["eventType"] == "COMPLETE" }
    #expect(complete.first?["inputs"]?.arrayValue?.first?["name"]?.stringValue == scene.path("trades.csv"))
    let outputs = complete.compactMap { $0["outputs"]?.arrayValue?.first }
    let topic = try #require(outputs.first { $0["name"] == "candles.1s" })
    let table = try #require(outputs.first { $0["name"]?.stringValue?.hasSuffix("silver/candles") == true })
    #expect(table["facets"]?["schema"]?["fields"]?.arrayValue?.contains { $0["name"] == "vwap" } == true)
    // A column of the table is the topic's of the same name, and that one is computed from the trades'.
    let high = table["facets"]?["columnLineage"]?["fields"]?["high"]?["inputFields"]?.arrayValue ?? []
    #expect(high.count == 1 && high[0]["name"] == "candles.1s" && high[0]["field"] == "high", "\(high)")
    #expect(high.first?["transformations"]?.arrayValue?.first?["subtype"] == "IDENTITY")
    #expect(table["facets"]?["columnLineage"]?["fields"]?["_offset"] == nil)
    let from = topic["facets"]?["columnLineage"]?["fields"]?["high"]?["inputFields"]?.arrayValue ?? []
    #expect(from.first?["field"] == "price" && from.first?["transformations"]?.arrayValue?.first?["subtype"] == "AGGREGATION")
  }

  @Test func `everything on one machine tells of ingest, each query and each table, to an endpoint`() throws {
    let scene = try Scene(alone: true, startsBroker: false)
    var random = SeededGenerator.forTest("lineage of up")
    let endpoint = try PlantedEndpoint(.status(201))
    defer { endpoint.stop() }
    let source = try scene.write("trades.csv", Capture.random(300, &random).text)
    try scene.succeed(up(scene, source, endpoint.url) + ["--exit-when-done"])
    let events = try events(endpoint.bodies)
    let jobs = Set(events.map(name))
    #expect(jobs.isSuperset(of: [source, "CTAS_CANDLES_1S", "sink.bronze.trades", "sink.silver.candles", "sink.bronze.late"]))
    for job in jobs {
      let own = events.filter { name($0) == job }
      #expect(own.map { $0["eventType"]?.stringValue } == ["START", "COMPLETE"], "\(job)")
      #expect(Set(own.compactMap { $0["run"]?["runId"]?.stringValue }).count == 1, "\(job)")
    }
  }

  private func up(_ scene: Scene, _ source: String, _ address: String) throws -> [String] {
    [
      "up", "--source", source, "--sql", try scene.writeSQL([.second]), "--data-dir", scene.data, "--listen", "127.0.0.1:0",
      "--registry-listen", "127.0.0.1:0", "--serve", "off", "--lineage", address,
    ]
  }

  @Test func `a second interrupt is told as a failure`() throws {
    let scene = try Scene(alone: true, startsBroker: false)
    let endpoint = try PlantedEndpoint(.status(201))
    defer { endpoint.stop() }
    let process = try scene.start(up(scene, "sim", endpoint.url))
    try scene.wait(for: "a beginning") { endpoint.bodies.contains { $0.contains("\"START\"") && $0.contains("sink.silver") } }
    // Both before the first has been obeyed.
    process.send(SIGTERM)
    process.send(SIGINT)
    let code = try #require(process.wait(seconds: 60))
    let states = try events(endpoint.bodies).filter { name($0) == "CTAS_CANDLES_1S" }.compactMap { $0["eventType"]?.stringValue }
    // It may have been quicker than the second one.
    #expect(states == (code == 130 ? ["START", "FAIL"] : ["START", "COMPLETE"]), "\(code)")
  }

  @Test(arguments: ["silent", "failing", "absent"])
  func `an endpoint that is no use holds up neither the work nor its end`(_ kind: String) throws {
    let scene = try Scene(alone: true)
    let sql = try scene.writeSQL([.second])
    let endpoint = try PlantedEndpoint(kind == "silent" ? .silent : .status(500))
    defer { endpoint.stop() }
    let address = kind == "absent" ? "http://127.0.0.1:\(try FreePort.take())/" : endpoint.url
    var random = SeededGenerator.forTest("lineage endpoint")
    try scene.succeed(scene.ingest(scene.write("trades.csv", Capture.random(200, &random).text)))
    let run = try scene.start(scene.queries(sql, ["--lineage", address]))
    let sink = try scene.start(scene.sink(sql, ["--lineage", address]))
    try scene.wait(for: "commits") { try scene.progress().contains { $0.committed > 0 } }
    try scene.wait(for: "rows") { try scene.trades().count == 200 }
    if kind == "silent" { #expect(!endpoint.bodies.isEmpty) }
    for process in [run, sink] { process.send(SIGTERM) }
    for process in [run, sink] {
      // Ten events and more of the sink's, at five seconds each.
      #expect(process.wait(seconds: 30) == 0, "\(process.output)\(process.errors)")
      #expect(process.errors.contains("events of lineage did not arrive"), "\(process.errors)")
      #expect(process.errors.split(separator: "\n").count { $0.contains("events of lineage cannot be sent") } <= 1)
    }
  }

  @Test func `an address that is none is refused`() throws {
    let scene = try Scene(alone: true)
    let finished = try scene.run(scene.queries(scene.writeSQL([.second]), ["--until-end", "--lineage", "/tmp/x"]))
    #expect(finished.code == 64 && finished.complaints.contains { $0.contains("--lineage") })
  }
}
