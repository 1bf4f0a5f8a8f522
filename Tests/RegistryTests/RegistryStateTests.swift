import JSON
import Contracts
import TestSupport
import Testing

@testable import EmbeddedKafka

/// Drives the pure state as the server does: answer, append, apply.
struct Driver {
  var state = RegistryState()
  let log = MemoryLog()

  @discardableResult
  mutating func send(_ method: String, _ target: String, _ body: JSONValue? = nil) throws -> (Int, JSONValue) {
    let answer = state.answer(RegistryRequest(method: method, target: target, body: body?.utf8 ?? []))
    for record in answer.records {
      let (key, value) = record.keyAndValue
      try log.append(key: key, value: value)
      state.apply(record)
    }
    return (answer.status, answer.json)
  }

  @discardableResult
  mutating func register(_ subject: String, _ schema: String) throws -> (Int, JSONValue) {
    try send("POST", "/subjects/\(subject)/versions", ["schema": .string(schema)])
  }
}

func record(_ fields: String) -> String { #"{"type":"record","name":"R","fields":[\#(fields)]}"# }

@Suite struct RegistryStateTests {
  private let v1 = record(#"{"name":"a","type":"long"}"#)
  private let v2 = record(#"{"name":"a","type":"long"},{"name":"b","type":"long","default":0}"#)
  private let bad = record(#"{"name":"a","type":"string"}"#)

  @Test func `the same schema gets the same id, under any subject and in any white space`() throws {
    var registry = Driver()
    #expect(try registry.register("s", v1).1 == ["id": 1, "version": 1])
    #expect(try registry.register("s", "  " + v1.replacing(":", with: " : ")).1 == ["id": 1, "version": 1])
    #expect(try registry.register("t", v1).1 == ["id": 1, "version": 1])
    #expect(try registry.register("s", v2).1 == ["id": 2, "version": 2])
    #expect(registry.log.entries.count == 3)
    #expect(
      try registry.send("GET", "/schemas/ids/1/versions").1
        == [["subject": "s", "version": 1], ["subject": "t", "version": 1]])
  }

  @Test func `what breaks the level is refused with 409 and leaves no record`() throws {
    var registry = Driver()
    try registry.register("s", v1)
    let (status, json) = try registry.register("s", bad)
    #expect(status == 409)
    #expect(json["error_code"]?.intValue == 409)
    #expect(json["message"]?.stringValue?.contains("a: a reader of string cannot read long") == true)
    #expect(registry.log.entries.count == 1)
    try registry.send("PUT", "/config/s", ["compatibility": "none"])
    #expect(try registry.register("s", bad).0 == 200)
  }

  @Test func `errors carry Confluent's codes`() throws {
    var registry = Driver()
    try registry.register("s", v1)
    let cases: [(String, String, JSONValue?, Int)] = [
      ("GET", "/subjects/x/versions", nil, 40401), ("GET", "/subjects/s/versions/7", nil, 40402),
      ("GET", "/subjects/s/versions/0", nil, 42202), ("GET", "/subjects/s/versions/new", nil, 42202),
      ("GET", "/schemas/ids/9", nil, 40403), ("GET", "/config/s", nil, 40408), ("GET", "/mode/s", nil, 40409),
      ("PUT", "/config", ["compatibility": "SOME"], 42203), ("PUT", "/mode", ["mode": "SOME"], 42204),
      ("POST", "/subjects/s/versions", ["schema": "{"], 42201), ("POST", "/subjects/s/versions", [:], 42201),
      ("POST", "/subjects/s/versions", ["schema": "\"int\"", "schemaType": "JSON"], 42201),
      ("POST", "/subjects/s", ["schema": "\"int\""], 40403), ("POST", "/subjects/x", ["schema": "\"int\""], 40401),
      ("DELETE", "/subjects/s?permanent=true", nil, 40405), ("DELETE", "/subjects/s/versions/1?permanent=true", nil, 40407),
      ("PUT", "/mode", ["mode": "IMPORT"], 42205), ("GET", "/nonsense", nil, 404), ("PATCH", "/subjects", nil, 405),
    ]
    for (method, target, body, code) in cases {
      let (status, json) = try registry.send(method, target, body)
      #expect(json["error_code"]?.intValue == code, "\(method) \(target): \(json.text)")
      #expect(status == (code > 1000 ? code / 100 : code))
    }
    #expect(registry.log.entries.count == 1)
  }

  @Test func `a deletion is soft first, hides the version, keeps the id, and then may be permanent`() throws {
    var registry = Driver()
    try registry.register("s", v1)
    try registry.register("s", v2)
    #expect(try registry.send("DELETE", "/subjects/s/versions/1").1 == 1)
    #expect(try registry.send("DELETE", "/subjects/s/versions/1").1["error_code"]?.intValue == 40406)
    #expect(try registry.send("GET", "/subjects/s/versions").1 == [2])
    #expect(try registry.send("GET", "/subjects/s/versions?deleted=true").1 == [1, 2])
    #expect(try registry.send("GET", "/schemas/ids/1").0 == 200)
    #expect(try registry.send("DELETE", "/subjects/s/versions/1?permanent=true").1 == 1)
    #expect(try registry.send("GET", "/schemas/ids/1").1["error_code"]?.intValue == 40403)
    #expect(try registry.send("DELETE", "/subjects/s").1 == [2])
    #expect(try registry.send("DELETE", "/subjects/s").1["error_code"]?.intValue == 40404)
    #expect(try registry.send("GET", "/subjects").1 == [])
    #expect(try registry.send("GET", "/subjects?deleted=true").1 == ["s"])
    #expect(try registry.register("s", v2).1 == ["id": 2, "version": 3])
    #expect(try registry.register("s", record(#"{"name":"z","type":"int","default":1}"#)).1 == ["id": 3, "version": 4])
  }

  @Test func `compatibility is tested against one version or all, without a trace`() throws {
    var registry = Driver()
    try registry.register("s", v1)
    let path = "/compatibility/subjects/s/versions"
    #expect(try registry.send("POST", path + "/latest", ["schema": .string(v2)]).1 == ["is_compatible": true])
    #expect(try registry.send("POST", path + "/1", ["schema": .string(bad)]).1 == ["is_compatible": false])
    #expect(try registry.send("POST", path + "/2", ["schema": .string(bad)]).1["error_code"]?.intValue == 40402)
    let verbose = try registry.send("POST", path + "?verbose=true", ["schema": .string(bad)]).1
    #expect(verbose["messages"]?.arrayValue?.count == 1)
    #expect(
      try registry.send("POST", "/compatibility/subjects/new/versions", ["schema": .string(v1)]).1
        == ["is_compatible": true])
    #expect(registry.log.entries.count == 1)
  }

  @Test func `levels and modes fall back to the registry's own`() throws {
    var registry = Driver()
    #expect(try registry.send("GET", "/config").1 == ["compatibilityLevel": "BACKWARD"])
    #expect(try registry.send("GET", "/config/s?defaultToGlobal=true").1 == ["compatibilityLevel": "BACKWARD"])
    #expect(try registry.send("PUT", "/config/s", ["compatibility": "FULL"]).1 == ["compatibility": "FULL"])
    #expect(try registry.send("GET", "/config/s").1 == ["compatibilityLevel": "FULL"])
    #expect(try registry.send("DELETE", "/config/s").1 == ["compatibilityLevel": "FULL"])
    #expect(try registry.send("PUT", "/mode", ["mode": "READONLY"]).1 == ["mode": "READONLY"])
    #expect(try registry.register("s", v1).1["error_code"]?.intValue == 42205)
    #expect(try registry.send("PUT", "/mode/s", ["mode": "READWRITE"]).0 == 200)
    #expect(try registry.register("s", v1).0 == 200)
  }

  @Test func `in mode IMPORT ids and versions are kept, and an id is never given to two schemas`() throws {
    var registry = Driver()
    try registry.send("PUT", "/mode", ["mode": "IMPORT"])
    let body: JSONValue = ["schema": .string(v1), "id": 70, "version": 5]
    #expect(try registry.send("POST", "/subjects/s/versions", body).1 == ["id": 70, "version": 5])
    let clash: JSONValue = ["schema": .string(v2), "id": 70, "version": 6]
    #expect(try registry.send("POST", "/subjects/s/versions", clash).1["error_code"]?.intValue == 42207)
    try registry.send("PUT", "/mode", ["mode": "READWRITE"])
    #expect(try registry.register("s", v2).1 == ["id": 71, "version": 6])
  }

  @Test func `records look as Confluent writes them`() throws {
    var registry = Driver()
    try registry.register("s", "\"int\"")
    try registry.send("PUT", "/config", ["compatibility": "FULL"])
    try registry.send("DELETE", "/subjects/s")
    try registry.send("DELETE", "/subjects/s?permanent=true")
    let texts = registry.log.entries.map { entry in
      [entry.key, entry.value ?? Array("-".utf8)].map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(
      texts == [
        [
          #"{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}"#,
          #"{"subject":"s","version":1,"id":1,"schema":"\"int\"","deleted":false}"#,
        ],
        [#"{"keytype":"CONFIG","subject":null,"magic":0}"#, #"{"compatibilityLevel":"FULL"}"#],
        [#"{"keytype":"DELETE_SUBJECT","subject":"s","magic":0}"#, #"{"subject":"s","version":1}"#],
        [#"{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}"#, "-"],
      ])
  }

  @Test func `records of unknown kinds are passed over, damaged ones are not`() throws {
    let noop = MemoryLog.Entry(key: Array(#"{"keytype":"NOOP","magic":0}"#.utf8), value: nil)
    #expect(try RegistryState.replaying(MemoryLog([noop])) == RegistryState())
    let broken = MemoryLog.Entry(key: Array(#"{"keytype":"SCHEMA","subject":"s","version":1}"#.utf8), value: Array("{}".utf8))
    #expect(throws: ContractError.self) { try RegistryState.replaying(MemoryLog([broken])) }
  }

  @Test func `state rebuilt from the log equals state built live, also from a compacted log`() throws {
    var random = SeededGenerator.forTest("registry replay")
    for _ in 0..<40 {
      var registry = Driver()
      for _ in 0..<60 { try Self.randomCommand(&registry, &random) }
      let replayed = try RegistryState.replaying(registry.log)
      #expect(replayed == registry.state)
      let compacted = try RegistryState.replaying(registry.log.compacted)
      #expect(compacted.texts == registry.state.texts)
      #expect(compacted.levels == registry.state.levels)
      #expect(compacted.modes == registry.state.modes)
      #expect(compacted.subjects == registry.state.subjects)
    }
  }

  private static func randomCommand(_ registry: inout Driver, _ random: inout SeededGenerator) throws {
    let subject = ["s", "t", "u"][Int(random.next() % 3)]
    let schema = record(#"{"name":"f\#(random.next() % 4)","type":"long","default":\#(random.next() % 3)}"#)
    let permanent = random.next() % 2 == 0 ? "?permanent=true" : ""
    let level = CompatibilityLevel.allCases[Int(random.next() % 7)].rawValue
    switch random.next() % 8 {
    case 0...3: try registry.register(subject, schema)
    case 4: try registry.send("DELETE", "/subjects/\(subject)\(permanent)")
    case 5: try registry.send("DELETE", "/subjects/\(subject)/versions/\(1 + random.next() % 4)\(permanent)")
    case 6: try registry.send("PUT", "/config/\(subject)", ["compatibility": .string(level)])
    default: try registry.send(random.next() % 2 == 0 ? "DELETE" : "GET", "/config/\(subject)")
    }
  }
}
