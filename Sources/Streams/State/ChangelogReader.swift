import Kafka

/// What a changelog partition holds: the last value of each key.
struct RestoredState {
  var position: TaskPosition?
  var entries: [[UInt8]: [UInt8]] = [:]
}

/// Reads changelog partitions to their ends. Blocking; belongs to one thread.
///
/// It reads committed records only, but up to the high watermark: an open transaction of an earlier owner would otherwise hide
/// what a later owner has committed behind it. Such a transaction ends at the latest by its timeout, and the wait with it.
final class ChangelogReader {
  private let committed: Consumer
  private let everything: Consumer
  private let batch = RecordBatch(capacity: 4096)
  private let patience: Duration

  /// - Parameter patience: how long to wait for the end of one partition: longer than a transaction's timeout.
  init(_ configuration: KafkaConfiguration, patience: Duration) throws(KafkaError) {
    var configuration = configuration
    // A fetch that waits for data of one partition would hold up the first fetch of the next restore.
    configuration.settings["fetch.wait.max.ms"] = "20"
    committed = try Consumer(configuration)
    everything = try Consumer(configuration, .init(readsCommittedOnly: false))
    self.patience = patience
  }

  func close() throws {
    try committed.close()
    try everything.close()
  }

  /// Reads whole partitions, all at once.
  ///
  /// - Throws: `StreamsError` when an end is not reached in time.
  func read(_ partitions: [TopicPartition]) throws -> [TopicPartition: RestoredState] {
    var states = Dictionary(partitions.map { ($0, RestoredState()) }) { a, _ in a }
    var targets = try everything.offsets(.end, of: partitions)
    let starts = try committed.offsets(.earliest, of: partitions)
    targets = targets.filter { $0.value > starts[$0.key] ?? 0 }
    guard !targets.isEmpty else { return states }
    try committed.assign(Dictionary(uniqueKeysWithValues: targets.keys.map { ($0, .at(starts[$0] ?? 0)) }))
    let end = ContinuousClock.now + patience
    while !targets.isEmpty {
      try committed.poll(into: batch, timeout: .milliseconds(20))
      for record in batch.records {
        let partition = TopicPartition(committed.topics[Int(record.topic)], record.partition)
        Self.apply(record, to: &states[partition, default: RestoredState()])
      }
      for (partition, position) in try committed.positions() {
        if let position, let target = targets[partition], position >= target { targets[partition] = nil }
      }
      if let (late, target) = targets.first, ContinuousClock.now >= end {
        throw StreamsError(
          .unavailable, "The state in \(late) could not be read to its end at \(target) in time",
          advice: "An open transaction may hold it up: wait for its timeout, then start again")
      }
    }
    batch.clear()
    try committed.assign([:])
    return states
  }

  static func apply(_ record: RecordView, to state: inout RestoredState) {
    guard let key = record.key else { return }
    if key.elementsEqual(ChangelogKey.position) {
      state.position = record.value.flatMap { TaskPosition([UInt8]($0)) }
    } else {
      state.entries[[UInt8](key)] = record.value.map { [UInt8]($0) }
    }
  }
}
