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
  private let cluster: String

  /// - Parameter bootstrap: of a cluster of one's own; nil for the one that all tests share.
  init(_ bootstrap: String? = nil) throws {
    cluster = try bootstrap ?? EmbeddedTestCluster.bootstrap
    proxy = try FaultProxy(upstream: cluster)
  }

  /// Whether the cluster is one that the tests were given. It may have any rules, and is not to be killed.
  static var isGiven: Bool { !(ProcessInfo.processInfo.environment["WICK_TEST_BOOTSTRAP"] ?? "").isEmpty }

  /// Clients of this meet the faults. Their back-offs are short, so that a schedule takes no longer than its faults.
  func faulty(_ settings: [String: String] = [:]) throws -> KafkaConfiguration {
    let quick = [
      "reconnect.backoff.ms": "2", "reconnect.backoff.max.ms": "20", "retry.backoff.ms": "5", "socket.timeout.ms": "1000",
      "topic.metadata.refresh.fast.interval.ms": "10",
    ]
    return KafkaConfiguration(
      bootstrap: try proxy.bootstrap, clientID: "faulty", settings: quick.merging(settings) { _, new in new }, logger: Self.quiet)
  }

  /// Clients of this do not meet the faults.
  static func direct() throws -> KafkaConfiguration { direct(try EmbeddedTestCluster.bootstrap) }

  func direct() -> KafkaConfiguration { Self.direct(cluster) }

  private static func direct(_ bootstrap: String) -> KafkaConfiguration {
    KafkaConfiguration(bootstrap: bootstrap, clientID: "checker", settings: ["fetch.wait.max.ms": "5"], logger: quiet)
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
    try withTopic(stem, partitions: partitions, settings: settings, on: direct(), body)
  }

  func withTopic<R>(
    _ stem: String, partitions: Int, settings: [String: String] = [:], _ body: (String) throws -> R
  ) throws -> R {
    try Self.withTopic(stem, partitions: partitions, settings: settings, on: direct(), body)
  }

  private static func withTopic<R>(
    _ stem: String, partitions: Int, settings: [String: String], on cluster: KafkaConfiguration, _ body: (String) throws -> R
  ) throws -> R {
    let name = name(stem)
    let admin = try Admin(cluster)
    try admin.create([TopicSpecification(name, partitions: partitions, settings: settings)])
    defer {
      // What a test leaves behind in a temporary cluster is no failure of it.
      try? admin.delete(topics: [name])
      admin.close()
    }
    return try body(name)
  }

  /// Runs `body` for so many seeds, or until a soak's time is up, on a thread that may block; each seed is printed when it fails.
  ///
  /// - Parameter remark: what the runs add up to, for the report.
  static func schedules(
    _ name: String, _ usual: Int, remark: @escaping @Sendable () -> String = { "" },
    _ body: @escaping @Sendable (UInt64, inout SeededGenerator) throws -> Void
  ) async throws {
    try await BlockingThread(name: "schedules") {
      var seeds = SeededGenerator.forTest(name)
      if let one = ProcessInfo.processInfo.environment["WICK_FAULT_SEED"].flatMap({ UInt64($0) }) {
        var random = SeededGenerator(seed: one)
        return try body(one, &random)
      }
      var effort = Effort(name, quick: usual)
      while effort.goesOn() {
        let seed = seeds.next()
        var random = SeededGenerator(seed: seed)
        do {
          try body(seed, &random)
        } catch {
          Issue.record("\(name), schedule \(seed) (replay with WICK_FAULT_SEED=\(seed)): \(error)")
        }
      }
      effort.report(tried: effort.rounds, unit: "schedules", seed: seeds.seed, remark: remark())
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

/// Waits until readers of committed records can read to the end: clusters write the markers of a transaction after they have
/// answered its end. An open transaction keeps them from it for good, so this waits for no longer than it takes to be sure.
func settle(_ topic: String, partitions: Int32, _ lab: Lab? = nil) throws {
  let configuration = try lab?.direct() ?? Lab.direct()
  let reader = try Consumer(configuration)
  defer { reader.deferClose() }
  _ = try reader.settledEnds(of: (0..<partitions).map { TopicPartition(topic, $0) }, configuration, patience: .seconds(3))
}

/// Everything a reader of one level sees, per partition, in order.
func contents(of topic: String, partitions: Int32, committed: Bool = true, _ lab: Lab? = nil) throws -> [[String]] {
  if committed { try settle(topic, partitions: partitions, lab) }
  var all = [[String]](repeating: [], count: Int(partitions))
  try readAll(of: topic, partitions: partitions, committed: committed, lab) { record in
    // As Latin-1, in which different bytes stay different.
    all[Int(record.partition)].append(record.value.map { String(decoding: $0.map { UInt16($0) }, as: UTF16.self) } ?? "")
  }
  return all
}

/// Calls `body` for each record from the beginning to the end of what readers of this level see now.
func readAll(
  of topic: String, partitions: Int32, committed: Bool, _ lab: Lab? = nil, _ body: (RecordView) -> Void
) throws {
  let consumer = try Consumer(lab?.direct() ?? Lab.direct(), .init(readsCommittedOnly: committed, reportsPartitionEnd: true))
  defer { consumer.deferClose() }
  let starts = try consumer.offsets(.earliest, of: (0..<partitions).map { TopicPartition(topic, $0) })
  try consumer.assign(starts.mapValues { .at($0) })
  var ended: Set<Int32> = []
  let batch = RecordBatch(capacity: 1000)
  defer { batch.clear() }
  try wait("the end of \(topic)") {
    try consumer.poll(into: batch, timeout: .milliseconds(20))
    for record in batch.records { body(record) }
    for end in batch.ends { ended.insert(end.partition.partition) }
    return ended.count == Int(partitions)
  }
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
