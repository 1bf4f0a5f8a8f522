import Kafka
import Logging

/// Reads whole topics as a read_committed reader sees them. Owned by one thread; calls block.
final class TopicScan {
  /// The offsets of a partition: the first kept, and the last stable offset.
  struct Extent {
    var earliest: Int64
    var end: Int64
  }

  private let kafka: KafkaConfiguration
  private let admin: Admin
  private let consumer: Consumer
  private let logger: Logger
  /// How long open transactions are waited for, over the whole scan: a little longer than one whose writer has died lasts.
  private var patience: Duration = .seconds(75)

  init(_ kafka: KafkaConfiguration, logger: Logger) throws {
    self.logger = logger
    var kafka = kafka
    // One topic is read after the other: a fetch that waits at the end of the last one holds up every question about the next.
    kafka.settings["fetch.wait.max.ms"] = kafka.settings["fetch.wait.max.ms"] ?? "10"
    self.kafka = kafka
    admin = try Admin(kafka)
    consumer = try ReadAhead.consumer(
      kafka, Consumer.Options(groupID: nil, reset: .error, readsCommittedOnly: true, reportsPartitionEnd: true), partitions: 4)
  }

  func close() throws {
    try consumer.close()
    admin.close()
  }

  /// The id of the cluster.
  func clusterID() throws -> String { try admin.clusterID() }

  /// Each partition's extent; nil when there is no such topic.
  func extents(of topic: String) throws -> [Int32: Extent]? {
    guard let partitions = try admin.partitions(of: topic) else { return nil }
    let earliest = try consumer.offsets(.earliest, of: partitions)
    let ends = try settledEnds(partitions)
    var extents: [Int32: Extent] = [:]
    for partition in partitions {
      extents[partition.partition] = Extent(earliest: earliest[partition] ?? 0, end: ends[partition] ?? 0)
    }
    return extents
  }

  private func settledEnds(_ partitions: [TopicPartition]) throws -> [TopicPartition: Int64] {
    let start = ContinuousClock.now
    defer { patience = max(.zero, patience - (ContinuousClock.now - start)) }
    return try consumer.settledEnds(of: partitions, kafka, patience: patience) { [logger] held in
      logger.notice(
        "waiting for a transaction that is open to end or to time out",
        metadata: ["partitions": "\(held.map { "\($0.topic)[\($0.partition)]" }.joined(separator: " "))"])
    }
  }

  /// Calls `body` for each record between the extents; the batch is for its headers.
  func read(_ topic: String, _ extents: [Int32: Extent], _ body: (RecordView, Int, RecordBatch) throws -> Void) throws {
    var waiting: [Int32: Int64] = [:]
    var starts: [TopicPartition: StartOffset] = [:]
    for (partition, extent) in extents where extent.earliest < extent.end {
      waiting[partition] = extent.end
      starts[TopicPartition(topic, partition)] = .at(extent.earliest)
    }
    guard !starts.isEmpty else { return }
    try consumer.assign(starts)
    let batch = RecordBatch(capacity: 16_384)
    defer { batch.clear() }
    while !waiting.isEmpty {
      try consumer.poll(into: batch, timeout: .milliseconds(500))
      for index in batch.records.indices {
        let record = batch.records[index]
        guard record.offset < extents[record.partition]?.end ?? 0 else { continue }
        try body(record, index, batch)
      }
      for (partition, position) in try consumer.positions() {
        if let position, let end = waiting[partition.partition], position >= end { waiting[partition.partition] = nil }
      }
      for end in batch.ends where end.offset >= waiting[end.partition.partition] ?? .max {
        waiting[end.partition.partition] = nil
      }
    }
  }
}
