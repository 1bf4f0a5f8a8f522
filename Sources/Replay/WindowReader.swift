import Kafka

/// Reads the windows of a topic as a read_committed reader sees them. Owned by one thread; calls block.
final class WindowReader {
  private let kafka: KafkaConfiguration
  private let windows: Range<Int64>
  private let admin: Admin

  init(_ kafka: KafkaConfiguration, windows: Range<Int64>) throws {
    var kafka = kafka
    kafka.settings["fetch.wait.max.ms"] = "20"
    self.kafka = kafka
    self.windows = windows
    admin = try Admin(kafka)
  }

  func close() { admin.close() }

  /// Every window within the range; none where there is no such topic.
  func table(_ topic: String) throws -> WindowTable {
    var table = WindowTable()
    try read(topic) { table.add($0, $1) }
    return table
  }

  /// The values of some windows, in their order.
  func values(_ topic: String, _ keys: Set<WindowKey>) throws -> [WindowKey: [[UInt8]]] {
    var values: [WindowKey: [[UInt8]]] = [:]
    guard !keys.isEmpty else { return values }
    try read(topic) { key, value in
      if keys.contains(key) { values[key, default: []].append(value.map { Array($0) } ?? []) }
    }
    return values
  }

  private func read(_ topic: String, _ body: (WindowKey, UnsafeRawBufferPointer?) -> Void) throws {
    guard let partitions = try admin.partitions(of: topic) else { return }
    let consumer = try Consumer(kafka, .init(groupID: nil, reset: .error, readsCommittedOnly: true))
    let batch = RecordBatch(capacity: 8192)
    let result = Result {
      let starts = try consumer.offsets(.earliest, of: partitions)
      var ends = try consumer.settledEnds(of: partitions, kafka, patience: .seconds(30))
      ends = ends.filter { $0.value > starts[$0.key] ?? 0 }
      guard !ends.isEmpty else { return }
      try consumer.assign(Dictionary(uniqueKeysWithValues: ends.keys.map { ($0, .at(starts[$0] ?? 0)) }))
      while !ends.isEmpty {
        try consumer.poll(into: batch, timeout: .milliseconds(50))
        for record in batch.records {
          let partition = TopicPartition(topic, record.partition)
          guard let key = record.key.flatMap(WindowKey.init), windows.contains(key.start) else { continue }
          if let end = ends[partition], record.offset < end { body(key, record.value) }
        }
        for (partition, position) in try consumer.positions() {
          if let position, let end = ends[partition], position >= end { ends[partition] = nil }
        }
      }
    }
    batch.clear()
    try consumer.close()
    try result.get()
  }
}
