import CRdKafka
import Synchronization

/// The right to commit one transaction. `begin` hands it out and `commit` consumes it, so no transaction is committed twice
/// and none without having been begun. Dropping it leaves only `abort`.
public struct CommitPermit: ~Copyable {
  let serial: UInt64
}

/// A producer whose records become visible to read_committed readers all together, with consumer offsets, or never.
///
/// After any failed call, look at the error's `recovery`. Once a producer is spent (fatal, fenced, or an unknown outcome of a
/// commit or abort) every further call is refused: the transaction protocol librdkafka speaks cannot tell a delayed end of
/// the last transaction from one of the next (KAFKA-17754), and only a new producer's epoch can. For the same reason a producer
/// that lost a connection during a transaction begins no other, though the transaction itself may well have been committed:
/// librdkafka sends again what was under way, and the first copy may still arrive.
///
/// Every call may block; use it on a thread of its own, one thread at a time. Create it where it is used.
public final class TransactionalProducer {
  /// The `transactional.id`: stable across restarts of one pipeline instance, and used by no other.
  public let transactionalID: String
  private let core: ProducerCore
  private var state = TransactionState()
  private var serial: UInt64 = 0
  private var connectionsEndedBefore = 0

  /// - Parameters:
  ///   - transactionTimeout: after which the cluster aborts an unfinished transaction by itself; longer than any commit takes.
  ///   - maximumQueuedRecords: `send` blocks when this many records await delivery.
  /// - Throws: `badInput` for a bad setting.
  public init(
    _ configuration: KafkaConfiguration, transactionalID: String, transactionTimeout: Duration = .seconds(60),
    maximumQueuedRecords: Int = 100_000, compression: String = "lz4"
  ) throws(KafkaError) {
    self.transactionalID = transactionalID
    let timeout = String(transactionTimeout.milliseconds)
    let optional = [
      "queue.buffering.max.messages": String(maximumQueuedRecords), "compression.type": compression, "linger.ms": "2",
    ].filter { configuration.settings[$0.key] == nil }
    // message.timeout.ms may not exceed the transaction's; a much lower one makes sequence holes (confluent-kafka-dotnet #704).
    let own = [
      "transactional.id": transactionalID, "transaction.timeout.ms": timeout, "message.timeout.ms": timeout,
      // A request without an answer must end its connection: that is how it is known that it may come late.
      "socket.max.fails": "1",
    ]
    core = try ProducerCore(configuration, settings: own.merging(optional) { a, _ in a })
  }

  /// Whether this producer can only be closed and replaced.
  public var isSpent: Bool { state.phase == .spent || state.phase == .outdated }

  /// Whether a transaction is open or waits for its abort.
  public var isInTransaction: Bool { state.phase == .open || state.phase == .mustAbort }

  /// Fences older producers of the same id, finishes what they left, and gets a new epoch. Once, before anything else.
  ///
  /// - Throws: `unavailable` when the coordinator did not answer in time; otherwise as the error says. Make a new producer to
  ///   try again.
  public func initialise(timeout: Duration = .seconds(60)) throws(KafkaError) {
    try allow(.initialise)
    do {
      // librdkafka caps a wait at twice transaction.timeout.ms; 2.0.0 made it resumable by the same call.
      try call(.initialise, Deadline(after: timeout)) { rd_kafka_init_transactions($0, $1) }
    } catch {
      var error = error
      if error.recovery == .rebuild, error.code == .timedOut { error.recovery = .unavailable }
      throw error
    }
  }

  /// Opens a transaction. Costs no round trip.
  ///
  /// - Throws: `rebuild` too when a connection was lost during the last transaction, whose outcome is known all the same.
  public func begin() throws(KafkaError) -> CommitPermit {
    try allow(.begin)
    _ = core.takeDeliveryFailure()
    connectionsEndedBefore = connectionsEnded
    if let error = KafkaError.take(rd_kafka_begin_transaction(core.pointer), "begin", client: core.pointer) {
      state.failed(.begin, error.recovery)
      throw error
    }
    state.succeeded(.begin)
    serial += 1
    return CommitPermit(serial: serial)
  }

  /// Registers a topic to write to; the same name gives the same handle. Does not create the topic.
  public func topic(_ name: String) throws(KafkaError) -> TopicHandle { try core.topic(name) }

  /// Queues one record of the open transaction; its bytes are copied before this returns. Blocks while the queue is full.
  ///
  /// - Parameters:
  ///   - partition: nil lets the key decide by Java's murmur2.
  ///   - timestamp: milliseconds since the epoch; nil means now.
  /// - Throws: any failure leaves only `abort` (or nothing, when the producer is spent).
  public func send(
    to topic: TopicHandle, partition: Int32? = nil, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
    timestamp: Int64? = nil
  ) throws(KafkaError) {
    try beforeSend()
    do {
      try core.send(topic, partition: partition, key: key, value: value, timestamp: timestamp)
    } catch {
      state.failed(.send, error.recovery)
      throw error
    }
  }

  /// As the other `send`, with headers. Slower: it allocates.
  public func send(
    to topic: TopicHandle, partition: Int32? = nil, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
    timestamp: Int64? = nil, headers: [RecordHeader]
  ) throws(KafkaError) {
    try beforeSend()
    do {
      try core.send(topic, partition: partition, key: key, value: value, timestamp: timestamp, headers: headers)
    } catch {
      state.failed(.send, error.recovery)
      throw error
    }
  }

  private func beforeSend() throws(KafkaError) {
    if state.phase != .open { try allow(.send) }
    guard core.handle.context.deliveryFailure != nil, var failure = core.takeDeliveryFailure() else { return }
    // Whatever a record failed of, its transaction lacks it.
    if failure.recovery != .fenced && failure.recovery != .fatal { failure.recovery = .abortAndReplay }
    state.failed(.send, failure.recovery)
    throw failure
  }

  /// Makes offsets part of the open transaction, fenced by the consumer's generation (KIP-447).
  ///
  /// - Parameters:
  ///   - offsets: the next offset to read of each partition: the consumer's position, which lies past control records.
  ///   - group: taken from the consumer just now.
  /// - Throws: `rebuild` when there was no answer in time: the offsets may be staged late, in the midst of a next transaction.
  public func sendOffsets(
    _ offsets: [TopicPartition: Int64], group: GroupMetadata, timeout: Duration = .seconds(30)
  ) throws(KafkaError) {
    try sendOffsets(offsets.mapValues { CommittedOffset($0) }, group: group, timeout: timeout)
  }

  /// The same with notes for the other members of the group.
  public func sendOffsets(
    _ commits: [TopicPartition: CommittedOffset], group: GroupMetadata, timeout: Duration = .seconds(30)
  ) throws(KafkaError) {
    try allow(.sendOffsets)
    let list = PartitionList(commits)
    let pointer = list.pointer
    // Always with a timeout: without one 2.x may hang when the cached coordinator is gone (#5511).
    try call(.sendOffsets, Deadline(after: timeout)) { client, milliseconds in
      rd_kafka_send_offsets_to_transaction(client, pointer, group.pointer, milliseconds)
    }
  }

  /// Flushes and commits. When this returns, everything sent and the offsets are visible to read_committed readers.
  ///
  /// - Throws: `abortAndReplay`: definitely not committed; call `abort`. `fenced`, `rebuild`, `fatal`: this producer is spent,
  ///   and whether the transaction was committed is unknown: read it from the committed offsets.
  public func commit(_ permit: consuming CommitPermit, timeout: Duration = .seconds(60)) throws(KafkaError) {
    guard permit.serial == serial else { throw .misuse("commit", "the permit is of another transaction") }
    try allow(.commit)
    // What cannot be flushed in time fails in the call itself, which flushes too, in slices of 10 ms.
    let deadline = Deadline(after: timeout)
    _ = core.flush(deadline)
    try call(.commit, deadline) { rd_kafka_commit_transaction($0, $1) }
  }

  /// Drops everything sent in the open transaction.
  ///
  /// - Throws: the producer is then spent; the cluster aborts the transaction when a new producer initialises, or by its
  ///   timeout.
  public func abort(timeout: Duration = .seconds(60)) throws(KafkaError) {
    try allow(.abort)
    // Flushed first where possible: EndTxn that overtakes the first produce fails with INVALID_TXN_STATE (#4849).
    if state.phase == .open { _ = core.flush(Deadline(after: min(timeout, .seconds(1)))) }
    try call(.abort, Deadline(after: timeout)) { rd_kafka_abort_transaction($0, $1) }
    _ = core.takeDeliveryFailure()
  }

  /// Frees the client at once. An open transaction stays open until its id is initialised anew or its timeout passes.
  public func close() {
    rd_kafka_purge(core.pointer, Int32(RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT))
    core.close()
  }

  private var connectionsEnded: Int { core.handle.context.endedConnections.load(ordering: .sequentiallyConsistent) }

  private func allow(_ call: TransactionState.Call) throws(KafkaError) {
    if let objection = state.objection(to: call) { throw .misuse(call.rawValue, objection) }
  }

  /// Repeats the same call while it may be repeated, then settles the state.
  private func call(
    _ call: TransactionState.Call, _ deadline: Deadline,
    _ body: (OpaquePointer, Int32) -> OpaquePointer?
  ) throws(KafkaError) {
    while true {
      let answer = body(core.pointer, max(1, deadline.milliseconds(cap: 10_000)))
      guard var error = KafkaError.take(answer, call.rawValue, client: core.pointer) else {
        state.succeeded(call)
        if call == .commit || call == .abort, connectionsEnded != connectionsEndedBefore { state.lostConnection() }
        return
      }
      if error.recovery == .retrySameCall {
        if !deadline.hasPassed { continue }
        // What has no answer yet may still be carried out: the end of a transaction, or offsets that the next one would commit.
        error.recovery = .rebuild
      } else if error.recovery == .abortAndReplay, call == .abort || call == .sendOffsets && error.code.isWithoutAnswer {
        error.recovery = .rebuild
      }
      state.failed(call, error.recovery)
      throw error
    }
  }
}
