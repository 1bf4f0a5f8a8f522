/// What happens to a transactional id.
enum TransactionEvent: Equatable, Sendable {
  /// InitProducerId; id and epoch are -1 unless the client has them (KIP-360). `freshProducerID` is nil until one was asked for.
  case initialise(producerID: Int64, producerEpoch: Int16, timeoutMs: Int32, freshProducerID: Int64?)
  /// AddPartitionsToTxn, and AddOffsetsToTxn with the partition of the group's offsets.
  case addPartitions(producerID: Int64, producerEpoch: Int16, partitions: Set<TopicPartition>)
  case end(producerID: Int64, producerEpoch: Int16, commit: Bool)
  /// The periodic look at the clock.
  case tick
  /// Every partition of the transaction has its marker.
  case markersWritten
  /// After a loss of power a log holds more of the producer than is known here; `producerEpoch` is the highest met.
  case outlived(producerEpoch: Int16)
}

/// What the coordinator has to do about an event.
enum TransactionDecision: Equatable, Sendable {
  /// Answer this error; nothing changes.
  case reject(ErrorCode)
  /// Answer success; nothing changes.
  case done
  /// Store the metadata durably, make it current, then answer success.
  case store(TransactionMetadata)
  /// Store the metadata durably (the point of no return), make it current, write the markers, then feed `markersWritten`.
  case storeAndMark(TransactionMetadata)
  /// Store and mark as above, complete, then feed the same event again: an earlier transaction is in the way.
  case abortFirst(TransactionMetadata)
  /// Feed the same event again with a producer id never used before.
  case needsProducerID
}

/// The life of a transactional id as a pure function of what is known and what happens: no clock, no disk, no lock
/// (TransactionCoordinator and TransactionMetadata of Apache Kafka 3.9, the protocol before KIP-890 part 2).
enum TransactionStateMachine {
  static func decide(_ current: TransactionMetadata, _ event: TransactionEvent, nowMs: Int64) -> TransactionDecision {
    switch event {
    case .initialise(let producerID, let epoch, let timeoutMs, let fresh):
      initialise(current, producerID, epoch, timeoutMs, fresh, nowMs)
    case .addPartitions(let producerID, let epoch, let partitions):
      add(current, producerID, epoch, partitions, nowMs)
    case .end(let producerID, let epoch, let commit):
      end(current, producerID, epoch, commit, nowMs)
    case .tick:
      expire(current, nowMs)
    case .markersWritten:
      complete(current, nowMs)
    case .outlived(let epoch):
      outlive(current, epoch, nowMs)
    }
  }

  private static func initialise(
    _ current: TransactionMetadata, _ producerID: Int64, _ epoch: Int16, _ timeoutMs: Int32, _ fresh: Int64?, _ nowMs: Int64
  ) -> TransactionDecision {
    let standing = standing(current, producerID, epoch)
    if standing == .fenced { return .reject(.producerFenced) }
    switch current.state {
    case .prepareCommit, .prepareAbort, .prepareEpochFence: return .reject(.concurrentTransactions)
    case .dead: return .reject(.coordinatorNotAvailable)
    case .ongoing: return standing == .repeated ? .reject(.producerFenced) : .abortFirst(fencedAbort(current, nowMs))
    case .empty, .completeCommit, .completeAbort: break
    }
    if standing == .repeated { return .done }
    return bump(current, named: producerID >= 0, timeoutMs, fresh, nowMs)
  }

  private enum Standing { case valid, repeated, fenced }

  /// Whether a client that names its id and epoch is the current one, one whose last answer was lost, or an old one.
  private static func standing(_ current: TransactionMetadata, _ producerID: Int64, _ epoch: Int16) -> Standing {
    guard producerID >= 0, epoch >= 0, current.producerEpoch != TransactionMetadata.noEpoch else { return .valid }
    if producerID == current.producerID, epoch == current.producerEpoch { return .valid }
    return producerID == current.lastProducerID && epoch == current.lastProducerEpoch ? .repeated : .fenced
  }

  private static func bump(
    _ current: TransactionMetadata, named: Bool, _ timeoutMs: Int32, _ fresh: Int64?, _ nowMs: Int64
  ) -> TransactionDecision {
    var next = current
    next.state = .empty
    next.partitions = []
    next.startMs = -1
    next.lastUpdateMs = nowMs
    next.timeoutMs = timeoutMs
    // Only a client that named itself may repeat the call and get the same epoch; a new instance fences the one before.
    next.lastProducerEpoch = named ? current.producerEpoch : TransactionMetadata.noEpoch
    next.lastProducerID = named ? current.producerID : -1
    if current.producerEpoch >= TransactionMetadata.exhaustedEpoch {
      guard let fresh else { return .needsProducerID }
      next.producerID = fresh
      next.producerEpoch = 0
    } else {
      next.producerEpoch += 1
    }
    return .store(next)
  }

  /// Aborts with an epoch that is never given to a client, so that the producer whose transaction it was is fenced.
  private static func fencedAbort(_ current: TransactionMetadata, _ nowMs: Int64) -> TransactionMetadata {
    var next = current
    next.state = .prepareAbort
    next.lastUpdateMs = nowMs
    if current.producerEpoch < Int16.max { next.producerEpoch += 1 }
    next.lastProducerID = -1
    next.lastProducerEpoch = TransactionMetadata.noEpoch
    return next
  }

  private static func add(
    _ current: TransactionMetadata, _ producerID: Int64, _ epoch: Int16, _ partitions: Set<TopicPartition>, _ nowMs: Int64
  ) -> TransactionDecision {
    if let error = ownership(current, producerID, epoch) { return .reject(error) }
    switch current.state {
    case .prepareCommit, .prepareAbort: return .reject(.concurrentTransactions)
    case .prepareEpochFence, .dead: return .reject(.producerFenced)
    case .ongoing:
      if partitions.isSubset(of: current.partitions) { return .done }
      var next = current
      next.partitions.formUnion(partitions)
      next.lastUpdateMs = nowMs
      return .store(next)
    case .empty, .completeCommit, .completeAbort:
      var next = current
      next.state = .ongoing
      next.partitions = partitions
      next.startMs = nowMs
      next.lastUpdateMs = nowMs
      return .store(next)
    }
  }

  private static func end(
    _ current: TransactionMetadata, _ producerID: Int64, _ epoch: Int16, _ commit: Bool, _ nowMs: Int64
  ) -> TransactionDecision {
    if let error = ownership(current, producerID, epoch) { return .reject(error) }
    switch current.state {
    case .ongoing:
      var next = current
      next.state = commit ? .prepareCommit : .prepareAbort
      next.lastUpdateMs = nowMs
      return .storeAndMark(next)
    case .completeCommit: return commit ? .done : .reject(.invalidTxnState)
    case .completeAbort: return commit ? .reject(.invalidTxnState) : .done
    case .prepareCommit: return .reject(commit ? .concurrentTransactions : .invalidTxnState)
    case .prepareAbort: return .reject(commit ? .invalidTxnState : .concurrentTransactions)
    case .empty: return .reject(.invalidTxnState)
    case .prepareEpochFence, .dead: return .reject(.producerFenced)
    }
  }

  private static func expire(_ current: TransactionMetadata, _ nowMs: Int64) -> TransactionDecision {
    guard current.state == .ongoing, nowMs - current.startMs >= Int64(current.timeoutMs) else { return .done }
    return .storeAndMark(fencedAbort(current, nowMs))
  }

  /// An epoch that a log knows must not be given out again, and a transaction of which a part was forgotten cannot be committed.
  private static func outlive(_ current: TransactionMetadata, _ epoch: Int16, _ nowMs: Int64) -> TransactionDecision {
    var next = current
    next.producerEpoch = max(current.producerEpoch, epoch)
    if current.state == .ongoing { return .storeAndMark(fencedAbort(next, nowMs)) }
    return next == current ? .done : .store(next)
  }

  private static func complete(_ current: TransactionMetadata, _ nowMs: Int64) -> TransactionDecision {
    guard current.state.isPrepared else { return .reject(.invalidTxnState) }
    var next = current
    next.state = current.state == .prepareCommit ? .completeCommit : .completeAbort
    next.partitions = []
    next.startMs = -1
    next.lastUpdateMs = nowMs
    return .store(next)
  }

  /// Nil for the current producer of the id.
  static func ownership(_ current: TransactionMetadata, _ producerID: Int64, _ epoch: Int16) -> ErrorCode? {
    if producerID != current.producerID { return .invalidProducerIDMapping }
    return epoch == current.producerEpoch ? nil : .producerFenced
  }
}
