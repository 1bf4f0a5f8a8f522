import CRdKafka

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Owns a `rd_kafka_topic_partition_list_t`.
struct PartitionList: ~Copyable {
  let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

  init(_ partitions: some Collection<TopicPartition>) {
    pointer = rd_kafka_topic_partition_list_new(Int32(max(1, partitions.count)))
    for one in partitions { rd_kafka_topic_partition_list_add(pointer, one.topic, one.partition) }
  }

  init(_ offsets: some Collection<(TopicPartition, Int64)>) {
    pointer = rd_kafka_topic_partition_list_new(Int32(max(1, offsets.count)))
    for (one, offset) in offsets {
      rd_kafka_topic_partition_list_add(pointer, one.topic, one.partition).pointee.offset = offset
    }
  }

  init(_ commits: [TopicPartition: CommittedOffset]) {
    pointer = rd_kafka_topic_partition_list_new(Int32(max(1, commits.count)))
    for (one, commit) in commits {
      guard let entry = rd_kafka_topic_partition_list_add(pointer, one.topic, one.partition) else { continue }
      entry.pointee.offset = commit.offset
      // The list frees it.
      guard !commit.note.isEmpty, let note = strdup(commit.note) else { continue }
      (entry.pointee.metadata, entry.pointee.metadata_size) = (UnsafeMutableRawPointer(note), commit.note.utf8.count)
    }
  }

  init(topics: [String]) {
    pointer = rd_kafka_topic_partition_list_new(Int32(max(1, topics.count)))
    for topic in topics { rd_kafka_topic_partition_list_add(pointer, topic, LogicalOffset.anyPartition) }
  }

  deinit { rd_kafka_topic_partition_list_destroy(pointer) }

  static func entries(
    _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
  ) -> [(TopicPartition, rd_kafka_topic_partition_t)] {
    (0..<Int(list.pointee.cnt)).map { index in
      let one = list.pointee.elems[index]
      return (TopicPartition(one.topic.map { String(cString: $0) } ?? "", one.partition), one)
    }
  }

  var entries: [(TopicPartition, rd_kafka_topic_partition_t)] { Self.entries(pointer) }

  /// Throws the first partition's own error.
  func checkEach(_ operation: String) throws(KafkaError) {
    for (partition, one) in entries where one.err.rawValue != 0 {
      throw KafkaError(one.err, "\(operation) \(partition)")
    }
  }
}

/// librdkafka's numbers for offsets that are not positions. (Its macros carry casts, which Swift does not import.)
enum LogicalOffset {
  static let earliest: Int64 = -2
  static let latest: Int64 = -1
  /// No offset; in an assignment: where the group's commit says.
  static let none: Int64 = -1001
  /// Any partition: the partitioner decides.
  static let anyPartition: Int32 = -1
}

/// A point in time by the monotonic clock, to bound loops of retried calls.
struct Deadline {
  let end: ContinuousClock.Instant

  init(after duration: Duration) { end = .now + duration }

  /// Milliseconds left, at most `cap`, at least 0.
  func milliseconds(cap: Int32 = .max) -> Int32 {
    let left = ContinuousClock.now.duration(to: end)
    return Int32(max(0, min(Int64(cap), left.milliseconds)))
  }

  var hasPassed: Bool { ContinuousClock.now >= end }
}

extension Duration {
  /// Whole milliseconds, rounded up, so that a wait never ends early.
  var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds.multipliedReportingOverflow(by: 1000).overflow
      ? .max : seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
  }
}
