import JSON
import Testing

@testable import MarketAPI
@testable import Serve

@Suite struct `The description of the interface` {
  private func document() throws -> JSONValue { try JSONValue(parsing: String(decoding: OpenAPIDocument.bytes, as: UTF8.self)) }

  @Test func `names every path there is, and no other`() throws {
    let document = try document()
    #expect(document["openapi"] == "3.1.0")
    let paths = document["paths"]?.members?.map(\.name) ?? []
    #expect(Set(paths) == Set(MarketRoutes.table.keys) && paths.count == MarketRoutes.table.count)
  }

  @Test func `names every parameter that is taken`() throws {
    let paths = try document()["paths"]
    func names(_ path: String) -> [String] {
      let all = paths?[path]?["get"]?["parameters"]?.arrayValue ?? []
      return all.filter { $0["in"] == "query" }.compactMap { $0["name"]?.stringValue }
    }
    #expect(Set(names("/v1/candles")) == Set(MarketRoutes.candleParameters))
    #expect(Set(names("/v1/stream")) == Set(MarketRoutes.streamParameters))
    #expect(names("/v1/late") == ["limit"])
    for path in ["/v1/symbols", "/v1/stats", "/v1/audit", "/v1/openapi.json"] { #expect(names(path).isEmpty) }
  }

  @Test func `is what the server answers, in all its shapes`() async throws {
    let server = try await MarketServer.start()
    try await MarketServer.run(server, MarketServer.records)
    _ = try await MarketServer.eventually(server, "/v1/late") { try $0.json["late"]?.arrayValue?.count == 2 }
    _ = try await MarketServer.eventually(server, "/v1/stats") {
      try $0.json["queries"]?.arrayValue?.first?["stream_time"]?.int64Value != nil
    }
    let document = try await server.request("GET", "/v1/openapi.json").json
    #expect(try document == self.document())
    let checker = SchemaChecker(document: document)
    for member in document["paths"]?.members ?? [] where member.name != "/v1/stream" {
      let path = member.name == "/v1/candles" ? "/v1/candles?symbol=BTC-USDT&interval=1m" : member.name
      let reply = try await server.request("GET", path)
      let content = try #require(
        checker.resolved(member.value["get"]?["responses"]?["\(reply.status)"])?["content"]?.members?.first, "\(path)")
      #expect(reply.type.hasPrefix(content.name), "\(path)")
      guard content.name == "application/json" else { continue }
      #expect(checker.problems(try reply.json, content.value["schema"] ?? .null).isEmpty, "\(path)")
    }
    // Each bad value of a documented parameter is a documented refusal.
    for path in ["/v1/candles", "/v1/late?limit=x", "/v1/stream?every=0", "/v1/symbols?x=1"] {
      let reply = try await server.request("GET", path)
      #expect(reply.status == 400)
      #expect(checker.problems(try reply.json, ["$ref": "#/components/schemas/Problem"]).isEmpty)
    }
    // The checker itself refuses what is not described.
    #expect(!checker.problems(["ready": "yes", "reasons": []], ["$ref": "#/components/schemas/Readiness"]).isEmpty)
    #expect(!checker.problems(["ready": true], ["$ref": "#/components/schemas/Readiness"]).isEmpty)
    try await server.stop()
  }
}

/// Checks values against the part of JSON Schema that the description uses.
struct SchemaChecker {
  let document: JSONValue

  func resolved(_ value: JSONValue?) -> JSONValue? {
    guard let path = value?["$ref"]?.stringValue else { return value }
    return path.dropFirst(2).split(separator: "/").reduce(document) { $0?[String($1)] }
  }

  /// What is wrong with a value, with the place.
  func problems(_ value: JSONValue, _ schema: JSONValue, at place: String = "$") -> [String] {
    guard let schema = resolved(schema) else { return ["\(place): no schema"] }
    if let constant = schema["const"] { return constant == value ? [] : ["\(place): not \(constant.text)"] }
    let types = schema["type"].map { $0.arrayValue ?? [$0] } ?? []
    guard types.isEmpty || types.contains(where: { Self.isOf($0.stringValue ?? "", value) }) else {
      return ["\(place): \(value.text) is not \(types.map(\.text))"]
    }
    if let list = schema["enum"]?.arrayValue, !list.contains(value) { return ["\(place): \(value.text) is not listed"] }
    var found: [String] = []
    if let pattern = schema["pattern"]?.stringValue, let text = value.stringValue {
      if let regex = try? Regex(pattern), text.firstMatch(of: regex) == nil { found.append("\(place): \(text)") }
    }
    for (index, element) in (value.arrayValue ?? []).enumerated() {
      if let items = schema["items"] { found += problems(element, items, at: "\(place)[\(index)]") }
    }
    guard let members = value.members else { return found }
    for name in schema["required"]?.arrayValue ?? [] where value[name.stringValue ?? ""] == nil {
      found.append("\(place): \(name.text) is missing")
    }
    for member in members {
      if let property = schema["properties"]?[member.name] {
        found += problems(member.value, property, at: "\(place).\(member.name)")
      } else if schema["additionalProperties"] == false {
        found.append("\(place): \(member.name) is not described")
      }
    }
    return found
  }

  private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
    switch (type, value) {
    case ("null", .null), ("boolean", .bool), ("number", .number), ("string", .string), ("array", .array), ("object", .object):
      true
    case ("integer", .number(let text)): Int64(text) != nil
    default: false
    }
  }
}
