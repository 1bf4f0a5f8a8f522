import Kafka
import Logging

/// Reads topics from end to end: committed records only, every partition, without a group.
struct TopicReading: Sendable {
  var kafka: KafkaConfiguration
  var topics: [String]
  var fromBeginning = true
  /// Of each partition no more than its last so many offsets; nil for all.
  var tail: Int64?
  /// How long to wait for transactions that were open when reading began.
  var patience: Duration = .seconds(2)
  /// Called about once a second with the next offset of each partition that was read from.
  var onPositions: (@Sendable ([TopicPartition: Int64]) -> Void)?

  /// Whether reading goes on.
  enum Next { case more, done }

  /// Reads on the calling thread until `stop`, or until one of the hooks says `done`.
  ///
  /// - Parameters:
  ///   - onEnd: called once, when all is read that was there when reading began.
  ///   - onRecord: the record, its topic, and its headers where they are asked for.
  ///   - onPause: called when the records that arrived together have been given, and now and then when none arrive.
  func run(
    stop: StopHandle, onEnd: () throws -> Next = { .more }, onPause: () throws -> Next = { .more },
    onRecord: (RecordView, String, () -> [RecordHeader]) throws -> Next
  ) throws {
    let consumer = try Consumer(kafka, .init(reset: .earliest))
    let batch = RecordBatch(capacity: 1024)
    defer {
      batch.clear()
      // Without a group there is nothing to leave, and nothing is lost by a close that fails.
      try? consumer.close(leavingGroup: false)
    }
    let partitions = try self.partitions()
    let ends = try consumer.settledEnds(of: partitions, kafka, patience: fromBeginning ? patience : .zero)
    let firsts = try consumer.offsets(.earliest, of: partitions)
    var starts = fromBeginning ? firsts : ends
    if let tail { starts.merge(ends) { max($0, $1 - tail) } }
    try consumer.assign(starts.mapValues { .at($0) })
    var missing = fromBeginning ? ends.filter { $0.value > starts[$0.key] ?? 0 } : [:]
    if missing.isEmpty, try onEnd() == .done { return }
    var hasEnded = missing.isEmpty
    var told = ContinuousClock.now - .seconds(1)
    while !stop.isStopped {
      try poll(consumer, batch)
      for (index, record) in batch.records.enumerated() {
        let topic = consumer.topics[Int(record.topic)]
        if try onRecord(record, topic, { batch.headers(of: index) }) == .done { return }
      }
      if try onPause() == .done { return }
      if let onPositions, ContinuousClock.now - told >= .seconds(1) {
        told = .now
        onPositions(try consumer.positions().compactMapValues { $0 })
      }
      guard !hasEnded else { continue }
      for (partition, position) in try consumer.positions() {
        if let position, let end = missing[partition], position >= end { missing[partition] = nil }
      }
      guard missing.isEmpty else { continue }
      hasEnded = true
      if try onEnd() == .done { return }
    }
  }

  /// Every partition of the topics.
  ///
  /// - Throws: `unavailable` when one does not exist.
  private func partitions() throws -> [TopicPartition] {
    let admin = try Admin(kafka, timeout: .seconds(10))
    defer { admin.close() }
    let existing = try admin.topics()
    return try topics.flatMap { topic -> [TopicPartition] in
      guard let count = existing[topic] else {
        throw ServeError(.unavailable, "The topic \(topic) does not exist yet; start what fills it, and ask again.")
      }
      return (0..<Int32(count)).map { TopicPartition(topic, $0) }
    }
  }

  /// One poll; what passes by itself is waited for.
  private func poll(_ consumer: Consumer, _ batch: RecordBatch) throws {
    do {
      try consumer.poll(into: batch, timeout: .milliseconds(50))
    } catch let error as KafkaError where error.recovery == .retrySameCall || error.recovery == .unavailable {
      kafka.logger.warning(
        "topics cannot be read at the moment", metadata: ["topics": "\(topics.joined(separator: ", "))", "error": "\(error)"])
      Blocking.pause(milliseconds: 100)
    }
  }
}
