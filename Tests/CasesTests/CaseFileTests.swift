import JSON
import Testing

@testable import Cases

@Suite struct CaseFileTests {
  private func cases(_ text: String) throws -> [TestCase] {
    try CaseFile(name: "a.json", bytes: Array(text.utf8)).cases
  }

  @Test func `a whole case`() throws {
    let test = try #require(
      try cases(
        """
        {"comments": ["ignored"], "tests": [{
          "name": "n", "statements": ["A;", "B;"], "properties": {"p": 1, "q": "x"},
          "inputs": [{"topic": "t", "key": 1, "value": {"v": 1.50}, "timestamp": 7}, {"topic": "t", "value": null}],
          "outputs": [{"topic": "o", "key": "k", "value": "1,2", "timestamp": 9,
                       "window": {"start": 0, "end": 5, "type": "session"}}, {"topic": "o", "value": 1}],
          "topics": ["plain", {"name": "t", "valueFormat": "AVRO", "valueSchema": {"type": "int"}, "partitions": 3}]
        }]}
        """
      ).first)
    #expect(test.name == "n" && test.statements == ["A;", "B;"] && test.properties == ["p": "1", "q": "x"])
    #expect(
      test.inputs == [
        CaseRecord(topic: "t", key: 1, value: ["v": .number("1.50")], timestamp: 7),
        CaseRecord(topic: "t", value: .null, timestamp: 0),
      ])
    #expect(
      test.outputs == [
        CaseRecord(
          topic: "o", key: "k", value: "1,2", timestamp: 9, window: CaseWindow(start: 0, end: 5, isSession: true)),
        CaseRecord(topic: "o", value: 1),
      ])
    #expect(
      test.topics == [
        CaseTopic(name: "plain"), CaseTopic(name: "t", valueFormat: "AVRO", valueSchema: ["type": "int"], partitions: 3),
      ])
    #expect(test.expectedException == nil && test.skipReason == nil)
  }

  @Test func `headers of records, and errors that a server gives`() throws {
    let test = try #require(
      try cases(
        """
        {"tests": [{"name": "n", "statements": ["A;"], "expectedError": {"type": "T", "message": "M", "status": 400},
          "inputs": [{"topic": "t", "value": 1, "headers": [{"KEY": "h", "VALUE": "IQ=="}, {"KEY": "h", "VALUE": null}]}],
          "outputs": [{"topic": "o", "value": 1, "headers": []}, {"topic": "o", "value": 1}]}]}
        """
      ).first)
    #expect(test.inputs[0].headers == [CaseHeader(name: "h", value: [33]), CaseHeader(name: "h", value: nil)])
    #expect(test.outputs.map(\.headers) == [[], nil])
    #expect(test.expectedException == ExpectedRefusal(type: "T", message: "M"))
  }

  @Test(arguments: [#"[{"KEY": "h", "VALUE": "?"}]"#, #"[{"KEY": "h"}]"#, #"{"h": 1}"#])
  func `headers of another shape are refused`(headers: String) {
    #expect(throws: CaseFileError.self) {
      try cases(
        #"{"tests": [{"name": "n", "statements": ["A;"], "inputs": [{"topic": "t", "value": 1, "headers": \#(headers)}]}]}"#)
    }
  }

  @Test func `formats and configurations give one case each`() throws {
    let tests = try cases(
      """
      {"tests": [{"name": "n", "format": ["JSON", "AVRO"], "config": ["true", false],
        "statements": ["WITH (value_format='{FORMAT}');"], "properties": {"p": "{CONFIG}", "q": "kept"}}]}
      """)
    #expect(tests.map(\.name) == ["n - JSON - p=true", "n - JSON - p=false", "n - AVRO - p=true", "n - AVRO - p=false"])
    #expect(tests.map { $0.statements[0] }.last == "WITH (value_format='AVRO');")
    #expect(tests.map { $0.properties["p"] } == ["true", "false", "true", "false"])
    #expect(tests.allSatisfy { $0.properties["q"] == "kept" })
  }

  @Test func `refusals, disabled cases and bounds on versions`() throws {
    let tests = try cases(
      """
      {"tests": [
        {"name": "a", "statements": ["A;"], "expectedException": {"type": "T", "message": "M"}},
        {"name": "b", "statements": ["A;"], "enabled": false},
        {"name": "c", "statements": ["A;"], "versions": {"min": "7.2.0"}},
        {"name": "d", "statements": ["A;"], "versions": {"max": "6.0.0"}}
      ]}
      """)
    #expect(tests.map(\.expectedException) == [ExpectedRefusal(type: "T", message: "M"), nil, nil, nil])
    #expect(tests.map { $0.skipReason != nil } == [false, true, false, true])
  }

  @Test(arguments: [
    (#"{"test": []}"#, "tests"), (#"[]"#, "tests"), (#"{"tests": [{}]}"#, "no \"name\""),
    (#"{"tests": [{"name": "n"}]}"#, "statement"), (#"{"tests": [{"name": "n", "statements": [1]}]}"#, "texts"),
    (#"{"tests": [{"name": "n", "statements": ["A;"], "inputs": [{"value": 1}]}]}"#, "topic"),
    (#"{"tests": [{"name": "n", "statements": ["A;"], "inputs": [{"topic": "t"}]}]}"#, "value"),
    (#"{"tests": [{"name": "n", "statements": ["A;"], "inputs": [{"topic": "t", "value": 1, "timestamp": "x"}]}]}"#, "milli"),
    (#"{"tests": [{"name": "n", "statements": ["A;"], "outputs": [{"topic": "t", "value": 1, "window": {}}]}]}"#, "start"),
  ])
  func `what is no case file is refused with the member it lacks`(text: String, reason: String) throws {
    let error = try #require(throws: CaseFileError.self) { try cases(text) }
    #expect(error.reason.contains(reason), "\(error)")
  }
}
