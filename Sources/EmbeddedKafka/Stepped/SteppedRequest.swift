/// One request to a `SteppedBroker`: what the Kafka protocol's request of that name carries.
package enum SteppedRequest: Sendable {
  case initProducerID(transactionalID: String, producerID: Int64, epoch: Int16, timeoutMs: Int32)
  case addPartitions(transactionalID: String, producerID: Int64, epoch: Int16, [SteppedPartition])
  /// Opens the way for offsets of the group.
  case addOffsets(transactionalID: String, producerID: Int64, epoch: Int16)
  /// One batch, as `SteppedBroker.batch` builds it.
  case produce(transactionalID: String, SteppedPartition, batch: [UInt8])
  case commitOffsets(
    transactionalID: String, producerID: Int64, epoch: Int16, memberID: String, generation: Int32,
    [SteppedPartition: Int64])
  case endTransaction(transactionalID: String, producerID: Int64, epoch: Int16, commit: Bool)
  /// Committed offsets; UNSTABLE_OFFSET_COMMIT while one of them is undecided.
  case offsets([SteppedPartition])
  case fetch(SteppedPartition, from: Int64, SteppedIsolation)
  /// The high watermark.
  case end(SteppedPartition)
}

/// What a fetch may see.
package enum SteppedIsolation: Sendable {
  case committed, uncommitted
  /// As committed, by a broker that does not say which transactions were aborted.
  case ignoringAborted
  /// As committed, by a broker that does not hold back what is undecided.
  case ignoringStableEnd
}

/// A topic and a partition.
package struct SteppedPartition: Hashable, Sendable, Comparable, CustomStringConvertible {
  package var topic: String
  package var partition: Int32

  package init(_ topic: String, _ partition: Int32) {
    self.topic = topic
    self.partition = partition
  }

  package var description: String { "\(topic)-\(partition)" }

  package static func < (left: Self, right: Self) -> Bool {
    (left.topic, left.partition) < (right.topic, right.partition)
  }

  var place: TopicPartition { TopicPartition(topic: topic, partition: partition) }
}

/// What a `SteppedBroker` answers. `code` is Kafka's error code, 0 for success.
package struct SteppedAnswer: Sendable {
  package var code: Int16 = 0
  package var producerID: Int64 = -1
  package var epoch: Int16 = -1
  /// Of a fetch: the records a client would hand to its caller.
  package var records: [SteppedRecord] = []
  /// Of a fetch: batches passed over, as those of aborted transactions.
  package var skipped = 0
  /// Of a fetch: the position after it. Of `end`: the end.
  package var next: Int64 = -1
  package var offsets: [SteppedPartition: Int64] = [:]

  init() {}

  init(_ code: ErrorCode) { self.code = code.rawValue }
}

/// A record as a consumer sees it.
package struct SteppedRecord: Equatable, Sendable {
  package var offset: Int64
  package var timestampMs: Int64
  package var key: [UInt8]?
  package var value: [UInt8]?
}

/// A group's answer to a member, by the token of its request.
package enum SteppedGroupAnswer: Sendable {
  /// `members` is empty for all but the leader.
  case joined(token: Int, code: Int16, memberID: String, generation: Int32, members: [String])
  case synced(token: Int, code: Int16, assignment: [UInt8])
}
