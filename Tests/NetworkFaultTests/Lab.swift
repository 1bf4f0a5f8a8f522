import ClusterSupport
import Foundation
import Kafka
import Logging
import NetworkFaults
import Synchronization
import TestSupport
import Testing

/// A cluster behind a faulty network, and the same cluster without one for those who check.
final class Lab: Sendable {
  let proxy: FaultProxy

  init() throws { proxy = try FaultProxy(upstream: EmbeddedTestCluster.bootstrap) }

  /// Clients of this meet the faults. Their back-offs are short, so that a schedule takes no longer than its faults.
  func faulty(_ settings: [String: String] = [:]) throws -> KafkaConfiguration {
    let quick = [
      "reconnect.backoff.ms": "2", "reconnect.backoff.max.ms": "20", "retry.backoff.ms": "5", "socket.timeout.ms": "1000",
      "topic.metadata.refresh.fast.interval.ms": "10",
    ]
    return KafkaConfiguration(
      bootstrap: try proxy.bootstrap, clientID: "faulty", settings: quick.merging(settings) { _, new in new }, logger: Self.quiet)
  }

  static func direct() throws -> KafkaConfiguration {
    KafkaConfiguration(
      bootstrap: try EmbeddedTestCluster.bootstrap, clientID: "checker", settings: ["fetch.wait.max.ms": "5"], logger: quiet)
  }

  static let quiet: Logger = {
    var logger = Logger(label: "wick.faults")
    logger.logLevel = .critical
    return logger
  }()

  static func name(_ stem: String) -> String { "wickfault-\(stem)-\(UInt64.random(in: 0...UInt64.max))" }

  static func withTopic<R>(
    _ stem: String, partitions: Int, settings: [String: String] = [:], _ body: (String) throws -> R
  ) throws -> R {
    let name = name(stem)
    let admin = try Admin(direct())
    try admin.create([TopicSpecification(name, partitions: partitions, settings: settings)])
    defer {
      // What a test leaves behind in a temporary cluster is no failure of it.
      try? admin.delete(topics: [name])
      admin.close()
    }
    return try body(name)
  }

  /// Runs `body` for so many seeds, each printed when it fails, on a thread that may block.
  static func schedules(
    _ name: String, _ usual: Int, _ body: @escaping @Sendable (UInt64, inout SeededGenerator) throws -> Void
  ) async throws {
    let factor = ProcessInfo.processInfo.environment["WICK_FAULT_SCHEDULES"].flatMap { Int($0) }
    let count = factor.map { max(1, $0) } ?? usual
    try await BlockingThread(name: "schedules") {
      var seeds = SeededGenerator.forTest(name)
      if let one = ProcessInfo.processInfo.environment["WICK_FAULT_SEED"].flatMap({ UInt64($0) }) {
        var random = SeededGenerator(seed: one)
        return try body(one, &random)
      }
      for _ in 0..<count {
        let seed = seeds.next()
        var random = SeededGenerator(seed: seed)
        do {
          try body(seed, &random)
        } catch {
          Issue.record("\(name), schedule \(seed) (replay with WICK_FAULT_SEED=\(seed)): \(error)")
        }
      }
    }.value
  }
}

struct Stuck: Error, CustomStringConvertible { var description: String }

/// Returns when `condition` holds. The limit is far beyond any good run; it turns a hang into a failure.
func wait(_ what: String, seconds: Int = 30, until condition: () throws -> Bool) throws {
  let end = ContinuousClock.now + .seconds(seconds)
  while !(try condition()) {
    guard ContinuousClock.now < end else { throw Stuck(description: "waited in vain for \(what)") }
    Blocking.pause(milliseconds: 1)
  }
}

/// Everything a reader of one level sees, per partition, in order.
func contents(of topic: String, partitions: Int32, committed: Bool = true) throws -> [[String]] {
  let consumer = try Consumer(Lab.direct(), .init(readsCommittedOnly: committed, reportsPartitionEnd: true))
  defer { consumer.deferClose() }
  let starts = try consumer.offsets(.earliest, of: (0..<partitions).map { TopicPartition(topic, $0) })
  try consumer.assign(starts.mapValues { .at($0) })
  var all = [[String]](repeating: [], count: Int(partitions))
  var ended: Set<Int32> = []
  let batch = RecordBatch(capacity: 1000)
  try wait("the end of \(topic)") {
    try consumer.poll(into: batch, timeout: .milliseconds(20))
    for record in batch.records {
      // As Latin-1, in which different bytes stay different.
      all[Int(record.partition)].append(record.value.map { String(decoding: $0.map { UInt16($0) }, as: UTF16.self) } ?? "")
    }
    for end in batch.ends { ended.insert(end.partition.partition) }
    return ended.count == Int(partitions)
  }
  batch.clear()
  return all
}

extension Consumer {
  func deferClose() {
    // A reader outside of groups has nothing to lose.
    try? close()
  }
}

extension TransactionalProducer {
  func send(_ topic: TopicHandle, _ partition: Int32, _ value: String) throws(KafkaError) {
    let bytes = Array(value.utf8)
    var result: Result<Void, KafkaError> = .success(())
    bytes.withUnsafeBytes { buffer in
      do throws(KafkaError) { try send(to: topic, partition: partition, key: nil, value: buffer) } catch {
        result = .failure(error)
      }
    }
    try result.get()
  }
}
