import ClusterSupport
import Kafka
import Logging
import Testing

/// Clients of the cluster that `EmbeddedTestCluster` gives.
enum TestCluster {
  static func configuration(_ settings: [String: String] = [:]) throws -> KafkaConfiguration {
    KafkaConfiguration(bootstrap: try EmbeddedTestCluster.bootstrap, clientID: "wick-test", settings: settings, logger: quiet)
  }

  /// A cluster that is not there: port 1 answers nobody.
  static func nowhere(_ settings: [String: String] = [:]) -> KafkaConfiguration {
    KafkaConfiguration(bootstrap: "127.0.0.1:1", settings: settings, logger: quiet)
  }

  private static let quiet: Logger = {
    var logger = Logger(label: "wick.kafka.test")
    logger.logLevel = .critical
    return logger
  }()

  /// A name no other test and no other run uses.
  static func uniqueName(_ stem: String) -> String {
    "wicktest-\(stem)-\(UInt64.random(in: 0...UInt64.max))"
  }

  /// A new topic, deleted after `body`.
  static func withTopic<R>(_ stem: String, partitions: Int = 1, _ body: (String) throws -> R) throws -> R {
    let name = uniqueName(stem)
    let admin = try Admin(configuration())
    try admin.create([TopicSpecification(name, partitions: partitions)])
    defer { try? admin.delete(topics: [name]) }
    return try body(name)
  }

  /// Runs blocking `body` off the concurrency pool.
  static func blocking<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await BlockingThread(name: "test", body).value
  }
}

/// A record with its bytes copied out.
struct Copied: Equatable {
  var partition: Int32
  var offset: Int64
  var key: String?
  var value: String?

  init(_ record: RecordView) {
    partition = record.partition
    offset = record.offset
    key = record.key.map { String(decoding: $0, as: UTF8.self) }
    value = record.value.map { String(decoding: $0, as: UTF8.self) }
  }
}

extension Consumer {
  /// Polls until `isDone` or a minute has passed.
  func read(until isDone: ([Copied], RecordBatch) -> Bool) throws -> [Copied] {
    let batch = RecordBatch(capacity: 100)
    var all: [Copied] = []
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
      try poll(into: batch, timeout: .milliseconds(100))
      all += batch.records.map { Copied($0) }
      if isDone(all, batch) { return all }
    }
    Issue.record("the records did not arrive within a minute: \(all.count) so far")
    return all
  }

  func read(_ count: Int) throws -> [Copied] { try read { all, _ in all.count >= count } }

  static func reader(of topic: String, partitions: Int32 = 1, reportsEnd: Bool = true) throws -> Consumer {
    // The end is reported by a fetch that finds nothing, when it has waited.
    let configuration = try TestCluster.configuration(["fetch.wait.max.ms": "10"])
    let consumer = try Consumer(configuration, .init(reportsPartitionEnd: reportsEnd))
    // Left to find the beginning itself, librdkafka waits half a second where it does not know the leader yet.
    let starts = try consumer.offsets(.earliest, of: (0..<partitions).map { TopicPartition(topic, $0) })
    try consumer.assign(starts.mapValues { .at($0) })
    return consumer
  }

  /// Everything committed in partition 0 of a topic.
  static func everything(in topic: String) throws -> [Copied] {
    // Before anything is fetched: an end that was met on the way there would be taken for the last one.
    let settling = try Consumer(TestCluster.configuration())
    _ = try settling.settledEnds(of: [TopicPartition(topic, 0)], TestCluster.configuration(), patience: .seconds(30))
    try settling.close()
    let consumer = try reader(of: topic)
    let all = try consumer.read { _, batch in !batch.ends.isEmpty }
    try consumer.close()
    return all
  }
}

extension Producer {
  func send(_ topic: TopicHandle, _ key: String?, _ value: String?, partition: Int32? = nil) throws {
    try withBytes(key) { key in try withBytes(value) { try send(to: topic, partition: partition, key: key, value: $0) } }
  }
}

extension TransactionalProducer {
  func send(_ topic: TopicHandle, _ key: String?, _ value: String?) throws {
    try withBytes(key) { key in try withBytes(value) { try send(to: topic, key: key, value: $0) } }
  }
}

func withBytes<R>(_ text: String?, _ body: (UnsafeRawBufferPointer?) throws -> R) rethrows -> R {
  guard let text else { return try body(nil) }
  return try Array(text.utf8).withUnsafeBytes { try body($0) }
}
