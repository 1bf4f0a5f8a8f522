/// A committed offset of a group.
struct CommittedOffset: Equatable, Sendable {
  /// Of the next record to read.
  var offset: Int64
  var leaderEpoch: Int32 = -1
  /// The committer's own note.
  var metadata = ""
  var commitTimestampMs: Int64 = -1
  /// Where in the log it stands: of two values the later one holds, as after compaction.
  var logOffset: Int64 = -1
}

/// What `__consumer_offsets` says, as a fold over its records and markers. The running broker and a restart use the same fold,
/// so they cannot disagree.
struct OffsetsState: Equatable, Sendable {
  typealias Offsets = [String: [TopicPartition: CommittedOffset]]

  /// Where the numbering of a producer's batches in this log stands.
  struct Sequence: Equatable, Sendable {
    var epoch: Int16
    var next: Int32
  }

  /// By group.
  private(set) var committed: Offsets = [:]
  /// By producer id, then by group: waiting for the producer's marker. Applied when the marker comes, but never over what was
  /// written after it: compaction keeps each key's last record, and a restart must come to the same (as Apache Kafka does).
  private(set) var pending: [Int64: Offsets] = [:]
  private(set) var sequences: [Int64: Sequence] = [:]
  /// The stored membership by group.
  private(set) var groups: [String: GroupSnapshot] = [:]

  /// Takes over one batch.
  mutating func apply(_ header: BatchHeader, _ records: [Record]) throws(WireError) {
    if header.isControl {
      guard let key = records.first?.key, key.count >= 4 else { throw .truncated }
      applyMarker(producerID: header.producerID, producerEpoch: header.producerEpoch, commit: key[3] == 1)
      return
    }
    for record in records {
      guard let key = record.key else { continue }
      try apply(key, record.value, producerID: header.isTransactional ? header.producerID : nil, at: record.offset)
    }
    if header.isTransactional { advance(header.producerID, header.producerEpoch, past: header.lastSequence) }
  }

  /// Takes over one record; `logOffset` is its own in the log.
  mutating func apply(_ key: [UInt8], _ value: [UInt8]?, producerID: Int64?, at logOffset: Int64) throws(WireError) {
    switch try InternalRecord.version(key) {
    case 0, GroupRecord.offsetKeyVersion: try applyOffset(key, value, producerID, logOffset)
    case GroupRecord.groupKeyVersion:
      let group = try InternalRecord.decode(GroupRecord.GroupKey.self, key).group
      groups[group] = try value.map { bytes throws(WireError) in
        GroupSnapshot(try InternalRecord.decode(GroupRecord.GroupValue.self, bytes))
      }
    default: return
    }
  }

  private mutating func applyOffset(
    _ keyBytes: [UInt8], _ value: [UInt8]?, _ producerID: Int64?, _ logOffset: Int64
  ) throws(WireError) {
    let key = try InternalRecord.decode(GroupRecord.OffsetKey.self, keyBytes)
    let partition = TopicPartition(topic: key.topic, partition: key.partition)
    guard let bytes = value else {
      committed[key.group]?[partition] = nil
      if committed[key.group]?.isEmpty == true { committed[key.group] = nil }
      for producer in pending.keys { unstage(producer, key.group, partition) }
      return
    }
    let stored = try InternalRecord.decode(GroupRecord.OffsetValue.self, bytes)
    let offset = CommittedOffset(
      offset: stored.offset, leaderEpoch: stored.leaderEpoch, metadata: stored.metadata,
      commitTimestampMs: stored.commitTimestampMs, logOffset: logOffset)
    if let producerID {
      pending[producerID, default: [:]][key.group, default: [:]][partition] = offset
    } else {
      committed[key.group, default: [:]][partition] = offset
    }
  }

  /// What was staged before a deletion is not to come back after it.
  private mutating func unstage(_ producerID: Int64, _ group: String, _ partition: TopicPartition) {
    pending[producerID]?[group]?[partition] = nil
    if pending[producerID]?[group]?.isEmpty == true { pending[producerID]?[group] = nil }
    if pending[producerID]?.isEmpty == true { pending[producerID] = nil }
  }

  /// Ends a producer's transaction in this log.
  mutating func applyMarker(producerID: Int64, producerEpoch: Int16, commit: Bool) {
    let staged = pending.removeValue(forKey: producerID)
    if let known = sequences[producerID], known.epoch < producerEpoch {
      sequences[producerID] = Sequence(epoch: producerEpoch, next: 0)
    }
    guard commit, let staged else { return }
    for (group, offsets) in staged { committed[group, default: [:]].merge(offsets) { $0.logOffset > $1.logOffset ? $0 : $1 } }
  }

  mutating func advance(_ producerID: Int64, _ epoch: Int16, past lastSequence: Int32) {
    sequences[producerID] = Sequence(epoch: epoch, next: BatchHeader.sequence(lastSequence, advancedBy: 1))
  }

  /// The first sequence number of the producer's next batch in this log.
  func nextSequence(_ producerID: Int64, _ epoch: Int16) -> Int32 {
    guard let known = sequences[producerID], known.epoch == epoch else { return 0 }
    return known.next
  }

  /// Whether a transaction that is still open has an offset for this partition.
  func isPending(_ group: String, _ partition: TopicPartition) -> Bool {
    pending.values.contains { $0[group]?[partition] != nil }
  }

  /// Whether the group has offsets, committed or staged.
  func hasOffsets(_ group: String) -> Bool {
    committed[group] != nil || pending.values.contains { $0[group] != nil }
  }
}
