import CrashPoints
import Synchronization

/// `__consumer_offsets` and what it says. Whatever changes is first in the log, then in memory, under one lock, so that both have
/// the same order.
///
/// Blocks on the disk; for the broker's worker threads.
final class OffsetStore: Sendable {
  /// An offset to commit.
  struct Commit: Sendable {
    var partition: TopicPartition
    var offset: Int64
    var leaderEpoch: Int32
    var metadata: String
  }

  let log: PartitionLog
  private let clock: BrokerClock
  private let state = Mutex(OffsetsState())

  init(log: PartitionLog, clock: BrokerClock) {
    self.log = log
    self.clock = clock
  }

  /// Reads the log back. Call once, before anything else.
  func load() throws(LogError) {
    var rebuilt = OffsetsState()
    try log.replay(from: log.logStartOffset) { (header, records) throws(LogError) in
      do throws(WireError) {
        try rebuilt.apply(header, records)
      } catch {
        throw LogError(.corruptLog, "__consumer_offsets holds an unreadable record at offset \(header.baseOffset)")
      }
    }
    let loaded = rebuilt
    state.withLock { $0 = loaded }
  }

  /// A copy of the state, for look-ups that need it at one moment.
  var current: OffsetsState { state.withLock { $0 } }

  func read<R: Sendable>(_ body: (borrowing OffsetsState) -> R) -> R {
    state.withLock { body($0) }
  }

  /// Commits offsets at once.
  func commit(_ group: String, _ commits: [Commit]) throws(ErrorCode) {
    let nowMs = clock.nowMs()
    let records = try encode(group, commits, nowMs)
    CrashPoint.hit("broker.offsets.commit", .before)
    try append(records, nowMs)
    CrashPoint.hit("broker.offsets.commit", .after)
  }

  /// Stages offsets in a producer's transaction.
  func stage(_ group: String, _ commits: [Commit], producerID: Int64, producerEpoch: Int16) throws(ErrorCode) {
    let nowMs = clock.nowMs()
    let records = try encode(group, commits, nowMs)
    let outcome: Result<Void, ErrorCode> = state.withLock { state in
      let sequence = state.nextSequence(producerID, producerEpoch)
      var builder = RecordBatchBuilder(
        producerID: producerID, producerEpoch: producerEpoch, baseSequence: sequence, isTransactional: true)
      for record in records { builder.append(key: record.key, value: record.value, timestampMs: nowMs) }
      let last = BatchHeader.sequence(sequence, advancedBy: Int32(records.count - 1))
      do {
        CrashPoint.hit("broker.offsets.stage", .before)
        let stored = try builder.finish().withUnsafeBytes { bytes in try log.append(batch: bytes, transactionOngoing: true) }
        CrashPoint.hit("broker.offsets.stage", .after)
        for (offset, record) in zip(stored.baseOffset..., records) {
          try state.apply(record.key, record.value, producerID: producerID, at: offset)
        }
      } catch {
        return .failure(Self.code(error))
      }
      state.advance(producerID, producerEpoch, past: last)
      return .success(())
    }
    try outcome.get()
  }

  /// Writes the marker of a transaction and applies or drops what it staged.
  func mark(commit: Bool, producerID: Int64, producerEpoch: Int16, coordinatorEpoch: Int32) throws(LogError) {
    let outcome: Result<Void, LogError> = state.withLock { state in
      do throws(LogError) {
        _ = try log.appendControl(
          commit: commit, producerID: producerID, producerEpoch: producerEpoch, coordinatorEpoch: coordinatorEpoch)
      } catch {
        return .failure(error)
      }
      state.applyMarker(producerID: producerID, producerEpoch: producerEpoch, commit: commit)
      return .success(())
    }
    try outcome.get()
  }

  /// Stores a group's membership.
  func store(_ group: String, _ snapshot: GroupSnapshot) throws(ErrorCode) {
    let nowMs = clock.nowMs()
    CrashPoint.hit("broker.group.store", .before)
    try append([(key: try groupKey(group), value: try encoded(snapshot.record(nowMs: nowMs)))], nowMs)
    CrashPoint.hit("broker.group.store", .after)
  }

  /// Deletes committed offsets.
  func delete(_ group: String, _ partitions: [TopicPartition]) throws(ErrorCode) {
    var records: [(key: [UInt8]?, value: [UInt8]?)] = []
    for partition in partitions { records.append((key: try offsetKey(group, partition), value: nil)) }
    CrashPoint.hit("broker.offsets.delete")
    try append(records, clock.nowMs())
    CrashPoint.hit("broker.offsets.delete", .after)
  }

  /// Deletes a group with all its offsets.
  func deleteGroup(_ group: String) throws(ErrorCode) {
    let partitions = read { $0.committed[group].map { Array($0.keys) } ?? [] }
    var records: [(key: [UInt8]?, value: [UInt8]?)] = []
    for partition in partitions { records.append((key: try offsetKey(group, partition), value: nil)) }
    records.append((key: try groupKey(group), value: nil))
    CrashPoint.hit("broker.group.delete")
    try append(records, clock.nowMs())
    CrashPoint.hit("broker.group.delete", .after)
  }

  private func append(_ records: [(key: [UInt8]?, value: [UInt8]?)], _ nowMs: Int64) throws(ErrorCode) {
    guard !records.isEmpty else { return }
    let outcome: Result<Void, ErrorCode> = state.withLock { state in
      do {
        let stored = try log.appendInternal(records: records, timestampMs: nowMs)
        for (offset, record) in zip(stored.baseOffset..., records) {
          try record.key.map { try state.apply($0, record.value, producerID: nil, at: offset) }
        }
        return .success(())
      } catch {
        return .failure(Self.code(error))
      }
    }
    try outcome.get()
  }

  private func encode(
    _ group: String, _ commits: [Commit], _ nowMs: Int64
  ) throws(ErrorCode) -> [(key: [UInt8], value: [UInt8]?)] {
    var records: [(key: [UInt8], value: [UInt8]?)] = []
    for commit in commits {
      var value = GroupRecord.OffsetValue()
      value.offset = commit.offset
      value.leaderEpoch = commit.leaderEpoch
      value.metadata = commit.metadata
      value.commitTimestampMs = nowMs
      records.append((key: try offsetKey(group, commit.partition), value: try encoded(value)))
    }
    return records
  }

  private func offsetKey(_ group: String, _ partition: TopicPartition) throws(ErrorCode) -> [UInt8] {
    let key = GroupRecord.OffsetKey(group: group, topic: partition.topic, partition: partition.partition)
    return try encoded(key, version: GroupRecord.offsetKeyVersion)
  }

  private func groupKey(_ group: String) throws(ErrorCode) -> [UInt8] {
    try encoded(GroupRecord.GroupKey(group: group), version: GroupRecord.groupKeyVersion)
  }

  private func encoded<T: WireStruct>(_ value: T, version: Int16 = 3) throws(ErrorCode) -> [UInt8] {
    do {
      return try InternalRecord.encode(value, version: version)
    } catch {
      throw .unknownServerError
    }
  }

  private static func code(_ error: any Error) -> ErrorCode {
    guard let error = error as? LogError else { return .unknownServerError }
    return error.reason == .storage ? .coordinatorNotAvailable : ErrorCode(rawValue: error.kafkaErrorCode) ?? .unknownServerError
  }
}
