import Foundation
import TestSupport
import Testing

@testable import EmbeddedKafka

@Suite struct OffsetsStateTests {
  /// A store over a log of its own, in a folder that goes away with it.
  final class Fixture {
    let path = NSTemporaryDirectory() + "wick-offsets-\(UUID().uuidString)"
    var logs: LogDirectory
    var store: OffsetStore

    init() throws {
      let settings = ["flush.ms": "100000", "segment.bytes": "1000", "min.cleanable.dirty.ratio": "0"]
      logs = try LogDirectory(path: path, defaults: LogConfig().applying(settings), clock: BrokerClock.system.nowMs)
      store = OffsetStore(log: try BrokerCore.internalLog("__consumer_offsets", logs), clock: .system)
    }

    /// What a restart would read.
    func rebuilt() throws -> OffsetsState {
      let other = OffsetStore(log: store.log, clock: .system)
      try other.load()
      return other.current
    }

    deinit {
      try? logs.close()
      try? FileManager.default.removeItem(atPath: path)
    }
  }

  func commit(_ partition: Int32, _ offset: Int64) -> OffsetStore.Commit {
    OffsetStore.Commit(partition: TopicPartition(topic: "t", partition: partition), offset: offset, leaderEpoch: 0, metadata: "m")
  }

  func offset(_ store: OffsetStore, _ partition: Int32 = 0) -> Int64? {
    store.current.committed["g"]?[TopicPartition(topic: "t", partition: partition)]?.offset
  }

  @Test func `staged offsets show only after their commit marker`() throws {
    let fixture = try Fixture()
    let store = fixture.store
    defer { withExtendedLifetime(fixture) {} }
    try store.commit("g", [commit(0, 1)])
    try store.stage("g", [commit(0, 5)], producerID: 9, producerEpoch: 0)
    #expect(offset(store) == 1)
    #expect(store.read { $0.isPending("g", TopicPartition(topic: "t", partition: 0)) })
    #expect(!store.read { $0.isPending("g", TopicPartition(topic: "t", partition: 1)) })
    try store.mark(commit: true, producerID: 9, producerEpoch: 0, coordinatorEpoch: 0)
    #expect(offset(store) == 5)
    #expect(store.current.pending.isEmpty)
  }

  @Test func `aborted offsets are forgotten`() throws {
    let fixture = try Fixture()
    let store = fixture.store
    defer { withExtendedLifetime(fixture) {} }
    try store.commit("g", [commit(0, 1)])
    try store.stage("g", [commit(0, 5)], producerID: 9, producerEpoch: 0)
    try store.mark(commit: false, producerID: 9, producerEpoch: 1, coordinatorEpoch: 0)
    #expect(offset(store) == 1)
    #expect(!store.read { $0.isPending("g", TopicPartition(topic: "t", partition: 0)) })
  }

  @Test func `of several offsets the one written last holds, whenever their markers come`() throws {
    let fixture = try Fixture()
    let store = fixture.store
    defer { withExtendedLifetime(fixture) {} }
    try store.stage("g", [commit(0, 10)], producerID: 1, producerEpoch: 0)
    try store.stage("g", [commit(0, 20)], producerID: 2, producerEpoch: 0)
    try store.mark(commit: true, producerID: 2, producerEpoch: 0, coordinatorEpoch: 0)
    #expect(offset(store) == 20)
    try store.mark(commit: true, producerID: 1, producerEpoch: 0, coordinatorEpoch: 0)
    #expect(offset(store) == 20)
    try store.stage("g", [commit(0, 30)], producerID: 1, producerEpoch: 0)
    try store.commit("g", [commit(0, 40)])
    try store.mark(commit: true, producerID: 1, producerEpoch: 0, coordinatorEpoch: 0)
    #expect(offset(store) == 40)
    #expect(try fixture.rebuilt() == store.current)
  }

  @Test func `deleting a group leaves neither offsets nor membership`() throws {
    let fixture = try Fixture()
    try fixture.store.commit("g", [commit(0, 1), commit(1, 2)])
    try fixture.store.store("g", GroupSnapshot(protocolType: "consumer", generation: 3))
    try fixture.store.deleteGroup("g")
    #expect(fixture.store.current == OffsetsState())
    #expect(try fixture.rebuilt() == OffsetsState())
  }

  @Test func `state rebuilt from the log equals state built live after every step`() throws {
    var generator = SeededGenerator.forTest("offsets live and rebuilt")
    let fixture = try Fixture()
    var epochs: [Int64: Int16] = [1: 0, 2: 0, 3: 0]
    for step in 1...400 {
      try randomStep(fixture.store, &epochs, &generator)
      if step % 50 == 0 { try fixture.store.log.compact(nowMs: BrokerClock.system.nowMs()) }
      if step % 20 == 0 { try expectRebuiltAlike(fixture, step) }
    }
    try expectRebuiltAlike(fixture, 400)
  }

  private func expectRebuiltAlike(_ fixture: Fixture, _ step: Int) throws {
    let (rebuilt, live) = (try fixture.rebuilt(), fixture.store.current)
    #expect(rebuilt.committed == live.committed && rebuilt.groups == live.groups, "step \(step)")
    #expect(rebuilt.pending == live.pending, "step \(step)")
    // A producer of whom nothing is known begins at 0.
    #expect(rebuilt.sequences.filter { $0.value.next > 0 } == live.sequences.filter { $0.value.next > 0 }, "step \(step)")
  }

  private func randomStep(
    _ store: OffsetStore, _ epochs: inout [Int64: Int16], _ generator: inout SeededGenerator
  ) throws {
    let group = ["g", "h"].randomElement(using: &generator)!
    let commits = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
      commit(Int32.random(in: 0...3, using: &generator), Int64.random(in: 0...1000, using: &generator))
    }
    let producer = Int64.random(in: 1...3, using: &generator)
    switch Int.random(in: 0...9, using: &generator) {
    case 0, 1: try store.commit(group, commits)
    case 2, 3, 4, 5: try store.stage(group, commits, producerID: producer, producerEpoch: epochs[producer]!)
    case 6: try store.mark(commit: true, producerID: producer, producerEpoch: epochs[producer]!, coordinatorEpoch: 0)
    case 7:
      epochs[producer]! += 1
      try store.mark(commit: false, producerID: producer, producerEpoch: epochs[producer]!, coordinatorEpoch: 0)
    case 8: try store.delete(group, commits.map(\.partition))
    default:
      var snapshot = GroupSnapshot(protocolType: "consumer", generation: 1, protocolName: "range", leader: "a")
      snapshot.members = [
        GroupMember(
          id: "a", clientID: "c", clientHost: "/h", sessionTimeoutMs: 1, rebalanceTimeoutMs: 2,
          protocols: [GroupProtocolOffer(name: "range", metadata: [1, 2])], assignment: [3])
      ]
      try store.store(group, snapshot)
    }
  }
}
