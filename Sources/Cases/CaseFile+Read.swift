import Foundation
import JSON

extension CaseFile {
  /// Reads the text of a case file: JSON with comments, trailing commas and raw control characters allowed.
  ///
  /// - Throws: where the text is not JSON, or the member that a case cannot be without.
  public init(name: String, bytes: [UInt8]) throws(CaseFileError) {
    let root = try CaseReader.parse(bytes, file: name)
    let reader = CaseReader(file: name)
    guard let tests = root["tests"]?.arrayValue else { throw reader.error("\"tests\" with a list of cases was expected") }
    var cases: [TestCase] = []
    for (index, test) in tests.enumerated() { cases += try reader.cases(test, number: index + 1) }
    self.init(name: name, cases: cases)
  }
}

/// Turns the JSON of cases into cases.
struct CaseReader {
  let file: String

  static func parse(_ bytes: [UInt8], file: String) throws(CaseFileError) -> JSONValue {
    do throws(JSONError) {
      return try JSONValue(parsingRelaxed: bytes)
    } catch {
      throw CaseFileError.at(error.position, of: bytes, file: file, error.what)
    }
  }

  func error(_ reason: String) -> CaseFileError { CaseFileError(file: file, line: 1, column: 1, reason: reason) }

  func cases(_ json: JSONValue, number: Int) throws(CaseFileError) -> [TestCase] {
    guard let name = json["name"]?.stringValue, !name.isEmpty else { throw error("case \(number) has no \"name\"") }
    let statements = try strings(json["statements"], "statements", of: name)
    guard !statements.isEmpty else { throw error("\(name): \"statements\" with at least one statement was expected") }
    var test = TestCase(name: name, statements: statements)
    test.inputs = try records(json["inputs"], "inputs", of: name).map(\.input)
    test.outputs = try records(json["outputs"], "outputs", of: name)
    test.topics = try topics(json["topics"], of: name)
    for member in json["properties"]?.members ?? [] { test.properties[member.name] = Self.text(member.value) }
    test.answers = try answers(json["responses"], of: name)
    test.verifiesOrder = json["outputConditions"]?["verifyOrder"]?.boolValue ?? false
    if let expected = json["expectedException"] ?? json["expectedError"] {
      test.expectedException = ExpectedRefusal(
        type: expected["type"]?.stringValue, message: expected["message"]?.stringValue ?? expected["causeMessage"]?.stringValue)
    }
    test.skipReason = skipReason(json)
    return expand(
      test, formats: try strings(json["format"], "format", of: name), configurations: try texts(json["config"], of: name))
  }

  /// One case per format and configuration.
  private func expand(_ test: TestCase, formats: [String], configurations: [String]) -> [TestCase] {
    let formats: [String?] = formats.isEmpty ? [nil] : formats
    let configurations: [String?] = configurations.isEmpty ? [nil] : configurations
    return formats.flatMap { format in configurations.map { test.expanded(format: format, configuration: $0) } }
  }

  /// `"enabled": false`, and bounds on versions that have an upper end: the newest behaviour is the one that is followed.
  private func skipReason(_ json: JSONValue) -> String? {
    if json["enabled"]?.boolValue == false || json["enabled"]?.stringValue == "false" { return "disabled in the file" }
    return json["versions"]?["max"].map { "for versions up to \(Self.text($0)) only" }
  }

  static func text(_ value: JSONValue) -> String { value.stringValue ?? value.text }

  private func strings(_ json: JSONValue?, _ member: String, of name: String) throws(CaseFileError) -> [String] {
    guard let json, json != .null else { return [] }
    guard let elements = json.arrayValue else { throw error("\(name): \"\(member)\" is a list of texts") }
    var strings: [String] = []
    for element in elements {
      guard let string = element.stringValue else { throw error("\(name): \"\(member)\" is a list of texts") }
      strings.append(string)
    }
    return strings
  }

  private func texts(_ json: JSONValue?, of name: String) throws(CaseFileError) -> [String] {
    guard let json, json != .null else { return [] }
    guard let elements = json.arrayValue else { throw error("\(name): \"config\" is a list") }
    return elements.map(Self.text)
  }

  private func records(_ json: JSONValue?, _ member: String, of name: String) throws(CaseFileError) -> [CaseRecord] {
    guard let json, json != .null else { return [] }
    guard let elements = json.arrayValue else { throw error("\(name): \"\(member)\" is a list of records") }
    var records: [CaseRecord] = []
    for (index, element) in elements.enumerated() {
      records.append(try record(element, "\(name): record \(index + 1) of \"\(member)\""))
    }
    return records
  }

  private func record(_ json: JSONValue, _ place: String) throws(CaseFileError) -> CaseRecord {
    guard let topic = json["topic"]?.stringValue, !topic.isEmpty else { throw error("\(place) has no \"topic\"") }
    guard let value = json["value"] else { throw error("\(place) has no \"value\"; write null for none") }
    var record = CaseRecord(topic: topic, key: json["key"] ?? .null, value: value)
    if let timestamp = json["timestamp"], timestamp != .null {
      guard let milliseconds = timestamp.int64Value else { throw error("\(place): \"timestamp\" is a number of milliseconds") }
      record.timestamp = milliseconds
    }
    if let window = json["window"], window != .null { record.window = try self.window(window, place) }
    record.headers = try headers(json["headers"], place)
    return record
  }

  /// `[{"KEY": name, "VALUE": Base64 or null}]`.
  private func headers(_ json: JSONValue?, _ place: String) throws(CaseFileError) -> [CaseHeader]? {
    guard let json, json != .null else { return nil }
    guard let elements = json.arrayValue else { throw error("\(place): \"headers\" is a list") }
    var headers: [CaseHeader] = []
    for element in elements {
      guard let name = element["KEY"]?.stringValue, let value = element["VALUE"] else {
        throw error("\(place): a header has \"KEY\" and \"VALUE\"")
      }
      let bytes = value.stringValue.flatMap { Data(base64Encoded: $0) }.map { Array($0) }
      guard value == .null || bytes != nil else { throw error("\(place): a header's \"VALUE\" is Base64 or null") }
      headers.append(CaseHeader(name: name, value: bytes))
    }
    return headers
  }

  private func window(_ json: JSONValue, _ place: String) throws(CaseFileError) -> CaseWindow {
    let type = json["type"]?.stringValue?.lowercased()
    guard let start = json["start"]?.int64Value, let end = json["end"]?.int64Value, type == "time" || type == "session" else {
      throw error("\(place): \"window\" has \"start\", \"end\" and a \"type\" of time or session")
    }
    return CaseWindow(start: start, end: end, isSession: type == "session")
  }

  private func topics(_ json: JSONValue?, of name: String) throws(CaseFileError) -> [CaseTopic] {
    guard let json, json != .null else { return [] }
    guard let elements = json.arrayValue else { throw error("\(name): \"topics\" is a list") }
    var topics: [CaseTopic] = []
    for element in elements {
      guard let topic = element.stringValue ?? element["name"]?.stringValue else {
        throw error("\(name): a topic without \"name\"")
      }
      let format = element["format"]?.stringValue
      topics.append(
        CaseTopic(
          name: topic, keyFormat: element["keyFormat"]?.stringValue, valueFormat: element["valueFormat"]?.stringValue ?? format,
          keySchema: element["keySchema"], valueSchema: element["valueSchema"] ?? element["schema"],
          partitions: element["partitions"]?.intValue))
    }
    return topics
  }
}

extension CaseRecord {
  /// As an input: its time is 0 where it is missing.
  fileprivate var input: CaseRecord {
    var record = self
    record.timestamp = timestamp ?? 0
    return record
  }
}

extension TestCase {
  /// With `{FORMAT}` in statements and `{CONFIG}` in properties replaced, and both in the name.
  func expanded(format: String?, configuration: String?) -> TestCase {
    var test = self
    if let format {
      test.name += " - \(format)"
      test.statements = statements.map { $0.replacing("{FORMAT}", with: format) }
      for index in test.topics.indices {
        test.topics[index].keyFormat = topics[index].keyFormat?.replacing("{FORMAT}", with: format)
        test.topics[index].valueFormat = topics[index].valueFormat?.replacing("{FORMAT}", with: format)
      }
    }
    if let configuration {
      let overridden = properties.keys.filter { properties[$0]?.uppercased() == "{CONFIG}" }.sorted()
      test.name += " - " + overridden.map { "\($0)=\(configuration)" }.joined(separator: ", ")
      for name in overridden { test.properties[name] = configuration }
    }
    return test
  }
}
