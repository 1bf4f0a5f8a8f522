import JSON
import SQL
import Testing

@testable import Cases

@Suite struct ComparisonTests {
  private let comparison = CaseComparison(shapes: [
    "o": TopicShape(
      keyFormat: .kafka, valueFormat: .json, key: .string,
      value: .structure([.init(name: "D", type: .double), .init(name: "P", type: .decimal(precision: 6, scale: 2))])),
    "a": TopicShape(keyFormat: .kafka, valueFormat: .avro, key: nil, value: nil),
  ])

  private func difference(_ expected: JSONValue, _ got: JSONValue, topic: String = "o") -> String? {
    comparison.difference(
      expected: [CaseRecord(topic: topic, value: expected)],
      produced: [topic: [ProducedRecord(key: .null, value: got, timestamp: 5)]])
  }

  @Test(arguments: [
    ("1", "1.0", true), ("1.50", "1.5", true), ("150", "1.5e2", true), ("-0", "0", true), ("0.1", "0.10000000000000001", false),
    ("9007199254740993", "9007199254740992", false), ("1e400", "10e399", true), ("1", "-1", false), ("1", "10", false),
  ])
  func `numbers are compared by value, exactly`(a: String, b: String, isEqual: Bool) {
    #expect((difference([.number(a)], [.number(b)]) == nil) == isEqual)
  }

  @Test func `doubles may differ in their last digits, decimals may not`() {
    #expect(difference(["D": .number("0.3"), "P": 1], ["D": .number("0.30000000000000004"), "P": 1]) == nil)
    #expect(difference(["D": .number("0.3"), "P": 1], ["D": .number("0.300001"), "P": 1]) != nil)
    #expect(difference(["D": 0, "P": .number("0.3")], ["D": 0, "P": .number("0.30000000000000004")]) != nil)
  }

  @Test func `objects have the same members, in any order, in upper case if need be`() {
    #expect(difference(["d": 1, "P": 2], ["P": 2, "D": 1]) == nil)
    #expect(difference(["D": 1], ["D": 1, "P": .null]) != nil)
    #expect(difference(["D": 1, "X": .null], ["D": 1, "P": .null]) != nil)
    #expect(difference(["D": .null], ["D": 1]) != nil)
  }

  @Test func `lists are compared in order`() {
    #expect(difference([1, 2], [1, 2]) == nil)
    #expect(difference([1, 2], [2, 1]) != nil)
    #expect(difference([1], [1, 2]) != nil)
  }

  @Test func `texts are no numbers, but for decimals and in Avro`() {
    #expect(difference("1", 1) != nil)
    #expect(difference("1.50", .number("1.5"), topic: "a") == nil)
    #expect(difference("1.51", .number("1.5"), topic: "a") != nil)
    #expect(difference(["D": 1, "P": "1.50"], ["D": 1, "P": .number("1.5")]) == nil)
    #expect(difference(["D": "1", "P": 1], ["D": 1, "P": 1]) != nil)
    #expect(difference(.bool(true), "true") != nil)
    #expect(difference(.null, 0) != nil)
  }

  @Test func `keys, times and the ends of sessions count, the ends of other windows do not`() {
    func same(_ expected: CaseRecord, _ got: ProducedRecord) -> Bool {
      comparison.difference(expected: [expected], produced: ["o": [got]]) == nil
    }
    let got = ProducedRecord(key: "k", value: 1, timestamp: 5, window: CaseWindow(start: 0, end: 9))
    var wanted = CaseRecord(topic: "o", key: "k", value: 1, timestamp: 5, window: CaseWindow(start: 0, end: 10))
    #expect(same(wanted, got))
    wanted.timestamp = nil
    #expect(same(wanted, got))
    wanted.timestamp = 6
    #expect(!same(wanted, got))
    wanted.timestamp = 5
    wanted.key = "l"
    #expect(!same(wanted, got))
    wanted.key = "k"
    wanted.window = CaseWindow(start: 1, end: 9)
    #expect(!same(wanted, got))
    wanted.window = nil
    #expect(!same(wanted, got))
    wanted.window = CaseWindow(start: 0, end: 9, isSession: true)
    #expect(!same(wanted, got))
    var session = got
    session.window?.isSession = true
    #expect(same(wanted, session))
    wanted.window?.end = 8
    #expect(!same(wanted, session))
  }

  @Test func `the first difference is told with expected and got, per topic in order`() {
    func record(_ value: JSONValue) -> ProducedRecord { ProducedRecord(key: .null, value: value, timestamp: 0) }
    let expected = [
      CaseRecord(topic: "o", value: 1), CaseRecord(topic: "p", value: 7), CaseRecord(topic: "o", value: 2, timestamp: 3),
    ]
    let difference = { comparison.difference(expected: expected, produced: $0) }
    #expect(
      difference(["o": [record(1), record(2)], "p": [record(7)]]) == "output 2 of o: expected null → 2 at 3, got null → 2 at 0")
    #expect(difference(["o": [record(1)], "p": [record(7)]]) == "output 2 of o: expected null → 2 at 3, got nothing")
    let more = comparison.difference(expected: [expected[0]], produced: ["o": [record(1), record(9)]])
    #expect(more == "output 2 of o: expected nothing, got null → 9 at 0")
  }

  @Test func `topics that are not named are not looked at, unless nothing is expected at all`() {
    let produced = ["x": [ProducedRecord(key: .null, value: 1, timestamp: 0)]]
    #expect(comparison.difference(expected: [], produced: produced) == nil)
    #expect(comparison.difference(expected: [], produced: produced, finalTopics: ["x"]) != nil)
  }
}
