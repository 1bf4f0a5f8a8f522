import Foundation
import Kafka
import TestSupport

/// One record of a topic.
struct TopicRecord {
  let partition: Int32
  let key: [UInt8]?
  let value: [UInt8]?
  let headers: [String: String]
}

extension TopicRecord {
  /// Every committed record of a topic, each partition's in order.
  static func all(of topic: String, _ kafka: KafkaConfiguration) throws -> [TopicRecord] {
    let admin = try Admin(kafka)
    defer { admin.close() }
    let consumer = try Consumer(kafka)
    defer { do { try consumer.close() } catch { print("closing a consumer failed: \(error)") } }
    let partitions = try admin.partitions(of: topic) ?? []
    let ends = try Consumer.highWatermarks(of: partitions, kafka)
    try consumer.assign(Dictionary(uniqueKeysWithValues: partitions.map { ($0, StartOffset.at(0)) }))
    var records: [TopicRecord] = []
    let batch = RecordBatch()
    while true {
      try consumer.poll(into: batch, timeout: .milliseconds(50))
      for (index, record) in batch.records.enumerated() {
        let headers = batch.headers(of: index).map { ($0.name, String(decoding: $0.value ?? [], as: UTF8.self)) }
        records.append(
          TopicRecord(
            partition: record.partition, key: record.key.map { Array($0) }, value: record.value.map { Array($0) },
            headers: Dictionary(headers) { first, _ in first }))
      }
      let positions = try consumer.positions()
      if partitions.allSatisfy({ (positions[$0] ?? nil) ?? 0 >= ends[$0] ?? 0 }) { return records }
    }
  }
}

extension Scene {
  /// Every committed record of a topic.
  func records(_ topic: String) throws -> [TopicRecord] { try TopicRecord.all(of: topic, kafka) }

  /// Adds one record to a topic, outside of any transaction.
  func send(_ record: TopicRecord, to topic: String, partition: Int32) throws {
    let producer = try Producer(kafka)
    defer { producer.close() }
    let handle = try producer.topic(topic)
    try (record.key ?? []).withUnsafeBytes { key in
      try (record.value ?? []).withUnsafeBytes { try producer.send(to: handle, partition: partition, key: key, value: $0) }
    }
    try producer.flush()
  }
}
