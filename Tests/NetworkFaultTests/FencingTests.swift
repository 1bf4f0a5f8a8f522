import Kafka
import NetworkFaults
import TestSupport
import Testing

/// A second producer takes a transactional id over: the first can do nothing any more.
@Suite(.serialized) struct FencingTests {
  private enum Call: CaseIterable { case send, sendOffsets, commit, abort }

  @Test func `whoever lost its id is refused in every call, and nothing of it is visible`() async throws {
    try await Lab.schedules("fencing", 8) { seed, random in
      let lab = try Lab()
      defer { lab.proxy.stop() }
      try Lab.withTopic("fence", partitions: 2) { topic in
        let id = Lab.name("id")
        let old = try TransactionalProducer(lab.faulty(), transactionalID: id)
        defer { old.close() }
        try old.initialise()
        try Self.transact(old, topic, "before")
        let permit = try old.begin()
        let handle = try old.topic(topic)
        let answered = lab.proxy.answers(to: KafkaApi.produce)
        try old.send(handle, 0, "lost")
        // With some, the takeover meets records in the log; with others, those that are still on their way.
        if Bool.random(using: &random) {
          try wait("the record's arrival") { lab.proxy.answers(to: KafkaApi.produce) > answered }
        }
        let new = try TransactionalProducer(Lab.direct(), transactionalID: id)
        defer { new.close() }
        try new.initialise()
        if Bool.random(using: &random) { try Self.transact(new, topic, "middle") }
        let error = try Self.failure(of: Call.allCases.randomElement(using: &random) ?? .commit, old, handle, permit, topic)
        let first = try #require(error, "schedule \(seed): the zombie was served")
        #expect(first.recovery == .fenced, "schedule \(seed): \(first)")
        #expect(throws: KafkaError.self, "schedule \(seed)") { _ = try old.begin() }
        #expect(throws: KafkaError.self, "schedule \(seed)") { try old.send(handle, 1, "lost") }
        #expect(throws: KafkaError.self, "schedule \(seed)") { try old.abort(timeout: .seconds(5)) }
        try Self.transact(new, topic, "after")
        let seen = try contents(of: topic, partitions: 2)
        #expect(!seen.flatMap { $0 }.contains("lost"), "schedule \(seed)")
        #expect(seen.allSatisfy { $0.first == "before" && $0.last == "after" }, "schedule \(seed)")
      }
    }
  }

  /// The call's own error, or that of the commit that follows where the call only queues.
  private static func failure(
    of call: Call, _ old: TransactionalProducer, _ handle: TopicHandle, _ permit: consuming CommitPermit, _ topic: String
  ) throws -> KafkaError? {
    let reader = try Consumer(Lab.direct(), .init(groupID: Lab.name("group")))
    do throws(KafkaError) {
      switch call {
      case .send: try old.send(handle, 1, "lost")
      case .sendOffsets:
        try old.sendOffsets([TopicPartition(topic, 0): 7], group: reader.groupMetadata(), timeout: .seconds(20))
      case .abort:
        try old.abort(timeout: .seconds(20))
        return nil
      case .commit: break
      }
      try old.commit(permit, timeout: .seconds(20))
      return nil
    } catch {
      return error
    }
  }

  private static func transact(_ producer: TransactionalProducer, _ topic: String, _ value: String) throws {
    let permit = try producer.begin()
    let handle = try producer.topic(topic)
    for partition in Int32(0)..<2 { try producer.send(handle, partition, value) }
    try producer.commit(permit)
  }
}
