/// The records of one partition on disk: segments of batches as producers sent them, and the state that follows from them.
///
/// Safe to use from any thread; all calls are synchronous and may block on the disk, so none belongs on an event loop.
/// One lock guards everything but the bytes of segments below their known size, which readers take without it.
///
/// After a failed fsync nothing more is accepted until the log is opened again: what the disk holds is not known then.
/// After a failed write (full disk) the log is cut back to its last whole batch and goes on when there is space.
final class PartitionLog: @unchecked Sendable {
  let topicPartition: TopicPartition
  let directory: String
  let disk: any Disk
  let clock: @Sendable () -> Int64
  let lock = LogLock()

  /// Everything below is guarded by `lock`; at least one segment, sorted by base offset, the last one is appended to.
  var segments: [LogSegment] = []
  var producers = ProducerTable()
  var epochs = LeaderEpochs()
  var startOffset: Int64 = 0
  var visibleEnd: Int64 = 0
  /// Everything below has reached the disk.
  var flushedEnd: Int64 = 0
  var isFlushing = false
  var lastFlushMs: Int64 = 0
  /// Ended transactions whose markers readers cannot see yet, sorted by marker.
  var unseenMarkers: [ProducerTable.Completed] = []
  var settings: LogConfig
  var report = RecoveryReport()
  /// The reason why nothing more is accepted.
  var failure: LogError?
  var hasCleanMarker = false
  var signal: (@Sendable () -> Void)?
  /// Compaction has left holes between offsets; without it, batches that do not follow each other are damage.
  var hasHoles = false
  /// Below this offset each key's older values are gone.
  var compactedEnd: Int64 = 0
  var isCompacting = false

  /// Opens the log in a folder, creating it where there is none, and makes it whole after a crash.
  ///
  /// - Parameters:
  ///   - clock: milliseconds since 1970.
  ///   - corruption: what to do with damage that no crash explains.
  /// - Throws: `.corruptLog` naming file and byte; `.storage` for a failing disk.
  init(
    directory: String, topicPartition: TopicPartition, config: LogConfig, clock: @escaping @Sendable () -> Int64,
    disk: any Disk = PosixDisk(), corruption: CorruptionPolicy = .refuse
  ) throws(LogError) {
    self.directory = directory
    self.topicPartition = topicPartition
    self.disk = disk
    self.clock = clock
    settings = config
    try open(corruption)
  }

  /// What opening had to do.
  var recovery: RecoveryReport { locked { report } }

  /// Topic settings; a change holds from the next call on.
  var config: LogConfig {
    get { locked { settings } }
    set { locked { settings = newValue } }
  }

  /// Called after every append and every move of the last stable offset or log start, outside of the lock,
  /// on the thread that caused it.
  var onAppend: (@Sendable () -> Void)? {
    get { locked { signal } }
    set { locked { signal = newValue } }
  }

  /// The first offset that may be read.
  var logStartOffset: Int64 { locked { startOffset } }
  /// The end of what readers may see; with `flush` `always` everything below has reached the disk.
  var highWatermark: Int64 { locked { visibleEnd } }
  /// The end of what readers of committed data may see: the first offset of the oldest undecided transaction.
  var lastStableOffset: Int64 { locked { stableEnd } }
  /// Why nothing more is accepted until the log is opened again; nil while all is well, and once closed.
  var storageFailure: LogError? { locked { failure?.reason == .storage ? failure : nil } }
  /// The offset that the next record gets.
  var logEndOffset: Int64 { locked { end } }
  /// The epoch that new batches carry; it rises when the log was not closed in order.
  var leaderEpoch: Int32 { locked { epochs.latest } }
  /// Bytes of all segments, without indexes.
  var sizeInBytes: Int64 { locked { segments.reduce(0) { $0 + Int64($1.size) } } }

  /// The largest known leader epoch not above the one asked for and the offset at which it ended; (-1, -1) where unknown.
  func endOffset(forLeaderEpoch epoch: Int32) -> (epoch: Int32, offset: Int64) {
    locked { epochs.endOffset(for: epoch, logEnd: end) }
  }

  /// Transactions with records here and no marker, the oldest first.
  func openTransactions() -> [OpenTransaction] { locked { producers.open } }

  /// All known producers, sorted by id.
  func producerStates() -> [ProducerInfo] {
    locked {
      producers.producers.sorted { $0.key < $1.key }.map { producerID, producer in
        ProducerInfo(
          producerID: producerID, producerEpoch: producer.epoch, lastSequence: producer.lastSequence,
          lastTimestampMs: producer.lastTimestampMs, coordinatorEpoch: producer.coordinatorEpoch,
          currentTransactionFirstOffset: producer.transactionFirstOffset)
      }
    }
  }

  /// The segment that is appended to. Lock held.
  var active: LogSegment { segments[segments.count - 1] }
  /// Lock held.
  var end: Int64 { active.nextOffset }

  /// Lock held.
  var stableEnd: Int64 {
    var stable = visibleEnd
    if let first = producers.firstOpenOffset { stable = min(stable, first) }
    for completed in unseenMarkers { stable = min(stable, completed.firstOffset) }
    return max(stable, startOffset)
  }

  func locked<T>(_ body: () -> T) -> T {
    lock.lock()
    defer { lock.unlock() }
    return body()
  }

  /// Lock held.
  func checkUsable() throws(LogError) {
    if let failure { throw failure }
  }
}
