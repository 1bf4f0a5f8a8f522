import Kafka
import Testing

@Suite struct RebalanceTests {
  private struct Sentinel: Error {}

  private static func member(_ group: String) throws -> Consumer {
    try Consumer(
      TestCluster.configuration(["session.timeout.ms": "6000", "heartbeat.interval.ms": "200"]),
      .init(groupID: group, reset: .earliest))
  }

  private static func fill(_ name: String, partitions: Int32, _ count: Int) throws {
    let producer = try Producer(TestCluster.configuration())
    let topic = try producer.topic(name)
    for value in 0..<count { try producer.send(topic, "k", "\(value)", partition: Int32(value) % partitions) }
    try producer.flush()
  }

  @Test func `hooks run on the polling thread, and the assign hook chooses where to start`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("hooks") { name in
        try Self.fill(name, partitions: 1, 10)
        let consumer = try Self.member(TestCluster.uniqueName("group"))
        var events: [String] = []
        try consumer.subscribe(
          [name],
          onAssign: { starts in
            events.append("assign \(starts[TopicPartition(name, 0)] == .committed)")
            starts[TopicPartition(name, 0)] = .at(7)
          }, onRevoke: { partitions, lost in events.append("revoke \(partitions.contains(TopicPartition(name, 0))) \(lost)") })
        #expect(try consumer.read(3).map(\.value) == ["7", "8", "9"])
        #expect(consumer.assignment.contains(TopicPartition(name, 0)))
        try consumer.close()
        #expect(events == ["assign true", "revoke true false"])
      }
    }
  }

  @Test func `an error of the assign hook is thrown by poll and leaves nothing assigned`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("hookerror") { name in
        try Self.fill(name, partitions: 1, 1)
        let consumer = try Self.member(TestCluster.uniqueName("group"))
        try consumer.subscribe([name], onAssign: { _ in throw Sentinel() })
        #expect(throws: Sentinel.self) { try consumer.read(1) }
        #expect(consumer.assignment.isEmpty)
        try consumer.close()
      }
    }
  }

  @Test func `offsets committed before partitions are given up make every record count once`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("handover", partitions: 4) { name in
        try Self.fill(name, partitions: 4, 400)
        let group = TestCluster.uniqueName("group")
        var seen: [String: Int] = [:]
        var members: [Consumer] = []
        func join() throws {
          let consumer = try Self.member(group)
          try consumer.subscribe(
            [name],
            onRevoke: { [unowned consumer] _, lost in
              guard !lost else { return }
              try consumer.commit(consumer.positions().compactMapValues { $0 })
            })
          members.append(consumer)
        }
        let batch = RecordBatch(capacity: 7)
        func pollAll() throws {
          for member in members {
            try member.poll(into: batch, timeout: .milliseconds(10))
            for record in batch.records { seen[Copied(record).value ?? "", default: 0] += 1 }
            batch.clear()
          }
        }
        let end = ContinuousClock.now + .seconds(60)
        try join()
        while seen.count < 50, ContinuousClock.now < end { try pollAll() }
        try join()
        while members.contains(where: { $0.assignment.isEmpty }), ContinuousClock.now < end { try pollAll() }
        #expect(members.map(\.assignment.count) == [2, 2])
        try members.removeFirst().close()
        while seen.count < 400, ContinuousClock.now < end { try pollAll() }
        #expect(seen.count == 400)
        #expect(seen.values.allSatisfy { $0 == 1 }, "a record was read twice")
        for member in members { try member.close() }
      }
    }
  }
}
