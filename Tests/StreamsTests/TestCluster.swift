import ClusterSupport
import Contracts
import Foundation
import Kafka
import Logging
import SQL

@testable import Streams

/// Clients of the cluster that `EmbeddedTestCluster` gives.
enum TestCluster {
  static let quiet: Logger = {
    var logger = Logger(label: "wick.test")
    logger.logLevel = ProcessInfo.processInfo.environment["WICK_TEST_LOG"] == nil ? .critical : .debug
    return logger
  }()

  static func kafka() throws -> KafkaConfiguration {
    KafkaConfiguration(bootstrap: try EmbeddedTestCluster.bootstrap, clientID: "wick-test", logger: quiet)
  }

  /// Runs blocking `body` off the concurrency pool.
  static func blocking<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await BlockingThread(name: "test", stackSize: 4 << 20, body).value
  }
}

/// Topics, schemas and an application id of one test, all named so that nothing else uses them.
final class TestRun: Sendable {
  let name: String
  let partitions: Int
  let schemas: any SchemaStore
  let valueSchemaID: Int32

  var source: String { "\(name)-src" }
  var sink: String { "\(name)-sink" }
  var late: String { "\(source).late" }
  var invalid: String { "\(source).invalid" }

  init(_ stem: String, partitions: Int = 1, schemas: any SchemaStore = MemorySchemaStore()) throws {
    name = "wicktest-\(stem)-\(UInt64.random(in: 0...UInt64.max))"
    self.partitions = partitions
    self.schemas = schemas
    valueSchemaID = try schemas.register(AvroSchema(json: TestPlans.schemaJSON), subject: "\(name)-src-value")
    let admin = try Admin(TestCluster.kafka())
    try admin.create([TopicSpecification(source, partitions: partitions)])
  }

  /// Deletes what the test has made.
  func close() {
    guard let admin = try? Admin(TestCluster.kafka()), let topics = try? admin.topics() else { return }
    try? admin.delete(topics: topics.keys.filter { $0.hasPrefix(name) })
  }

  func configuration(_ change: (inout StreamsConfiguration) -> Void = { _ in }) throws -> StreamsConfiguration {
    var configuration = StreamsConfiguration(
      kafka: try TestCluster.kafka(), application: name, commitInterval: .milliseconds(10), commitRecords: 60,
      pollRecords: 40, untilEnd: true, auditTopic: "\(name).audit", logger: TestCluster.quiet)
    change(&configuration)
    return configuration
  }

  func application(
    _ plans: [QueryPlanBox], schemas: (any SchemaStore)? = nil, _ change: (inout StreamsConfiguration) -> Void = { _ in },
    interceptor: Interceptor? = nil
  ) throws -> StreamsApplication {
    var application = try StreamsApplication(
      configuration(change), plans: plans.map(\.plan), schemas: schemas ?? self.schemas)
    application.interceptor = interceptor
    return application
  }

  /// Sends trades, each to its partition.
  func send(_ trades: [TestTrade]) throws {
    let producer = try Producer(TestCluster.kafka())
    let topic = try producer.topic(source)
    for trade in trades {
      try trade.withBytes(schemaID: valueSchemaID) { key, value in
        try producer.send(
          to: topic, partition: trade.partition, key: key, value: value, timestamp: trade.timestamp ?? 1_700_000_000_000)
      }
    }
    try producer.flush()
  }

  /// Everything committed in a topic, partition by partition.
  func read(_ topic: String) throws -> [Record] {
    let admin = try Admin(TestCluster.kafka())
    guard let partitions = try admin.partitions(of: topic) else { return [] }
    var configuration = try TestCluster.kafka()
    configuration.settings["fetch.wait.max.ms"] = "10"
    let consumer = try Consumer(configuration, .init(reportsPartitionEnd: true))
    // Before anything is fetched: an end that was met on the way there would be taken for the last one.
    _ = try consumer.settledEnds(of: partitions, configuration, patience: .seconds(30))
    // Left to find the beginning itself, librdkafka waits half a second where it does not know the leader yet.
    try consumer.assign(consumer.offsets(.earliest, of: partitions).mapValues { .at($0) })
    let batch = RecordBatch()
    var ended: Set<TopicPartition> = []
    var records: [Record] = []
    while ended.count < partitions.count {
      try consumer.poll(into: batch, timeout: .milliseconds(100))
      for index in 0..<batch.count { records.append(Record(batch.records[index], batch.headers(of: index))) }
      ended.formUnion(batch.ends.map(\.partition))
    }
    try consumer.close()
    return records.sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
  }
}

/// A plan in a box, so that call sites read `[.candles(run)]`.
struct QueryPlanBox: Sendable {
  var plan: QueryPlan
}

struct Record: Equatable {
  var partition: Int32
  var offset: Int64
  var timestamp: Int64
  var key: [UInt8]?
  var value: [UInt8]?
  var headers: [String: String]

  init(_ view: RecordView, _ headers: [RecordHeader]) {
    (partition, offset, timestamp) = (view.partition, view.offset, view.timestamp)
    key = view.key.map { [UInt8]($0) }
    value = view.value.map { [UInt8]($0) }
    self.headers = Dictionary(
      headers.map { ($0.name, String(decoding: $0.value ?? [], as: UTF8.self)) }, uniquingKeysWith: { a, _ in a })
  }
}
