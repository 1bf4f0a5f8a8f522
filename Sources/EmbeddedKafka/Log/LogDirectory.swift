import Foundation

/// A topic as it is kept in the data folder.
struct TopicMetadata: Equatable, Sendable {
  var name: String
  var id: UUID
  var partitionCount: Int32
  /// Settings given for this topic, by Kafka's names.
  var overrides: [String: String]
  /// Defaults with the overrides applied.
  var config: LogConfig
}

/// skeleton
final class LogDirectory: @unchecked Sendable {
  init(
    path: String, defaults: LogConfig, clock: @escaping @Sendable () -> Int64, corruption: CorruptionPolicy = .refuse
  ) throws(LogError) {}

  /// Sorted by name.
  var topics: [TopicMetadata] { fatalError() }
  func topic(_ name: String) -> TopicMetadata? { fatalError() }
  func log(_ topicPartition: TopicPartition) -> PartitionLog? { fatalError() }
  var logs: [PartitionLog] { fatalError() }
  /// Set on every log, present and future: called after any append or move of a last stable offset, outside of locks.
  var onAppend: (@Sendable (TopicPartition) -> Void)? { get { fatalError() } set { fatalError() } }
  func createTopic(_ name: String, partitions: Int32, overrides: [String: String] = [:]) throws(LogError) -> TopicMetadata {
    fatalError()
  }
  func addPartitions(_ name: String, total: Int32) throws(LogError) -> TopicMetadata { fatalError() }
  /// Replaces the topic's overrides.
  func setOverrides(_ name: String, _ overrides: [String: String]) throws(LogError) -> TopicMetadata { fatalError() }
  func deleteTopic(_ name: String) throws(LogError) { fatalError() }
  /// Flushes logs whose interval is over; for a thread of the caller's, every 100 ms or so.
  func flushDue(nowMs: Int64) throws(LogError) { fatalError() }
  /// Retention, compaction, expiry of producer ids on all logs.
  func maintain(nowMs: Int64) throws(LogError) { fatalError() }
  func close() throws(LogError) { fatalError() }
}
