import Iceberg
import TestSupport
import Testing

@testable import Lake

@Suite struct `Offset ledger` {
  private func range(_ start: Int64, _ end: Int64, records: Int64? = nil, rejected: Int64 = 0) -> OffsetLedger.Entry {
    .init(start: start, end: end, records: records ?? end - start, rejected: rejected)
  }

  @Test func `ranges join end to end and sum up`() throws {
    var ledger = OffsetLedger()
    ledger = try ledger.advanced(by: ["t": [0: range(5, 10, records: 3), 1: range(0, 2)]], cluster: "c")
    ledger = try ledger.advanced(
      by: ["t": [0: range(10, 20, records: 9, rejected: 2)], "u": [0: range(7, 7, records: 0)]], cluster: "c")
    #expect(ledger["t", 0] == range(5, 20, records: 12, rejected: 2))
    #expect(ledger["t", 1] == range(0, 2))
    #expect(ledger["u", 0]?.end == 7)
    #expect(ledger.cluster == "c")
  }

  @Test(arguments: [(9, 12), (11, 12), (5, 10)])
  func `a range that does not begin at the end is fenced`(_ start: Int64, _ end: Int64) throws {
    let ledger = try OffsetLedger().advanced(by: ["t": [0: range(5, 10)]], cluster: "c")
    let error = #expect(throws: LakeError.self) { try ledger.advanced(by: ["t": [0: range(start, end)]], cluster: "c") }
    #expect(error?.code == .fenced)
  }

  @Test func `another cluster is refused even without new ranges`() throws {
    let ledger = try OffsetLedger().advanced(by: ["t": [0: range(5, 10)]], cluster: "c")
    let error = #expect(throws: LakeError.self) { try ledger.advanced(by: [:], cluster: "d") }
    #expect(error?.code == .sourceChanged)
  }

  @Test func `impossible ranges are refused`() {
    for bad in [range(3, 2, records: 0), range(-1, 2), range(0, 2, records: 3), range(0, 2, records: 1, rejected: 2)] {
      #expect(throws: LakeError.self) { try OffsetLedger().advanced(by: ["t": [0: bad]], cluster: "c") }
    }
  }

  @Test func `text and ledger are each other's inverse`() throws {
    var seed = SeededGenerator.forTest("ledger text")
    for _ in 0..<100 {
      var ledger = OffsetLedger(cluster: "cluster \"1\"")
      for topic in 0..<Int.random(in: 0...3, using: &seed) {
        for partition in 0..<Int32.random(in: 1...4, using: &seed) {
          let start = Int64.random(in: 0...1 << 40, using: &seed)
          let records = Int64.random(in: 0...1000, using: &seed)
          ledger.topics["topic.\(topic)", default: [:]][partition] = .init(
            start: start, end: start + records * 2, records: records, rejected: records / 3,
            last: Bool.random(using: &seed) ? .init(offset: start, hash: .random(in: .min ... .max, using: &seed)) : nil)
        }
      }
      #expect(try OffsetLedger(parsing: ledger.text) == ledger)
    }
  }

  @Test(arguments: [
    "", "{}", "[]", #"{"topics":{"t":{"x":{"start":0,"end":1,"records":1}}}}"#,
    #"{"topics":{"t":{"0":{"start":2,"end":1,"records":1}}}}"#,
  ])
  func `a damaged ledger is refused, not taken for an empty one`(_ text: String) {
    #expect(throws: LakeError.self) { try OffsetLedger(parsing: text) }
  }

  @Test func `the summary tells the ranges of one commit`() throws {
    let ranges = ["t.b": [Int32(3): range(5, 10, records: 4)], "a": [0: range(0, 1), 11: range(7, 9)]]
    let text = OffsetLedger.summaryText(ranges)
    #expect(text == #"{"a":{"0":[0,1,1],"11":[7,9,2]},"t.b":{"3":[5,10,4]}}"#)
    let snapshot = Snapshot(
      id: 1, parentID: nil, sequenceNumber: 1, timestampMillis: 0, manifestList: "", summary: [OffsetLedger.summaryKey: text],
      schemaID: 0)
    #expect(try OffsetLedger.ranges(of: snapshot) == ranges)
  }

  /// A model of two sinks that crash, replay and race: the ledger lets each record in once whatever they do.
  @Test func `no schedule of crashes and rivals gets a record in twice or past`() throws {
    var seed = SeededGenerator.forTest("rival sinks")
    for _ in 0..<300 {
      var table = OffsetLedger()
      var held: [Int64] = []
      var positions: [Int64] = [0, 0]
      for _ in 0..<40 {
        let sink = Int.random(in: 0...1, using: &seed)
        if Int.random(in: 0..<5, using: &seed) == 0 { positions[sink] = table["t", 0]?.end ?? 0 }
        let start = positions[sink]
        let end = start + Int64.random(in: 0...5, using: &seed)
        let next: OffsetLedger
        do {
          next = try table.advanced(by: ["t": [0: range(start, end)]], cluster: "c")
        } catch { continue }
        table = next
        held += Array(start..<end)
        // A crash right after the commit forgets the new position, unless the sink asks the table again.
        if Bool.random(using: &seed) { positions[sink] = end }
      }
      #expect(held == Array(0..<(table["t", 0]?.end ?? 0)))
    }
  }
}
