import Kafka
import Testing

@Suite struct ProducerTests {
  @Test func `null and empty keys and values survive the way`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("nulls") { name in
        let producer = try Producer(TestCluster.configuration())
        let topic = try producer.topic(name)
        let pairs: [(String?, String?)] = [(nil, nil), ("", ""), (nil, "v"), ("k", nil), ("k", "v")]
        for (key, value) in pairs { try producer.send(topic, key, value, partition: 0) }
        try producer.flush()
        let read = try Consumer.reader(of: name).read(pairs.count)
        #expect(read.map(\.key) == pairs.map(\.0))
        #expect(read.map(\.value) == pairs.map(\.1))
      }
    }
  }

  @Test func `headers keep order, repeats, null and empty values`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("headers") { name in
        let producer = try Producer(TestCluster.configuration())
        let headers = [
          RecordHeader("a", "1"), RecordHeader("b", nil), RecordHeader("a", "2"), RecordHeader("c", []),
          RecordHeader("d", [0, 255, 0]),
        ]
        try withBytes("v") {
          try producer.send(
            to: producer.topic(name), partition: 0, key: nil, value: $0, timestamp: 1_234_567_890_123, headers: headers)
        }
        try producer.flush()
        let consumer = try Consumer.reader(of: name)
        let batch = RecordBatch()
        repeat { try consumer.poll(into: batch, timeout: .seconds(1)) } while batch.count == 0
        #expect(batch.headers(of: 0) == headers)
        #expect(batch.records[0].timestamp == 1_234_567_890_123)
        try consumer.close()
      }
    }
  }

  // Hashes from Apache Kafka's UtilsTest.testMurmur2; a partition is the hash without its sign bit, modulo the partitions.
  @Test func `keys go where Java's default partitioner sends them`() async throws {
    let vectors: [(String, Int32)] = [
      ("21", -973932308), ("foobar", -790332482), ("a-little-bit-long-string", -985981536),
      ("a-little-bit-longer-string", -1486304829), ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
    ]
    try await TestCluster.blocking {
      try TestCluster.withTopic("murmur", partitions: 7) { name in
        let producer = try Producer(TestCluster.configuration())
        let topic = try producer.topic(name)
        for (key, _) in vectors { try producer.send(topic, key, "v") }
        try producer.flush()
        let read = try Consumer.reader(of: name, partitions: 7).read(vectors.count)
        for (key, hash) in vectors {
          #expect(read.first { $0.key == key }?.partition == (hash & 0x7fff_ffff) % 7)
        }
      }
    }
  }

  @Test func `a full queue makes send wait and loses nothing`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("full") { name in
        let producer = try Producer(TestCluster.configuration(), maximumQueuedRecords: 10)
        let topic = try producer.topic(name)
        for number in 0..<500 {
          try producer.send(topic, nil, "\(number)", partition: 0)
          #expect(producer.queued <= 10)
        }
        try producer.flush()
        #expect(producer.queued == 0)
        #expect(try Consumer.everything(in: name).map(\.value) == (0..<500).map { "\($0)" })
      }
    }
  }

  @Test func `a record that cannot be delivered fails the flush, once`() async throws {
    try await TestCluster.blocking {
      // Port 1 answers nobody.
      let producer = try Producer(TestCluster.nowhere(["message.timeout.ms": "100", "linger.ms": "0"]))
      try producer.send(producer.topic("nowhere"), nil, "v")
      let error = #expect(throws: KafkaError.self) { try producer.flush(timeout: .seconds(30)) }
      #expect(error?.code.description == "_MSG_TIMED_OUT")
      try producer.flush()
    }
  }

  @Test func `a delivery failure also fails the next send`() async throws {
    try await TestCluster.blocking {
      let producer = try Producer(TestCluster.nowhere(["message.timeout.ms": "100", "linger.ms": "0"]))
      let topic = try producer.topic("nowhere")
      try producer.send(topic, nil, "v")
      while producer.queued > 0 { producer.serve() }
      #expect(throws: KafkaError.self) { try producer.send(topic, nil, "w") }
    }
  }

  @Test func `a record that is too large is refused at once as bad input`() async throws {
    try await TestCluster.blocking {
      let producer = try Producer(TestCluster.nowhere(["message.max.bytes": "1000"]))
      let error = #expect(throws: KafkaError.self) {
        try producer.send(producer.topic("t"), nil, String(repeating: "x", count: 2000))
      }
      #expect(error?.recovery == .badInput)
      #expect(error?.code == .messageTooLarge)
    }
  }

  @Test(arguments: ["acks", "isolation.level", "transactional.id", "enable.idempotence"])
  func `settings the client decides itself are refused`(name: String) {
    let error = #expect(throws: KafkaError.self) {
      try Producer(TestCluster.nowhere([name: "1"]))
    }
    #expect(error?.recovery == .badInput)
  }

  @Test func `an unknown setting is bad input and names itself`() {
    let error = #expect(throws: KafkaError.self) {
      try Producer(TestCluster.nowhere(["no.such.setting": "1"]))
    }
    #expect(error?.recovery == .badInput)
    #expect(error?.reason.contains("no.such.setting") == true)
  }

  // librdkafka issue 4689: long client ids crash flexible requests before 2.5.0.
  @Test func `a client id of any length is cut to what is safe`() throws {
    let id = String(repeating: "é", count: 5000)
    _ = try Producer(KafkaConfiguration(bootstrap: "127.0.0.1:1", clientID: id))
  }
}
