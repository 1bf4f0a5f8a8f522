import Foundation
import JSON
import SQL
import Testing

@testable import Lineage

/// Events against a check written from the public schema of OpenLineage 2-0-2 and of its facets.
@Suite struct `Lineage` {
  private static let sql = """
    CREATE STREAM t (k STRING KEY, price DECIMAL(10, 2), size BIGINT, at TIMESTAMP) WITH (
      KAFKA_TOPIC='t.raw', VALUE_FORMAT='JSON', PARTITIONS=1, TIMESTAMP='at');
    CREATE TABLE c WITH (KAFKA_TOPIC='candles') AS
      SELECT k, FROM_UNIXTIME(WINDOWSTART) AS window_start, MAX(price) AS high,
        SUM(CASE WHEN size > 1 THEN price ELSE 0 END) AS turnover, COUNT(*) AS n, 7 AS seven
      FROM t WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 5 SECONDS) GROUP BY k EMIT FINAL;
    """

  private func job() throws -> LineageJob {
    let plan = try #require(try SQLProgram(files: [SQLFile(name: "t.sql", text: Self.sql)]).plans.first)
    return LineageJob(plan, application: "wick", bootstrap: "broker:9092,other:9092")
  }

  private func event(_ state: LineageEvent.State, error: String? = nil) throws -> LineageEvent {
    LineageEvent(
      state, time: "2026-05-01T00:00:00Z", run: "3b452093-782c-4ef2-9c0c-aafe2aa6f34d", job: try job(), error: error)
  }

  @Test func `every event is valid`() throws {
    for event in [try event(.start), try event(.complete), try event(.fail, error: "A topic is gone.")] {
      #expect(Check().objections(to: event.json) == [])
    }
    #expect(try event(.fail, error: "A topic is gone.").json["run"]?["facets"]?["errorMessage"]?["message"] == "A topic is gone.")
  }

  @Test func `the check objects to what the schema does not allow`() throws {
    let good = try event(.start).json
    func without(_ name: String) -> JSONValue { .object((good.members ?? []).filter { $0.name != name }) }
    func with(_ name: String, _ value: JSONValue) -> JSONValue {
      .object((good.members ?? []).map { $0.name == name ? .init(name, value) : $0 })
    }
    for name in ["eventTime", "run", "job", "producer", "schemaURL"] { #expect(!Check().objections(to: without(name)).isEmpty) }
    #expect(!Check().objections(to: with("eventType", "STARTED")).isEmpty)
    #expect(!Check().objections(to: with("eventTime", "yesterday")).isEmpty)
    #expect(!Check().objections(to: with("run", ["runId": "7"])).isEmpty)
    #expect(!Check().objections(to: with("inputs", [["name": "x"]])).isEmpty)
    #expect(
      !Check().objections(to: with("outputs", [["namespace": "n", "name": "x", "facets": ["schema": ["fields": []]]]])).isEmpty)
  }

  @Test func `each column names those that it is computed from`() throws {
    let job = try job()
    #expect(job.inputs.map(\.name) == ["t.raw"] && job.inputs[0].namespace == "kafka://broker:9092")
    #expect(job.inputs[0].fields.map { $0.name.lowercased() } == ["k", "price", "size", "at"])
    let output = try #require(job.outputs.first)
    #expect(output.name == "candles")
    let origins = output.origins.map { ($0.key.lowercased(), $0.value.map { $0.field.lowercased() }.sorted()) }
    #expect(
      Dictionary(uniqueKeysWithValues: origins)
        == ["k": ["k"], "window_start": ["at"], "high": ["price"], "turnover": ["price", "size"]])
    #expect(output.fields.count == 6)
  }

  @Test func `what is done with a column is told: nothing, something, or an aggregate`() throws {
    let output = try #require(try job().outputs.first)
    let done = output.origins.map { ($0.key, Set($0.value.map(\.how))) }
    #expect(
      Dictionary(uniqueKeysWithValues: done)
        == ["k": [.identity], "window_start": [.transformation], "high": [.aggregation], "turnover": [.aggregation]])
  }

  @Test func `a sink's columns are its topics', and its own are nobody's`() {
    let job = LineageJob.sink(
      into: "silver.candles", at: "/lake/silver/candles",
      fields: [.init("interval", "string"), .init("high", "decimal(18, 8)"), .init("extra", "long")],
      from: [SinkTopic("candles.1m", columns: ["high", "extra"]), SinkTopic("candles.1h", columns: ["high"])],
      namespace: "wick-sink",
      bootstrap: "b:9092")
    let origins = job.outputs[0].origins.mapValues { $0.sorted().map { "\($0.namespace) \($0.dataset) \($0.field) \($0.how)" } }
    #expect(
      origins == [
        "high": ["kafka://b:9092 candles.1h high identity", "kafka://b:9092 candles.1m high identity"],
        "extra": ["kafka://b:9092 candles.1m extra identity"],
      ])
    let event = LineageEvent(.start, time: "2026-05-01T00:00:00.125Z", run: UUID().uuidString, job: job)
    #expect(Check().objections(to: event.json).filter { $0 != "eventTime is a date-time" } == [])
    let ingest = LineageJob.ingest("sim", file: nil, into: ["trades.raw"], bootstrap: "b:9092")
    #expect(ingest.inputs.isEmpty && ingest.outputs.map(\.name) == ["trades.raw"])
  }

  @Test func `a file holds one event a line`() throws {
    let path = NSTemporaryDirectory() + "wick-lineage-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: path) }
    for state in [LineageEvent.State.start, .complete] { try LineageFile(path).append(try event(state)) }
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(try lines.map { try JSONValue(parsing: String($0))["eventType"] } == ["START", "COMPLETE"])
  }

  @Test func `targets are files and addresses`() {
    #expect(LineageTarget("file:/tmp/x") == .file("/tmp/x"))
    #expect(LineageTarget("http://localhost:5000/api/v1/lineage") == .endpoint("http://localhost:5000/api/v1/lineage"))
    for text in ["", "file:", "/tmp/x", "ftp://x", "http://"] { #expect(LineageTarget(text) == nil, "\(text)") }
  }
}

/// What OpenLineage.json and the facets' schemas require of a RunEvent.
private struct Check {
  private static let states: Set = ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]

  func objections(to event: JSONValue) -> [String] {
    var found: [String] = []
    func require(_ condition: Bool, _ text: String) { if !condition { found.append(text) } }
    require(Self.states.contains(event["eventType"]?.stringValue ?? ""), "eventType")
    let time = event["eventTime"]?.stringValue ?? ""
    require((try? Date(time, strategy: .iso8601)) != nil, "eventTime is a date-time")
    require(isURI(event["producer"]), "producer is a URI")
    require(isURI(event["schemaURL"]), "schemaURL is a URI")
    require(event["run"]?["runId"]?.stringValue.flatMap(UUID.init(uuidString:)) != nil, "runId is a UUID")
    for name in ["namespace", "name"] { require(event["job"]?[name]?.stringValue?.isEmpty == false, "job.\(name)") }
    found += facets(event["run"]?["facets"]) + facets(event["job"]?["facets"])
    require(event["run"]?["facets"]?["errorMessage"].map { $0["message"]?.stringValue != nil } ?? true, "errorMessage")
    for side in ["inputs", "outputs"] {
      for dataset in event[side]?.arrayValue ?? [] { found += objections(toDataset: dataset) }
    }
    return found
  }

  private func objections(toDataset dataset: JSONValue) -> [String] {
    var found = facets(dataset["facets"])
    for name in ["namespace", "name"] where dataset[name]?.stringValue?.isEmpty ?? true {
      found.append("data set without \(name)")
    }
    for field in dataset["facets"]?["schema"]?["fields"]?.arrayValue ?? [] where field["name"]?.stringValue == nil {
      found.append("field without a name")
    }
    if let lineage = dataset["facets"]?["columnLineage"] {
      for column in lineage["fields"]?.members ?? [] {
        guard let inputs = column.value["inputFields"]?.arrayValue else {
          found.append("column \(column.name) without inputFields")
          continue
        }
        for input in inputs {
          for name in ["namespace", "name", "field"] where input[name]?.stringValue == nil {
            found.append("input without \(name)")
          }
        }
      }
    }
    return found
  }

  /// Every facet says who made it, and by which schema.
  private func facets(_ facets: JSONValue?) -> [String] {
    (facets?.members ?? []).flatMap { facet -> [String] in
      ["_producer", "_schemaURL"].filter { !isURI(facet.value[$0]) }.map { "\(facet.name) without \($0)" }
    }
  }

  private func isURI(_ value: JSONValue?) -> Bool {
    value?.stringValue.flatMap { URL(string: $0) }?.scheme != nil
  }
}
