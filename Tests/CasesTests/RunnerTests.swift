import JSON
import Testing

@testable import Cases

/// The runner itself: that a wrong expectation fails, and that a case that cannot be run says why.
@Suite struct RunnerTests {
  private var test: TestCase {
    TestCase(
      name: "n",
      statements: [
        "CREATE STREAM S (K STRING KEY, V BIGINT) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'AVRO');",
        "CREATE TABLE T AS SELECT K, COUNT(*) AS N FROM S WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY K;",
      ],
      inputs: [
        CaseRecord(topic: "s", key: "a", value: ["V": 1], timestamp: 9999),
        CaseRecord(topic: "s", key: "a", value: ["V": 2], timestamp: 10_000),
      ],
      outputs: [
        CaseRecord(topic: "T", key: "a", value: ["N": 1], timestamp: 9999, window: CaseWindow(start: 0, end: 10_000)),
        CaseRecord(topic: "T", key: "a", value: ["N": 1], timestamp: 10_000, window: CaseWindow(start: 10_000, end: 20_000)),
      ])
  }

  private func reason(_ test: TestCase) -> String? {
    guard case .failed(let reason) = CaseRunner().run(test) else { return nil }
    return reason
  }

  @Test func `a right expectation passes, also with restarts`() {
    #expect(CaseRunner().run(test) == .passed(refusal: nil))
    var runner = CaseRunner()
    runner.restarts = true
    #expect(runner.run(test) == .passed(refusal: nil))
  }

  @Test func `each part of a wrong expectation fails`() {
    for change: (inout CaseRecord) -> Void in [
      { $0.key = "b" }, { $0.value = ["N": 2] }, { $0.timestamp = 1 }, { $0.window?.start = 5000 }, { $0.window = nil },
      { $0.value = .null },
    ] {
      var test = test
      change(&test.outputs[1])
      #expect(reason(test)?.hasPrefix("output 2 of T: expected") ?? false)
    }
    var more = test
    more.outputs.append(more.outputs[0])
    #expect(reason(more)?.contains("got nothing") ?? false)
    var fewer = test
    fewer.outputs.removeLast()
    #expect(reason(fewer)?.contains("expected nothing") ?? false)
    fewer.outputs = []
    #expect(reason(fewer)?.contains("expected nothing") ?? false)
  }

  @Test func `refusals pass where they are expected, and only there`() {
    var test = test
    test.statements[1] = "CREATE TABLE T AS SELECT K, COUNT(*) AS N FROM NOWHERE WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY K;"
    #expect(reason(test)?.contains("NOWHERE") ?? false)
    test.expectedException = ExpectedRefusal()
    guard case .passed(let refusal?) = CaseRunner().run(test) else {
      Issue.record("a refusal was expected")
      return
    }
    #expect(refusal.contains("NOWHERE"))
    var accepted = self.test
    accepted.expectedException = ExpectedRefusal()
    #expect(reason(accepted)?.contains("expected a refusal") ?? false)
  }

  @Test func `inputs that no statement declares, or of another shape, fail the case`() {
    var test = test
    test.inputs[0].topic = "elsewhere"
    #expect(reason(test)?.contains("elsewhere") ?? false)
    test = self.test
    test.inputs[0].value = ["V": "x"]
    #expect(reason(test)?.contains("input 1 for s") ?? false)
    // A topic that is wrong must not pass for a refusal.
    test.expectedException = ExpectedRefusal()
    #expect(reason(test) != nil)
  }

  /// A key of one column and a value that is a line of CSV, whose quotes hold the delimiter.
  @Test func `DELIMITED values are texts of CSV`() {
    var test = TestCase(
      name: "n",
      statements: [
        "CREATE STREAM S (K STRING KEY, A STRING, B INT) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'DELIMITED');",
        "CREATE STREAM O AS SELECT K, B, A FROM S;",
      ],
      inputs: [CaseRecord(topic: "s", key: "a", value: "\"x,y\",7")],
      outputs: [CaseRecord(topic: "O", key: "a", value: "7,\"x,y\"")])
    #expect(CaseRunner().run(test) == .passed(refusal: nil))
    test.outputs[0].value = "7,x"
    #expect(reason(test) != nil)
  }

  @Test func `a column of a header holds its last value, and rows are written without headers`() {
    var test = TestCase(
      name: "n",
      statements: [
        "CREATE STREAM S (K STRING KEY, V INT, H BYTES HEADER('h')) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'JSON');",
        "CREATE STREAM O AS SELECT K, V, FROM_BYTES(H, 'utf8') AS H FROM S;",
      ],
      inputs: [
        CaseRecord(topic: "s", key: "a", value: ["V": 1]), CaseRecord(topic: "s", key: "a", value: ["V": 2]),
        CaseRecord(topic: "s", key: "a", value: ["V": 3]),
      ],
      outputs: [
        CaseRecord(topic: "O", key: "a", value: ["V": 1, "H": "z"]),
        CaseRecord(topic: "O", key: "a", value: ["V": 2, "H": .null]),
        CaseRecord(topic: "O", key: "a", value: ["V": 3, "H": .null]),
      ])
    test.inputs[0].headers = [
      CaseHeader(name: "h", value: [0x79]), CaseHeader(name: "h", value: [0x7a]), CaseHeader(name: "g", value: [0x78]),
    ]
    test.inputs[1].headers = [CaseHeader(name: "h", value: [0x79]), CaseHeader(name: "h", value: nil)]
    #expect(CaseRunner().run(test) == .passed(refusal: nil))
    test.outputs[0].headers = []
    #expect(CaseRunner().run(test) == .passed(refusal: nil))
    test.outputs[0].headers = [CaseHeader(name: "h", value: [0x7a])]
    #expect(reason(test) != nil)
  }

  @Test func `what is refused on the way is an error record, and told with its reason`() {
    let test = TestCase(
      name: "n",
      statements: [
        "CREATE STREAM S (K STRING KEY, V INT) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'JSON');",
        "CREATE STREAM O WITH (VALUE_FORMAT = 'AVRO', VALUE_SCHEMA_ID = 1) AS SELECT K, V, 10 / V AS Q FROM S;",
      ],
      inputs: [
        CaseRecord(topic: "s", key: "a", value: ["V": "x"]), CaseRecord(topic: "s", key: "b", value: ["V": 0]),
        CaseRecord(topic: "s", key: "c", value: ["V": .null]), CaseRecord(topic: "s", key: "d", value: ["V": 2], timestamp: 9),
      ],
      outputs: [
        CaseRecord(topic: "s.invalid", key: "a", value: ["V": "x"]), CaseRecord(topic: "s.invalid", key: "b", value: ["V": 0]),
        CaseRecord(topic: "s.invalid", key: "c", value: .null),
        CaseRecord(topic: "O", key: "d", value: ["V": 2, "Q": 5], timestamp: 9),
      ],
      topics: [
        CaseTopic(
          name: "O", valueFormat: "AVRO",
          valueSchema: [
            "type": "record", "name": "R",
            "fields": [["name": "V", "type": "int"], ["name": "Q", "type": ["null", "int"]]],
          ])
      ])
    let result = CaseRunner().result(of: test, in: "f")
    #expect(result.outcome == .passed(refusal: nil))
    #expect(
      CaseReport.notes(result) == [
        "rejected f: n: input 1: V: a text that is no number in range where INT is declared",
        "rejected f: n: input 2: overflow: a value cannot be computed exactly",
        "rejected f: n: input 3: V: the schema has no room for this value in its int",
      ])
  }

  @Test func `skipped cases are not run`() {
    var test = test
    test.skipReason = "disabled"
    test.outputs = []
    #expect(CaseRunner().run(test) == .skipped(reason: "disabled"))
  }
}
