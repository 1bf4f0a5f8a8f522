/// One partition of one topic.
struct TopicPartition: Hashable, Sendable, CustomStringConvertible, Comparable {
  var topic: String
  var partition: Int32

  /// The name of its folder: `topic-partition`.
  var description: String { "\(topic)-\(partition)" }

  static func < (left: TopicPartition, right: TopicPartition) -> Bool {
    (left.topic, left.partition) < (right.topic, right.partition)
  }
}
