import Kafka
import NetworkFaults
import Testing

@testable import EmbeddedKafka

/// Why a producer is replaced once a request of its may still be under way.
///
/// The transaction protocol that librdkafka speaks cannot tell a late request of the last transaction from one of the next
/// (KAFKA-17754, KIP-890). These clients go on with the old epoch, which does the damage, or follow the rule, which does not.
/// What is expected without the rule is the harm itself: a cluster that prevents it needs the rule no more.
@Suite(.serialized) struct OldProtocolTests {
  private static func with(
    _ stem: String, _ body: (RawProducer, FaultProxy, _ topic: String, _ release: () -> Void) throws -> Void
  ) throws {
    let lab = try Lab()
    defer { lab.proxy.stop() }
    try Lab.withTopic(stem, partitions: 2) { topic in
      var producer = RawProducer(
        try RawClient(lab.proxy.bootstrap), id: Lab.name("id"), topic: topic, group: Lab.name("group"))
      try producer.initialise()
      try body(producer, lab.proxy, topic) {
        lab.proxy.heal()
        lab.proxy.releaseHeld()
      }
    }
  }

  @Test(arguments: [true, false])
  func `a late commit ends the next transaction of the same epoch in half`(rule: Bool) async throws {
    guard rule || !Lab.isGiven else { return print("skipped: a cluster that was given may prevent the harm") }
    try await BlockingThread(name: "test") {
      try Self.with("late-commit") { producer, proxy, topic, release in
        var producer = producer
        #expect(try producer.add([0, 1]) == [0, 0])
        #expect(try producer.produce("first", 0) == 0)
        proxy.inject { $0.apiKey == KafkaApi.endTxn && $0.direction == .request ? .hold : .pass }
        try producer.client.lose(producer.ending(commit: true), version: 1)
        proxy.heal()
        #expect(try producer.end(commit: true) == 0)
        if rule { try producer.initialise() }
        #expect(try producer.add([0, 1]) == [0, 0])
        #expect(try producer.produce("second", 0) == 0)
        release()
        let rest = try producer.produce("second", 1)
        let aborted = try producer.end(commit: false)
        let seen = try contents(of: topic, partitions: 2)
        if rule {
          #expect(rest == 0 && aborted == 0 && seen == [["first"], []])
        } else {
          #expect(aborted != 0 && seen[0] == ["first", "second"], "what was aborted is visible")
        }
      }
    }.value
  }

  @Test(arguments: [true, false])
  func `a late record of an aborted transaction joins the next of the same epoch`(rule: Bool) async throws {
    guard rule || !Lab.isGiven else { return print("skipped: a cluster that was given may prevent the harm") }
    try await BlockingThread(name: "test") {
      try Self.with("late-record") { producer, proxy, topic, release in
        var producer = producer
        #expect(try producer.add([0]) == [0])
        proxy.inject { $0.apiKey == KafkaApi.produce && $0.direction == .request ? .hold : .pass }
        try producer.client.lose(producer.record("aborted", 0), version: 7)
        proxy.heal()
        #expect(try producer.end(commit: false) == 0)
        if rule { try producer.initialise() }
        #expect(try producer.add([0, 1]) == [0, 0])
        release()
        #expect(try producer.produce("second", 1) == 0)
        #expect(try producer.end(commit: true) == 0)
        #expect(try contents(of: topic, partitions: 2) == [rule ? [] : ["aborted"], ["second"]])
      }
    }.value
  }

  @Test(arguments: [true, false])
  func `late offsets of the last transaction overwrite those of the next of the same epoch`(rule: Bool) async throws {
    guard rule || !Lab.isGiven else { return print("skipped: a cluster that was given may prevent the harm") }
    try await BlockingThread(name: "test") {
      try Self.with("late-offsets") { producer, proxy, topic, release in
        var producer = producer
        #expect(try producer.addGroup() == 0)
        proxy.inject { $0.apiKey == KafkaApi.txnOffsetCommit && $0.direction == .request ? .hold : .pass }
        try producer.client.lose(producer.offset(1), version: 2)
        proxy.heal()
        _ = try producer.client.call(producer.offset(1), version: 2)
        #expect(try producer.end(commit: true) == 0)
        if rule { try producer.initialise() }
        #expect(try producer.addGroup() == 0)
        #expect(try producer.client.call(producer.offset(2), version: 2).topics[0].partitions[0].errorCode == 0)
        release()
        #expect(try producer.end(commit: true) == 0)
        let reader = try Consumer(Lab.direct(), .init(groupID: producer.group))
        let position = TopicPartition(topic, 0)
        #expect(try reader.committed([position])[position] == .some(rule ? 2 : 1))
        try reader.close()
      }
    }.value
  }
}
