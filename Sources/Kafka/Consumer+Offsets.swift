import CRdKafka

/// What to ask a partition's log for.
public enum OffsetQuery: Hashable, Sendable {
  /// The first record still kept.
  case earliest
  /// The next offset to be written; for a read_committed consumer the last stable offset, up to which it can read.
  case end
  /// The first record whose timestamp is this or later, milliseconds since the epoch; the end where there is none.
  case time(Int64)

  var number: Int64 {
    switch self {
    case .earliest: LogicalOffset.earliest
    case .end: LogicalOffset.latest
    case .time(let milliseconds): milliseconds
    }
  }
}

/// Where a group goes on reading a partition, and what whoever committed that has noted beside it.
public struct CommittedOffset: Hashable, Sendable {
  public var offset: Int64
  /// Readable by all members of the group; empty for none. Clusters take 4096 bytes by default.
  public var note: String

  public init(_ offset: Int64, note: String = "") { (self.offset, self.note) = (offset, note) }
}

extension Consumer {
  /// The next offset to read of each assigned partition; nil where nothing has been read since the assignment.
  ///
  /// Lies past control records, which are never delivered: offsets made from delivered records alone leave a lag for ever.
  public func positions() throws(KafkaError) -> [TopicPartition: Int64?] {
    try checkOpen("position")
    let list = PartitionList(assignment)
    try KafkaError.check(rd_kafka_position(pointer, list.pointer), "position")
    var positions: [TopicPartition: Int64?] = [:]
    for (partition, one) in list.entries {
      // Inside a revoke hook librdkafka's position may lie past records that no caller has seen.
      positions[partition] = .some(unseen[partition] ?? (one.offset < 0 ? nil : one.offset))
    }
    return positions
  }

  /// The group's committed offsets; nil where there is none. Waits while a transaction's offsets are undecided.
  public func committed(
    _ partitions: [TopicPartition], timeout: Duration = .seconds(30)
  ) throws(KafkaError) -> [TopicPartition: Int64?] {
    let commits = try commits(partitions, timeout: timeout)
    return Dictionary(partitions.map { ($0, commits[$0]?.offset) }) { first, _ in first }
  }

  /// The same with their notes; nothing where there is no commit. Waits while a transaction's offsets are undecided.
  public func commits(
    _ partitions: [TopicPartition], timeout: Duration = .seconds(30)
  ) throws(KafkaError) -> [TopicPartition: CommittedOffset] {
    try checkOpen("committed")
    guard !partitions.isEmpty else { return [:] }
    return try retrying("read committed offsets", Deadline(after: timeout)) { milliseconds throws(KafkaError) in
      let list = PartitionList(partitions)
      try KafkaError.check(rd_kafka_committed(pointer, list.pointer, milliseconds), "read committed offsets")
      try list.checkEach("read the committed offset of")
      var commits: [TopicPartition: CommittedOffset] = [:]
      for (partition, one) in list.entries where one.offset >= 0 {
        let note = UnsafeRawBufferPointer(start: one.metadata, count: one.metadata == nil ? 0 : one.metadata_size)
        commits[partition] = CommittedOffset(one.offset, note: String(decoding: note, as: UTF8.self))
      }
      return commits
    }
  }

  /// Commits offsets outside a transaction and waits for the answer.
  public func commit(_ offsets: [TopicPartition: Int64]) throws(KafkaError) {
    try checkOpen("commit")
    guard !offsets.isEmpty else { return }
    let list = PartitionList(offsets.map { ($0.key, $0.value) })
    try KafkaError.check(rd_kafka_commit(pointer, list.pointer, 0), "commit offsets")
    try list.checkEach("commit the offset of")
  }

  /// Asks the partitions' leaders.
  ///
  /// By `rd_kafka_offsets_for_times`: `rd_kafka_query_watermark_offsets` of 2.0.2 never times out (#4460).
  public func offsets(
    _ query: OffsetQuery, of partitions: [TopicPartition], timeout: Duration = .seconds(30)
  ) throws(KafkaError) -> [TopicPartition: Int64] {
    try checkOpen("offsets")
    guard !partitions.isEmpty else { return [:] }
    var offsets = try listOffsets(query.number, partitions, timeout)
    if case .time = query {
      let missing = offsets.filter { $0.value < 0 }.map(\.key)
      if !missing.isEmpty {
        offsets.merge(try listOffsets(LogicalOffset.latest, missing, timeout)) { _, end in end }
      }
    }
    return offsets
  }

  private func listOffsets(
    _ number: Int64, _ partitions: [TopicPartition], _ timeout: Duration
  ) throws(KafkaError) -> [TopicPartition: Int64] {
    try retrying("list offsets", Deadline(after: timeout)) { milliseconds throws(KafkaError) in
      let list = PartitionList(partitions.map { ($0, number) })
      try KafkaError.check(rd_kafka_offsets_for_times(pointer, list.pointer, milliseconds), "list offsets")
      try list.checkEach("list offsets of")
      var offsets: [TopicPartition: Int64] = [:]
      for (partition, one) in list.entries { offsets[partition] = one.offset }
      return offsets
    }
  }

  /// The end of an assigned partition as last seen by a fetch, without asking the cluster; nil before the first fetch.
  /// For showing lag only.
  public func lastSeenEnd(of partition: TopicPartition) -> Int64? {
    guard !isClosed else { return nil }
    var (low, high) = (Int64(-1), Int64(-1))
    let code = rd_kafka_get_watermark_offsets(pointer, partition.topic, partition.partition, &low, &high)
    return code.rawValue == 0 && high >= 0 ? high : nil
  }

  /// The membership to send with transactional offsets. Take it anew for each transaction.
  public func groupMetadata() throws(KafkaError) -> GroupMetadata {
    try checkOpen("group metadata")
    guard let metadata = rd_kafka_consumer_group_metadata(pointer) else {
      throw .misuse("group metadata", "the consumer has no group")
    }
    return GroupMetadata(owning: metadata)
  }

  /// Makes the same call again while its error says so and time is left; then the cluster counts as unavailable.
  private func retrying<R>(
    _ operation: String, _ deadline: Deadline, _ body: (Int32) throws(KafkaError) -> R
  ) throws(KafkaError) -> R {
    try Retry.sameCall(until: deadline, body)
  }
}

enum Retry {
  /// Makes the same call again while its error says so and time is left; then the cluster counts as unavailable.
  static func sameCall<R>(
    until deadline: Deadline, _ body: (Int32) throws(KafkaError) -> R
  ) throws(KafkaError) -> R {
    while true {
      do {
        return try body(max(1, deadline.milliseconds(cap: 5000)))
      } catch {
        var error = error
        guard error.recovery == .retrySameCall else { throw error }
        if deadline.hasPassed {
          error.recovery = .unavailable
          throw error
        }
        // Many of these errors come back at once: a short pause keeps the loop from spinning.
        Blocking.pause(milliseconds: 20)
      }
    }
  }
}
