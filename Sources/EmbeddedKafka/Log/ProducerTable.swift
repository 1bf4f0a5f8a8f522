/// What one partition knows of its producers: the state behind idempotence and the last stable offset (KIP-98, KIP-360).
///
/// A pure state machine: fed by appends while live and by the batches of the log after a restart, with the same result.
struct ProducerTable: Equatable, Sendable {
  /// How many batches of a producer are remembered, to recognise one that is sent again.
  static let remembered = 5

  /// A batch that was stored.
  struct StoredBatch: Equatable, Sendable {
    var firstSequence: Int32
    var lastSequence: Int32
    var firstOffset: Int64
    var lastOffset: Int64
    var timestampMs: Int64
  }

  struct Producer: Equatable, Sendable {
    var epoch: Int16
    /// At most five, the oldest first, all of this epoch.
    var batches: [StoredBatch] = []
    var coordinatorEpoch: Int32 = -1
    var transactionFirstOffset: Int64?
    /// When this broker last heard of it, milliseconds since 1970.
    var lastTimestampMs: Int64

    var lastSequence: Int32 { batches.last?.lastSequence ?? -1 }
  }

  /// What to do with a batch.
  enum Verdict: Equatable, Sendable {
    case append
    /// It is stored already; answer with what it got then.
    case duplicate(StoredBatch)
  }

  /// A transaction that a marker has ended.
  struct Completed: Equatable, Sendable {
    var producerID: Int64
    var firstOffset: Int64
    var markerOffset: Int64
    var isAborted: Bool
  }

  var producers: [Int64: Producer] = [:]
  /// Sorted by first offset.
  private(set) var open: [OpenTransaction] = []

  /// The first offset of the oldest transaction without a marker.
  var firstOpenOffset: Int64? { open.first?.firstOffset }

  /// Decides on a batch of a client. `transactionOngoing`: the coordinator says that this partition is in the
  /// producer's transaction.
  func check(_ header: BatchHeader, transactionOngoing: Bool) throws(LogError) -> Verdict {
    guard header.hasProducerID else { return .append }
    let known = producers[header.producerID]
    if let known {
      if let stored = Self.stored(header, known) { return .duplicate(stored) }
      guard header.producerEpoch >= known.epoch else {
        throw LogError(
          .invalidProducerEpoch, "epoch \(header.producerEpoch) of producer \(header.producerID) is fenced by \(known.epoch)")
      }
      try Self.checkSequence(header, known)
      try Self.checkTransaction(header, known)
    }
    guard !header.isTransactional || transactionOngoing else {
      throw LogError(.invalidTransactionState, "the partition is not in the transaction of producer \(header.producerID)")
    }
    return .append
  }

  private static func stored(_ header: BatchHeader, _ known: Producer) -> StoredBatch? {
    guard header.producerEpoch == known.epoch else { return nil }
    let last = header.lastSequence
    return known.batches.first { $0.firstSequence == header.baseSequence && $0.lastSequence == last }
  }

  private static func checkSequence(_ header: BatchHeader, _ known: Producer) throws(LogError) {
    let expected = header.producerEpoch == known.epoch ? BatchHeader.sequence(known.lastSequence, advancedBy: 1) : 0
    guard header.baseSequence == expected else {
      throw LogError(
        .outOfOrderSequence,
        "sequence \(header.baseSequence) of producer \(header.producerID) epoch \(header.producerEpoch); expected \(expected)")
    }
  }

  /// An open transaction takes only transactional batches of its own epoch: a later epoch would commit what it did not write.
  private static func checkTransaction(_ header: BatchHeader, _ known: Producer) throws(LogError) {
    guard known.transactionFirstOffset != nil else { return }
    guard header.isTransactional, header.producerEpoch == known.epoch else {
      throw LogError(.invalidTransactionState, "producer \(header.producerID) has another transaction open here")
    }
  }

  /// Takes note of a stored data batch; `header` carries its final offset.
  mutating func record(_ header: BatchHeader, nowMs: Int64) {
    guard header.hasProducerID else { return }
    let batch = StoredBatch(
      firstSequence: header.baseSequence, lastSequence: header.lastSequence, firstOffset: header.baseOffset,
      lastOffset: header.lastOffset, timestampMs: header.maxTimestamp)
    let fresh = Producer(epoch: header.producerEpoch, lastTimestampMs: nowMs)
    producers[header.producerID, default: fresh].note(batch, epoch: header.producerEpoch, nowMs: nowMs)
    if header.isTransactional { begin(header) }
  }

  private mutating func begin(_ header: BatchHeader) {
    guard producers[header.producerID]?.transactionFirstOffset == nil else { return }
    producers[header.producerID]?.transactionFirstOffset = header.baseOffset
    open.append(
      OpenTransaction(producerID: header.producerID, producerEpoch: header.producerEpoch, firstOffset: header.baseOffset))
  }

  /// Decides on a marker of the coordinator.
  func checkMarker(producerID: Int64, producerEpoch: Int16, coordinatorEpoch: Int32) throws(LogError) {
    guard let known = producers[producerID] else { return }
    guard producerEpoch >= known.epoch else {
      throw LogError(.invalidProducerEpoch, "marker of epoch \(producerEpoch) for producer \(producerID) at epoch \(known.epoch)")
    }
    guard coordinatorEpoch >= known.coordinatorEpoch else {
      throw LogError(.coordinatorFenced, "marker of coordinator epoch \(coordinatorEpoch); known is \(known.coordinatorEpoch)")
    }
  }

  /// Takes note of a stored marker. Nil where the transaction had no records here.
  mutating func record(marker: ControlBatch.Marker, _ header: BatchHeader, nowMs: Int64) -> Completed? {
    var producer = producers[header.producerID] ?? Producer(epoch: header.producerEpoch, lastTimestampMs: nowMs)
    if header.producerEpoch > producer.epoch { producer.batches.removeAll(keepingCapacity: true) }
    producer.epoch = max(producer.epoch, header.producerEpoch)
    producer.coordinatorEpoch = marker.coordinatorEpoch
    producer.lastTimestampMs = nowMs
    let first = producer.transactionFirstOffset
    producer.transactionFirstOffset = nil
    producers[header.producerID] = producer
    guard let first else { return nil }
    open.removeAll { $0.producerID == header.producerID }
    return Completed(
      producerID: header.producerID, firstOffset: first, markerOffset: header.baseOffset, isAborted: !marker.commit)
  }

  /// Puts a producer in place, as a snapshot holds it.
  mutating func restore(_ producerID: Int64, _ producer: Producer) {
    producers[producerID] = producer
    guard let first = producer.transactionFirstOffset else { return }
    open.append(OpenTransaction(producerID: producerID, producerEpoch: producer.epoch, firstOffset: first))
    open.sort { $0.firstOffset < $1.firstOffset }
  }

  /// Forgets producers that have been silent for `expirationMs`, but none with an open transaction.
  mutating func expire(nowMs: Int64, expirationMs: Int64) {
    producers = producers.filter { $0.value.transactionFirstOffset != nil || nowMs - $0.value.lastTimestampMs < expirationMs }
  }
}

extension ProducerTable.Producer {
  fileprivate mutating func note(_ batch: ProducerTable.StoredBatch, epoch: Int16, nowMs: Int64) {
    if epoch != self.epoch { batches.removeAll(keepingCapacity: true) }
    self.epoch = epoch
    if batches.count == ProducerTable.remembered { batches.removeFirst() }
    batches.append(batch)
    lastTimestampMs = nowMs
  }
}
