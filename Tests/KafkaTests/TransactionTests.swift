import Kafka
import Testing

@Suite struct TransactionTests {
  private static func producer(_ id: String) throws -> TransactionalProducer {
    let producer = try TransactionalProducer(TestCluster.configuration(), transactionalID: id)
    try producer.initialise()
    return producer
  }

  @Test func `committed records are seen, aborted ones never`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("txn") { name in
        let producer = try Self.producer(TestCluster.uniqueName("id"))
        let topic = try producer.topic(name)
        for round in 0..<6 {
          let permit = try producer.begin()
          for number in 0..<10 { try producer.send(topic, "k", "\(round).\(number)") }
          if round.isMultiple(of: 2) { try producer.commit(permit) } else { try producer.abort() }
        }
        let expected = [0, 2, 4].flatMap { round in (0..<10).map { "\(round).\($0)" } }
        #expect(try Consumer.everything(in: name).map(\.value) == expected)
      }
    }
  }

  @Test func `the position passes control records, so lag reaches zero`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("control") { name in
        let producer = try Self.producer(TestCluster.uniqueName("id"))
        let permit = try producer.begin()
        try producer.send(producer.topic(name), "k", "v")
        try producer.commit(permit)
        let consumer = try Consumer.reader(of: name)
        let partition = TopicPartition(name, 0)
        var isRead = false
        let read = try consumer.read { all, batch in
          isRead = isRead || !all.isEmpty
          return isRead && !batch.ends.isEmpty
        }
        let end = try Consumer.highWatermarks(of: [partition], TestCluster.configuration())
        #expect(try consumer.positions() == [partition: end[partition]])
        #expect(try #require(end[partition]) > #require(read.last).offset + 1)
        try consumer.close()
      }
    }
  }

  @Test func `offsets travel with the transaction and vanish with its abort`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("txnoffsets") { name in
        let group = TestCluster.uniqueName("group")
        let consumer = try Consumer(TestCluster.configuration(), .init(groupID: group, reset: .earliest))
        let partition = TopicPartition(name, 0)
        let producer = try Self.producer(TestCluster.uniqueName("id"))
        let permit = try producer.begin()
        try producer.send(producer.topic(name), "k", "v")
        try producer.sendOffsets([partition: 5], group: consumer.groupMetadata())
        try producer.commit(permit)
        #expect(try consumer.committed([partition]) == [partition: 5])
        _ = try producer.begin()
        try producer.sendOffsets([partition: 9], group: consumer.groupMetadata())
        try producer.abort()
        #expect(try consumer.committed([partition]) == [partition: 5])
        try consumer.close()
      }
    }
  }

  @Test func `a second producer of the same id fences the first, which then refuses everything`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("fence") { name in
        let id = TestCluster.uniqueName("id")
        let first = try Self.producer(id)
        let permit = try first.begin()
        try first.send(first.topic(name), "k", "first")
        let second = try Self.producer(id)
        let error = first.failure(ofCommitting: permit)
        #expect(error?.recovery == .fenced || error?.recovery == .abortAndReplay)
        if error?.recovery == .abortAndReplay {
          let second = #expect(throws: KafkaError.self) { try first.abort() }
          #expect(second?.recovery == .fenced)
        }
        #expect(first.isSpent)
        #expect(throws: KafkaError.self) { _ = try first.begin() }
        let other = try second.begin()
        try second.send(second.topic(name), "k", "second")
        try second.commit(other)
        #expect(try Consumer.everything(in: name).map(\.value) == ["second"])
      }
    }
  }

  @Test func `an open transaction of a vanished producer is aborted by its successor`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("vanish") { name in
        let id = TestCluster.uniqueName("id")
        let first = try Self.producer(id)
        _ = try first.begin()
        try first.send(first.topic(name), "k", "lost")
        first.close()
        let second = try Self.producer(id)
        let permit = try second.begin()
        try second.send(second.topic(name), "k", "kept")
        try second.commit(permit)
        #expect(try Consumer.everything(in: name).map(\.value) == ["kept"])
      }
    }
  }

  // librdkafka issue 4849: EndTxn may overtake the first produce of a transaction.
  @Test func `an abort right after begin and send leaves a usable or a spent producer, never a stuck one`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("quickabort") { name in
        var producer = try Self.producer(TestCluster.uniqueName("id"))
        for round in 0..<20 {
          _ = try producer.begin()
          try producer.send(producer.topic(name), "k", "\(round)")
          do { try producer.abort() } catch let error as KafkaError {
            #expect(error.recovery == .rebuild && producer.isSpent)
            producer = try Self.producer(TestCluster.uniqueName("id"))
          }
        }
        #expect(try Consumer.everything(in: name).isEmpty)
      }
    }
  }

  @Test func `a permit commits only its own transaction`() async throws {
    try await TestCluster.blocking {
      let producer = try Self.producer(TestCluster.uniqueName("id"))
      let old = try producer.begin()
      try producer.abort()
      let new = try producer.begin()
      #expect(producer.failure(ofCommitting: old) != nil)
      try producer.commit(new)
    }
  }
}

extension TransactionalProducer {
  // A permit cannot be captured by the closure of #expect(throws:).
  fileprivate func failure(ofCommitting permit: consuming CommitPermit) -> KafkaError? {
    do {
      try commit(permit)
      return nil
    } catch {
      return error
    }
  }
}

@Suite struct TransactionRefusalTests {
  @Test func `a producer that was not initialised sends nothing`() throws {
    let producer = try TransactionalProducer(TestCluster.nowhere(), transactionalID: "x")
    #expect(throws: KafkaError.self) { _ = try producer.begin() }
    #expect(throws: KafkaError.self) { try producer.send(producer.topic("t"), nil, "v") }
    #expect(throws: KafkaError.self) { try producer.abort() }
  }

  @Test func `an unreachable coordinator is unavailable`() async throws {
    try await TestCluster.blocking {
      let producer = try TransactionalProducer(TestCluster.nowhere(), transactionalID: "x")
      let error = #expect(throws: KafkaError.self) { try producer.initialise(timeout: .milliseconds(200)) }
      #expect(error?.recovery == .unavailable)
      #expect(producer.isSpent)
    }
  }
}
