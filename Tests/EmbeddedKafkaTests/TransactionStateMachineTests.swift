import Testing

@testable import EmbeddedKafka

@Suite struct TransactionStateMachineTests {
  static let partition = TopicPartition(topic: "t", partition: 0)

  func metadata(_ state: TransactionState, epoch: Int16 = 5) -> TransactionMetadata {
    var metadata = TransactionMetadata(transactionalID: "id", producerID: 7, timeoutMs: 1000)
    metadata.producerEpoch = epoch
    metadata.state = state
    if state == .ongoing || state.isPrepared {
      metadata.partitions = [Self.partition]
      metadata.startMs = 100
    }
    return metadata
  }

  func decide(_ current: TransactionMetadata, _ event: TransactionEvent, at nowMs: Int64 = 200) -> TransactionDecision {
    TransactionStateMachine.decide(current, event, nowMs: nowMs)
  }

  func stored(_ decision: TransactionDecision) -> TransactionMetadata? {
    switch decision {
    case .store(let next), .storeAndMark(let next), .abortFirst(let next): next
    default: nil
    }
  }

  func initialise(_ producerID: Int64 = -1, _ epoch: Int16 = -1, fresh: Int64? = nil) -> TransactionEvent {
    .initialise(producerID: producerID, producerEpoch: epoch, timeoutMs: 2000, freshProducerID: fresh)
  }

  @Test(
    arguments: [
      (TransactionState.ongoing, true, nil), (.ongoing, false, nil), (.completeCommit, false, ErrorCode.invalidTxnState),
      (.completeAbort, true, .invalidTxnState), (.prepareCommit, true, .concurrentTransactions),
      (.prepareCommit, false, .invalidTxnState), (.prepareAbort, false, .concurrentTransactions),
      (.prepareAbort, true, .invalidTxnState), (.empty, true, .invalidTxnState), (.empty, false, .invalidTxnState),
    ] as [(TransactionState, Bool, ErrorCode?)])
  func `EndTxn in each state`(_ state: TransactionState, _ commit: Bool, _ error: ErrorCode?) {
    let decision = decide(metadata(state), .end(producerID: 7, producerEpoch: 5, commit: commit))
    if let error {
      #expect(decision == .reject(error))
    } else {
      var next = metadata(state)
      next.state = commit ? .prepareCommit : .prepareAbort
      next.lastUpdateMs = 200
      #expect(decision == .storeAndMark(next))
    }
  }

  @Test func `EndTxn repeated after completion succeeds without another marker`() {
    #expect(decide(metadata(.completeCommit), .end(producerID: 7, producerEpoch: 5, commit: true)) == .done)
    #expect(decide(metadata(.completeAbort), .end(producerID: 7, producerEpoch: 5, commit: false)) == .done)
  }

  @Test func `only the current producer may add or end`() {
    for state in TransactionState.allCases {
      let current = metadata(state)
      for (producerID, epoch, error) in [
        (Int64(8), Int16(5), ErrorCode.invalidProducerIDMapping), (7, 4, .producerFenced), (7, 6, .producerFenced),
      ] {
        let add = TransactionEvent.addPartitions(producerID: producerID, producerEpoch: epoch, partitions: [Self.partition])
        #expect(decide(current, add) == .reject(error))
        #expect(decide(current, .end(producerID: producerID, producerEpoch: epoch, commit: true)) == .reject(error))
      }
    }
  }

  @Test func `adding partitions opens a transaction, widens it, and is free when nothing is new`() {
    let add = TransactionEvent.addPartitions(producerID: 7, producerEpoch: 5, partitions: [Self.partition])
    for state in [TransactionState.empty, .completeCommit, .completeAbort] {
      let next = stored(decide(metadata(state), add))
      #expect(next?.state == .ongoing && next?.startMs == 200 && next?.partitions == [Self.partition])
    }
    #expect(decide(metadata(.ongoing), add) == .done)
    let other = TopicPartition(topic: "u", partition: 3)
    let wider = stored(
      decide(metadata(.ongoing), .addPartitions(producerID: 7, producerEpoch: 5, partitions: [other])))
    #expect(wider?.partitions == [Self.partition, other])
    #expect(wider?.startMs == 100)
    #expect(decide(metadata(.prepareCommit), add) == .reject(.concurrentTransactions))
    #expect(decide(metadata(.prepareAbort), add) == .reject(.concurrentTransactions))
  }

  @Test func `a new id starts at epoch 0 and every restart raises it`() {
    let unborn = TransactionMetadata(transactionalID: "id", producerID: 7, timeoutMs: 1000)
    #expect(stored(decide(unborn, initialise()))?.producerEpoch == 0)
    for state in [TransactionState.empty, .completeCommit, .completeAbort] {
      let next = stored(decide(metadata(state), initialise()))
      #expect(next?.producerEpoch == 6 && next?.producerID == 7 && next?.state == .empty && next?.timeoutMs == 2000)
    }
  }

  @Test func `initialising over an open transaction aborts it under an epoch nobody has`() {
    let next = stored(decide(metadata(.ongoing), initialise()))
    #expect(next?.state == .prepareAbort && next?.producerEpoch == 6)
    #expect(next?.partitions == [Self.partition])
    for state in [TransactionState.prepareCommit, .prepareAbort] {
      #expect(decide(metadata(state), initialise()) == .reject(.concurrentTransactions))
    }
  }

  @Test func `a client that names its epoch is bumped once however often it asks`() {
    let bumped = stored(decide(metadata(.empty), initialise(7, 5)))!
    #expect(bumped.producerEpoch == 6)
    #expect(decide(bumped, initialise(7, 5)) == .done)
    #expect(decide(bumped, initialise(7, 4)) == .reject(.producerFenced))
    #expect(decide(bumped, initialise(9, 6)) == .reject(.producerFenced))
  }

  @Test func `after a new instance has come the old one cannot repeat its way back`() {
    let heir = stored(decide(metadata(.empty), initialise()))!
    #expect(decide(heir, initialise(7, 5)) == .reject(.producerFenced))
    var open = stored(decide(metadata(.empty), initialise(7, 5)))!
    open.state = .ongoing
    #expect(decide(open, initialise(7, 5)) == .reject(.producerFenced))
  }

  @Test func `exhausted epochs change the producer id and fencing never overflows`() {
    let last = metadata(.completeCommit, epoch: Int16.max - 1)
    #expect(decide(last, initialise()) == .needsProducerID)
    let rotated = stored(decide(last, initialise(fresh: 99)))
    #expect(rotated?.producerID == 99 && rotated?.producerEpoch == 0)
    let fenced = stored(decide(metadata(.ongoing, epoch: Int16.max - 1), initialise()))!
    #expect(fenced.producerEpoch == Int16.max)
    #expect(stored(decide(metadata(.ongoing, epoch: Int16.max), .tick, at: 5000))?.producerEpoch == Int16.max)
    var aborted = fenced
    aborted.state = .completeAbort
    #expect(decide(aborted, initialise()) == .needsProducerID)
    let named = stored(decide(last, initialise(7, Int16.max - 1, fresh: 99)))!
    #expect(decide(named, initialise(7, Int16.max - 1, fresh: 100)) == .done)
  }

  @Test func `time-out aborts an open transaction and fences its producer`() {
    #expect(decide(metadata(.ongoing), .tick, at: 1099) == .done)
    let next = stored(decide(metadata(.ongoing), .tick, at: 1100))
    #expect(next?.state == .prepareAbort && next?.producerEpoch == 6)
    for state in TransactionState.allCases where state != .ongoing {
      #expect(decide(metadata(state), .tick, at: .max) == .done)
    }
  }

  @Test func `markers complete what was prepared and nothing else`() {
    #expect(stored(decide(metadata(.prepareCommit), .markersWritten))?.state == .completeCommit)
    let done = stored(decide(metadata(.prepareAbort), .markersWritten))
    #expect(done?.state == .completeAbort && done?.partitions == [] && done?.startMs == -1)
    #expect(decide(metadata(.ongoing), .markersWritten) == .reject(.invalidTxnState))
  }

  @Test func `records hold everything`() throws {
    var metadata = metadata(.ongoing)
    metadata.partitions = [Self.partition, TopicPartition(topic: "t", partition: 4), TopicPartition(topic: "b", partition: 1)]
    metadata.lastProducerID = 3
    metadata.lastProducerEpoch = 2
    metadata.lastUpdateMs = 150
    let bytes = try InternalRecord.encode(TransactionRecord(metadata), version: 0)
    #expect(try InternalRecord.decode(TransactionRecord.self, bytes).metadata(transactionalID: "id") == metadata)
  }
}
