import Kafka
import Testing

@Suite struct ConsumerTests {
  private static func fill(
    _ name: String, _ values: Range<Int>, partition: Int32 = 0, settings: [String: String] = [:]
  ) throws {
    let producer = try Producer(TestCluster.configuration(settings))
    let topic = try producer.topic(name)
    for value in values { try producer.send(topic, "k", "\(value)", partition: partition) }
    try producer.flush()
  }

  @Test func `an assigned partition is read from the offset asked for, and again after a seek`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("seek") { name in
        try Self.fill(name, 0..<20)
        let consumer = try Consumer(TestCluster.configuration())
        let partition = TopicPartition(name, 0)
        try consumer.assign([partition: .at(5)])
        #expect(try consumer.positions() == [partition: nil])
        #expect(try consumer.read(15).map(\.value) == (5..<20).map { "\($0)" })
        #expect(try consumer.positions() == [partition: 20])
        try consumer.seek([partition: 18])
        #expect(try consumer.read(2).map(\.value) == ["18", "19"])
        try consumer.close()
      }
    }
  }

  @Test func `a position never tells of the assignment before`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("reassign", partitions: 16) { name in
        let partitions = (0..<16).map { TopicPartition(name, $0) }
        for partition in partitions { try Self.fill(name, 0..<3, partition: partition.partition) }
        let consumer = try Consumer(TestCluster.configuration(["fetch.wait.max.ms": "10"]))
        for round in 0..<60 {
          try consumer.assign(Dictionary(uniqueKeysWithValues: partitions.map { ($0, StartOffset.at(0)) }))
          let stale = try consumer.positions().compactMap { $0.value }
          #expect(stale.isEmpty, "round \(round)")
          _ = try consumer.read(48)
        }
        try consumer.close()
      }
    }
  }

  @Test func `offsets are found by end, beginning and commit`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("offsets", partitions: 2) { name in
        try Self.fill(name, 0..<7)
        let group = TestCluster.uniqueName("group")
        let consumer = try Consumer(TestCluster.configuration(), .init(groupID: group))
        let (zero, one) = (TopicPartition(name, 0), TopicPartition(name, 1))
        #expect(try consumer.offsets(.end, of: [zero, one]) == [zero: 7, one: 0])
        #expect(try consumer.offsets(.earliest, of: [zero, one]) == [zero: 0, one: 0])
        #expect(try consumer.committed([zero, one]) == [zero: nil, one: nil])
        try consumer.commit([zero: 3])
        #expect(try consumer.committed([zero, one]) == [zero: 3, one: nil])
        try consumer.close()
      }
    }
  }

  @Test func `offsets are found by time`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("times") { name in
        let producer = try Producer(TestCluster.configuration())
        for time in [1000, 2000, 3000] as [Int64] {
          try withBytes("v") { try producer.send(to: producer.topic(name), key: nil, value: $0, timestamp: time) }
        }
        try producer.flush()
        let consumer = try Consumer(TestCluster.configuration())
        let partition = TopicPartition(name, 0)
        #expect(try consumer.offsets(.time(1001), of: [partition]) == [partition: 1])
        #expect(try consumer.offsets(.time(3001), of: [partition]) == [partition: 3])
        try consumer.close()
      }
    }
  }

  @Test func `a position that is no longer in the log is an error, not a silent jump`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("gone") { name in
        try Self.fill(name, 0..<3)
        let consumer = try Consumer(TestCluster.configuration())
        try consumer.assign([TopicPartition(name, 0): .at(1000)])
        let error = #expect(throws: KafkaError.self) { try consumer.read { all, _ in !all.isEmpty } }
        #expect(error?.recovery == .fatal)
        #expect([KafkaError.Code.noOffset, .offsetOutOfRange].contains(error?.code))
        try consumer.close()
      }
    }
  }

  @Test func `the end of a partition is reported where asked for`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("eof") { name in
        try Self.fill(name, 0..<3)
        let consumer = try Consumer.reader(of: name)
        let batch = RecordBatch()
        while batch.ends.isEmpty { try consumer.poll(into: batch, timeout: .seconds(1)) }
        #expect(batch.ends.map(\.offset) == [3])
        try consumer.close()
      }
    }
  }

  // librdkafka issue 4636: resuming what was not paused goes on at a stale position.
  @Test func `resume touches only what was paused, and nothing is skipped or repeated`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("pause", partitions: 2) { name in
        try Self.fill(name, 0..<50)
        try Self.fill(name, 100..<150, partition: 1)
        let consumer = try Consumer.reader(of: name, partitions: 2, reportsEnd: false)
        let (zero, one) = (TopicPartition(name, 0), TopicPartition(name, 1))
        let batch = RecordBatch(capacity: 10)
        var all: [Copied] = []
        for step in 0..<400 where all.count < 100 {
          try consumer.poll(into: batch, timeout: .milliseconds(50))
          all += batch.records.map { Copied($0) }
          try step % 3 == 0 ? consumer.pause([zero]) : consumer.resume([zero, one])
        }
        #expect(all.filter { $0.partition == 0 }.map(\.value) == (0..<50).map { "\($0)" })
        #expect(all.filter { $0.partition == 1 }.map(\.value) == (100..<150).map { "\($0)" })
        try consumer.close()
      }
    }
  }

  @Test func `a batch never exceeds its capacity nor the maximum`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("capacity") { name in
        try Self.fill(name, 0..<40)
        let consumer = try Consumer.reader(of: name, reportsEnd: false)
        let batch = RecordBatch(capacity: 8)
        var sizes: [Int] = []
        while sizes.reduce(0, +) < 40 {
          try consumer.poll(into: batch, maximum: sizes.count.isMultiple(of: 2) ? 5 : 100, timeout: .seconds(1))
          sizes.append(batch.count)
        }
        #expect(sizes.enumerated().allSatisfy { $0.element <= ($0.offset.isMultiple(of: 2) ? 5 : 8) })
        // Held messages must not hang the close (librdkafka issue 4187).
        try consumer.close()
      }
    }
  }

  // Before librdkafka 2.2.0 each filling of the queue costs a standstill of a second: here 80 of them.
  @Test func `a small fetch queue does not bring reading to a standstill`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("queue") { name in
        try Self.fill(name, 0..<8000, settings: ["batch.num.messages": "100"])
        let consumer = try Consumer(
          TestCluster.configuration(["queued.min.messages": "100", "fetch.message.max.bytes": "1000"]))
        try consumer.assign([TopicPartition(name, 0): .earliest])
        #expect(try consumer.read(8000).count == 8000)
        try consumer.close()
      }
    }
  }

  @Test func `calls after close are refused`() async throws {
    try await TestCluster.blocking {
      let consumer = try Consumer(TestCluster.configuration())
      try consumer.close()
      #expect(throws: KafkaError.self) { try consumer.poll(into: RecordBatch(), timeout: .zero) }
      try consumer.close()
    }
  }
}
