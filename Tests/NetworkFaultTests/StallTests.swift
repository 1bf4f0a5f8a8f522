import Kafka
import NetworkFaults
import Synchronization
import TestSupport
import Testing

/// Requests that wait on a connection that stays open, longer than their caller does.
@Suite(.serialized) struct StallTests {
  /// A connection outlasts its callers' patience.
  private static let patient = ["socket.timeout.ms": "3000", "retry.backoff.ms": "5"]

  private static func stall(_ kind: Int16, in lab: Lab) {
    let isFirst = Mutex(true)
    lab.proxy.inject { frame in
      guard frame.apiKey == kind, frame.direction == .request else { return .pass }
      return isFirst.withLock { isFirst in
        defer { isFirst = false }
        return isFirst ? .stall : .pass
      }
    }
  }

  @Test func `offsets without an answer are not followed by another transaction of the same producer`() async throws {
    try await BlockingThread(name: "test") {
      let lab = try Lab()
      defer { lab.proxy.stop() }
      try lab.withTopic("stalled-offsets", partitions: 1) { topic in
        let reader = try Consumer(lab.direct(), .init(groupID: Lab.name("group")))
        defer { reader.deferClose() }
        let (id, position) = (Lab.name("id"), TopicPartition(topic, 0))
        let old = try TransactionalWork.connect(lab, id, settings: Self.patient)
        defer { old.close() }
        _ = try old.begin()
        try old.send(old.topic(topic), 0, "first")
        Self.stall(KafkaApi.txnOffsetCommit, in: lab)
        let error = #expect(throws: KafkaError.self) {
          try old.sendOffsets([position: 1], group: reader.groupMetadata(), timeout: .seconds(1))
        }
        #expect(error?.recovery == .rebuild)
        #expect(throws: KafkaError.self) { try old.abort(timeout: .seconds(5)) }
        #expect(throws: KafkaError.self) { _ = try old.begin() }
        lab.proxy.heal()
        let new = try TransactionalWork.connect(lab, id, settings: Self.patient)
        defer { new.close() }
        let permit = try new.begin()
        try new.send(new.topic(topic), 0, "second")
        try new.sendOffsets([position: 2], group: reader.groupMetadata(), timeout: .seconds(20))
        lab.proxy.releaseStalled()
        try new.commit(permit, timeout: .seconds(20))
        #expect(try reader.committed([position])[position] == .some(2))
        #expect(try contents(of: topic, partitions: 1, lab) == [["second"]])
      }
    }.value
  }

  @Test(arguments: LateFrameTests.kinds)
  func `a request that waits past its caller's patience, and then arrives, changes nothing`(_ kind: Int16) async throws {
    try await Lab.schedules("stalled frames of \(kind)", 1) { seed, random in
      let lab = try Lab()
      defer { lab.proxy.stop() }
      try lab.withTopic("stalled", partitions: 3) { topic in
        let work = try TransactionalWork(lab, topic: topic, partitions: 3, units: 5, random: random, abortsPerMille: 300)
        work.settings = Self.patient
        work.patience = .seconds(1)
        var moments = random
        let stalledAt = Int.random(in: 1...3, using: &moments)
        var faults = 0
        work.atMoment = { moment, attempt in
          if moment == .begun, attempt == stalledAt { Self.stall(kind, in: lab) }
          // In the midst of a later transaction.
          guard moment == .halfSent, lab.proxy.faults > 0, attempt > stalledAt else { return }
          faults = lab.proxy.faults
          lab.proxy.heal()
          lab.proxy.releaseStalled()
        }
        try work.run()
        try work.check(seed)
        // An attempt that was to be aborted asks for no offsets, and so on: not every run has a request of each kind.
        #expect(faults > 0 || work.attempts <= 8)
      }
    }
  }
}
