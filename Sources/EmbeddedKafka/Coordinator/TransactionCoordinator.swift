import CrashPoints
import Logging
import Synchronization

/// Carries out what `TransactionStateMachine` decides: stores every change in `__transaction_state` before it is answered,
/// writes the markers itself and answers EndTxn only after them, so that a commit is visible to whoever sees its answer. (Clusters
/// write them afterwards, and so does this one where `ClusterHabits` ask for it.)
///
/// All calls may block on the disk and are for the broker's worker threads. One transactional id is worked on by one thread
/// at a time; different ids go in parallel.
final class TransactionCoordinator: Sendable {
  /// Writes one marker; false where the partition no longer exists.
  typealias MarkerWriter =
    @Sendable (TopicPartition, _ commit: Bool, _ metadata: TransactionMetadata) throws(LogError) -> Bool

  /// What is known of one transactional id, and the lock that an append of its producer shares with its end.
  final class Entry: Sendable {
    let isBusy = Atomic<Bool>(false)
    let current: Mutex<Progress>
    init(_ metadata: TransactionMetadata, openedMs: Int64? = nil) {
      current = Mutex(Progress(metadata: metadata, openedMs: openedMs))
    }
  }

  struct Progress {
    var metadata: TransactionMetadata
    /// When the open transaction began, by the clock that only goes forward: a step of the other one must neither end a
    /// transaction nor keep one open that nobody will end.
    var openedMs: Int64?
    /// Partitions that have their marker although not all have: a repeated attempt must not write a second one.
    var marked: Set<TopicPartition> = []
    /// When the end was decided, by the same clock; markers may be asked to come later.
    var decidedMs: Int64 = 0
  }

  let log: PartitionLog
  let producerIDs: ProducerIDAllocator
  let logger: Logger
  let clock: BrokerClock
  let maxTimeoutMs: Int32
  /// Milliseconds between the answer to EndTxn and the markers (`ClusterHabits`).
  let markersLateMs: Int64
  let writeMarker: MarkerWriter
  let entries = Mutex<[String: Entry]>([:])

  init(
    log: PartitionLog, producerIDs: ProducerIDAllocator, maxTimeoutMs: Int32, markersLateMs: Int64 = 0, clock: BrokerClock,
    logger: Logger,
    writeMarker: @escaping MarkerWriter
  ) {
    self.log = log
    self.producerIDs = producerIDs
    self.maxTimeoutMs = maxTimeoutMs
    self.markersLateMs = markersLateMs
    self.clock = clock
    self.logger = logger
    self.writeMarker = writeMarker
  }

  /// InitProducerId with a transactional id.
  func initialise(
    _ transactionalID: String, producerID: Int64, producerEpoch: Int16, timeoutMs: Int32
  ) throws(ErrorCode) -> (producerID: Int64, producerEpoch: Int16) {
    guard !transactionalID.isEmpty else { throw .invalidRequest }
    guard timeoutMs > 0, timeoutMs <= maxTimeoutMs else { throw .invalidTransactionTimeout }
    let entry = try entryOrNew(transactionalID, timeoutMs)
    let event = TransactionEvent.initialise(
      producerID: producerID, producerEpoch: producerEpoch, timeoutMs: timeoutMs, freshProducerID: nil)
    let metadata = try perform(entry, event)
    return (metadata.producerID, metadata.producerEpoch)
  }

  /// Registers partitions in the open transaction, or opens one.
  func add(_ partitions: Set<TopicPartition>, to transactionalID: String, producerID: Int64, producerEpoch: Int16)
    throws(ErrorCode)
  {
    guard let entry = entry(transactionalID) else { throw .invalidProducerIDMapping }
    _ = try perform(
      entry, .addPartitions(producerID: producerID, producerEpoch: producerEpoch, partitions: partitions))
  }

  /// Commits or aborts; returns when every marker is written.
  func end(_ transactionalID: String, producerID: Int64, producerEpoch: Int16, commit: Bool) throws(ErrorCode) {
    guard let entry = entry(transactionalID) else { throw .invalidProducerIDMapping }
    _ = try perform(entry, .end(producerID: producerID, producerEpoch: producerEpoch, commit: commit))
  }

  /// Runs `body` while the transaction is open and holds the partition, and keeps it from ending meanwhile.
  ///
  /// Without this a delayed append could slip in after the marker and leave a transaction that nobody ends (KIP-890 part 1).
  func whileOngoing<R>(
    _ transactionalID: String, _ producerID: Int64, _ producerEpoch: Int16, _ partition: TopicPartition, _ body: () -> R
  ) throws(ErrorCode) -> R {
    guard let entry = entry(transactionalID) else { throw .invalidProducerIDMapping }
    let outcome: Result<R, ErrorCode> = entry.current.withLock { progress in
      let metadata = progress.metadata
      if metadata.producerID != producerID { return .failure(.invalidProducerIDMapping) }
      if metadata.producerEpoch != producerEpoch { return .failure(.invalidProducerEpoch) }
      guard metadata.state == .ongoing, metadata.partitions.contains(partition) else { return .failure(.invalidTxnState) }
      return .success(body())
    }
    return try outcome.get()
  }

  func entry(_ transactionalID: String) -> Entry? {
    entries.withLock { $0[transactionalID] }
  }

  private func entryOrNew(_ transactionalID: String, _ timeoutMs: Int32) throws(ErrorCode) -> Entry {
    if let known = entry(transactionalID) { return known }
    let producerID = try freshProducerID()
    return entries.withLock { entries in
      if let known = entries[transactionalID] { return known }
      let entry = Entry(
        TransactionMetadata(transactionalID: transactionalID, producerID: producerID, timeoutMs: timeoutMs))
      entries[transactionalID] = entry
      return entry
    }
  }

  private func freshProducerID() throws(ErrorCode) -> Int64 {
    do {
      return try producerIDs.next()
    } catch {
      logger.error("no producer id could be reserved", metadata: ["error": "\(error)"])
      throw .coordinatorNotAvailable
    }
  }

  /// One event through the state machine to its end. A second event for the same id meanwhile is CONCURRENT_TRANSACTIONS.
  @discardableResult
  func perform(_ entry: Entry, _ event: TransactionEvent) throws(ErrorCode) -> TransactionMetadata {
    guard !entry.isBusy.exchange(true, ordering: .acquiringAndReleasing) else { throw .concurrentTransactions }
    defer { entry.isBusy.store(false, ordering: .releasing) }
    let outcome: Result<TransactionMetadata, ErrorCode> = entry.current.withLock { progress in
      do throws(ErrorCode) {
        try run(&progress, event)
        return .success(progress.metadata)
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }

  private func run(_ progress: inout Progress, _ event: TransactionEvent) throws(ErrorCode) {
    var event = event
    while true {
      switch TransactionStateMachine.decide(progress.metadata, event, nowMs: time(of: event, progress)) {
      case .reject(let error): throw error
      case .done: return
      case .store(let next):
        try store(next, &progress)
        return
      case .storeAndMark(let next):
        try store(next, &progress)
        if markersLateMs > 0 { return }
        try finish(&progress)
        return
      case .abortFirst(let next):
        try store(next, &progress)
        // The client asks again, and by then the markers are written.
        if markersLateMs > 0 { throw .concurrentTransactions }
        try finish(&progress)
        event = event.anonymous
      case .needsProducerID:
        event = event.with(freshProducerID: try freshProducerID())
      }
    }
  }

  /// The wall clock; to judge how long a transaction is open, its start and what has passed since.
  func time(of event: TransactionEvent, _ progress: Progress) -> Int64 {
    guard event == .tick, let openedMs = progress.openedMs else { return clock.nowMs() }
    return progress.metadata.startMs + clock.monotonicMs() - openedMs
  }

  /// Writes what markers are missing and completes the transaction.
  func finish(_ progress: inout Progress) throws(ErrorCode) {
    let metadata = progress.metadata
    let commit = metadata.state == .prepareCommit
    for partition in metadata.partitions.sorted() where !progress.marked.contains(partition) {
      do throws(LogError) {
        CrashPoint.hit("broker.txn.marker", .before)
        _ = try writeMarker(partition, commit, metadata)
        CrashPoint.hit("broker.txn.marker", .after)
        progress.marked.insert(partition)
      } catch {
        logger.error("transaction marker not written; it will be tried again", metadata: ["error": "\(error)"])
        throw .coordinatorNotAvailable
      }
    }
    guard case .store(let next) = TransactionStateMachine.decide(metadata, .markersWritten, nowMs: clock.nowMs()) else { return }
    try store(next, &progress)
    progress.marked = []
  }

  private func store(_ next: TransactionMetadata, _ progress: inout Progress) throws(ErrorCode) {
    do {
      let key = try InternalRecord.encode(TransactionRecord.Key(transactionalID: next.transactionalID), version: 0)
      let value = try InternalRecord.encode(TransactionRecord(next), version: 0)
      Self.crashPoint(next.state, .before)
      _ = try log.appendInternal(records: [(key: key, value: value)], timestampMs: clock.nowMs())
      Self.crashPoint(next.state, .after)
    } catch {
      logger.error("transaction state not stored", metadata: ["error": "\(error)"])
      throw .coordinatorNotAvailable
    }
    progress.metadata = next
    if next.state.isPrepared { progress.decidedMs = clock.monotonicMs() }
    progress.openedMs = next.state == .ongoing ? progress.openedMs ?? clock.monotonicMs() : nil
  }

  private static func crashPoint(_ state: TransactionState, _ side: CrashPoint.Side) {
    switch state {
    case .ongoing: CrashPoint.hit("broker.txn.ongoing", side)
    case .prepareCommit: CrashPoint.hit("broker.txn.prepare-commit", side)
    case .prepareAbort: CrashPoint.hit("broker.txn.prepare-abort", side)
    case .completeCommit: CrashPoint.hit("broker.txn.complete-commit", side)
    case .completeAbort: CrashPoint.hit("broker.txn.complete-abort", side)
    case .empty, .dead, .prepareEpochFence: CrashPoint.hit("broker.txn.init", side)
    }
  }
}

extension TransactionEvent {
  /// The event of a client that has proven itself the current one; its epoch has been spent on fencing.
  fileprivate var anonymous: TransactionEvent {
    guard case .initialise(_, _, let timeoutMs, let fresh) = self else { return self }
    return .initialise(producerID: -1, producerEpoch: -1, timeoutMs: timeoutMs, freshProducerID: fresh)
  }

  fileprivate func with(freshProducerID: Int64) -> TransactionEvent {
    guard case .initialise(let producerID, let epoch, let timeoutMs, _) = self else { return self }
    return .initialise(producerID: producerID, producerEpoch: epoch, timeoutMs: timeoutMs, freshProducerID: freshProducerID)
  }
}
