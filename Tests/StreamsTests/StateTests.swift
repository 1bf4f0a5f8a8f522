import Kafka
import Testing

@testable import Streams

@Suite struct StateTests {
  @Test func `a position survives its bytes`() {
    for next in [0, 1, 255, Int64.max] as [Int64] {
      let position = TaskPosition(next: next, checkpoint: 77)
      #expect(TaskPosition(position.bytes) == position)
    }
  }

  @Test func `damaged or foreign positions are refused`() {
    let good = TaskPosition(next: 5, checkpoint: 1).bytes
    for count in 0..<good.count { #expect(TaskPosition(Array(good.prefix(count))) == nil) }
    #expect(TaskPosition([2] + good.dropFirst()) == nil)
    #expect(TaskPosition(good + [0]) == nil)
    #expect(TaskPosition([1, 0x80] + [UInt8](repeating: 0, count: 15)) == nil)
  }

  @Test func `state and offsets of one commit go on, others are refused`() {
    func decide(_ position: Int64?, _ committed: Int64?) -> StartDecision {
      StartDecision(
        position: position.map { TaskPosition(next: $0, checkpoint: 1) }, committed: committed, partition: "t[0]")
    }
    #expect(decide(nil, nil) == .fromTheBeginning)
    #expect(decide(7, 7) == .from(7))
    #expect(decide(7, nil) == .fromStateAlone(7))
    guard case .refused = decide(nil, 7), case .refused = decide(6, 7), case .refused = decide(8, 7) else {
      Issue.record("a contradiction was accepted")
      return
    }
  }

  @Test func `keys of the changelog lead back to their owners`() {
    #expect(StateOwner.parse(StateOwner.sourceKey([1, 0, 2])) == .source([1, 0, 2]))
    #expect(StateOwner.parse(StateOwner.queryKey("CTAS_X", [0, 0, 9])) == .query("CTAS_X", [0, 0, 9]))
    #expect(StateOwner.parse([]) == .unknown)
    #expect(StateOwner.parse(Array("qno zero".utf8)) == .unknown)
    #expect(StateOwner.parse(ChangelogKey.position) == .unknown)
  }
}
