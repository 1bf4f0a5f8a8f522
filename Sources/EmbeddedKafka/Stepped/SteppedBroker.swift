import Logging
import NIOCore
import Synchronization

/// The broker without sockets, threads and timers: one request at a time over a given disk and clock, for simulations.
///
/// Logs, coordinators, groups and request handlers are the real ones. Belongs to one thread. Dropping it without `close` is
/// a crash: what the disk has is what the next one finds.
package final class SteppedBroker {
  let core: BrokerCore
  private let answers = SteppedGroupAnswers()
  private static let group = "app"

  /// Opens what `disk` holds under `/data`.
  ///
  /// - Parameters:
  ///   - settings: topic defaults, by Kafka's names.
  ///   - fsync: when acknowledged records are on the disk; an interval is looked at by `tick`.
  ///   - wallMs: milliseconds since 1970; may jump.
  ///   - monotonicMs: milliseconds that only go forward.
  package init(
    disk: any Disk, settings: [String: String] = [:], fsync: EmbeddedBroker.Fsync = .always,
    wallMs: @escaping @Sendable () -> Int64,
    monotonicMs: @escaping @Sendable () -> Int64
  ) throws(BrokerError) {
    var configuration = EmbeddedBroker.Configuration(dataDirectory: "/data")
    configuration.topicDefaults = settings
    configuration.fsync = fsync
    configuration.groupInitialRebalanceDelayMs = 0
    let clock = BrokerClock(nowMs: wallMs, monotonicMs: monotonicMs)
    let logger = Logger(label: "wick.stepped") { _ in SwiftLogNoOpLogHandler() }
    core = try BrokerCore(configuration, disk: disk, clock: clock, logger: logger)
  }

  package func createTopic(_ name: String, partitions: Int32) throws(LogError) {
    _ = try core.logs.createTopic(name, partitions: partitions)
  }

  /// Time-outs of transactions and sessions. The number of transactions that were ended.
  @discardableResult package func tick() -> Int {
    let open = openTransactions
    core.tick()
    return open == 0 ? 0 : max(0, open - openTransactions)
  }

  private var openTransactions: Int { core.transactions.snapshot().count { $0.state == .ongoing } }

  /// Retention and compaction.
  package func maintain() { core.maintain() }

  /// An orderly end.
  package func close() throws(LogError) { try core.logs.close() }

  /// Appends records of a producer without transactions; the offset of the first.
  package func append(
    _ records: [(key: [UInt8]?, value: [UInt8]?)], to place: SteppedPartition, timestampMs: Int64
  ) throws(LogError) -> Int64 {
    guard let log = core.logs.log(place.place) else { throw LogError(.unknownTopic, "no \(place)") }
    return try log.appendInternal(records: records, timestampMs: timestampMs).baseOffset
  }

  /// Transactional ids whose transaction is undecided or not completed.
  package var unfinishedTransactions: [String] {
    core.transactions.snapshot().filter { $0.state == .ongoing || $0.state.isPrepared }.map(\.transactionalID)
  }

  /// Last stable offset and high watermark.
  package func ends(_ place: SteppedPartition) -> (stable: Int64, high: Int64) {
    guard let log = core.logs.log(place.place) else { return (0, 0) }
    return (log.lastStableOffset, log.highWatermark)
  }

  /// Builds a transactional batch.
  package static func batch(
    _ records: [(key: [UInt8]?, value: [UInt8]?)], producerID: Int64, epoch: Int16, sequence: Int32, timestampMs: Int64
  ) -> [UInt8] {
    var builder = RecordBatchBuilder(
      producerID: producerID, producerEpoch: epoch, baseSequence: sequence, isTransactional: true)
    for record in records { builder.append(key: record.key, value: record.value, timestampMs: timestampMs) }
    return builder.finish()
  }

  // MARK: Membership

  /// JoinGroup; its answer comes from `takeGroupAnswers`.
  package func join(memberID: String, freshMemberID: String, token: Int, sessionMs: Int32) {
    let join = GroupJoin(
      memberID: memberID, clientID: "s", clientHost: "s", sessionTimeoutMs: sessionMs, rebalanceTimeoutMs: sessionMs,
      protocolType: "consumer", protocols: [GroupProtocolOffer(name: "range", metadata: [])],
      freshMemberID: freshMemberID, requiresMemberID: false)
    core.groups.join(Self.group, join) { [answers] answer in
      answers.list.withLock {
        $0.append(
          .joined(
            token: token, code: answer.error.rawValue, memberID: answer.memberID, generation: answer.generation,
            members: answer.members.map(\.id)))
      }
    }
  }

  /// SyncGroup; its answer comes from `takeGroupAnswers`.
  package func sync(memberID: String, generation: Int32, assignments: [String: [UInt8]], token: Int) {
    var request = SyncGroupRequest()
    request.groupID = Self.group
    request.memberID = memberID
    request.generationID = generation
    request.assignments = assignments.sorted { $0.key < $1.key }.map { member, bytes in
      var assignment = SyncGroupRequest.Assignment()
      assignment.memberID = member
      assignment.assignment = bytes
      return assignment
    }
    core.groups.sync(request) { [answers] answer in
      answers.list.withLock { $0.append(.synced(token: token, code: answer.error.rawValue, assignment: answer.assignment)) }
    }
  }

  /// Answers that have come since the last call.
  package func takeGroupAnswers() -> [SteppedGroupAnswer] {
    answers.list.withLock { answers in
      defer { answers = [] }
      return answers
    }
  }

  /// Heartbeat: Kafka's error code.
  package func heartbeat(memberID: String, generation: Int32) -> Int16 {
    var request = HeartbeatRequest()
    request.groupID = Self.group
    request.memberID = memberID
    request.generationID = generation
    return core.groups.heartbeat(request).rawValue
  }

  /// LeaveGroup.
  package func leave(memberID: String) { _ = core.groups.leave(Self.group, memberID: memberID, instanceID: nil) }

  // MARK: Requests

  /// Carries out one request.
  package func handle(_ request: SteppedRequest) -> SteppedAnswer {
    switch request {
    case .initProducerID(let id, let producerID, let epoch, let timeoutMs):
      var message = InitProducerIdRequest()
      message.transactionalID = id
      message.producerID = producerID
      message.producerEpoch = epoch
      message.transactionTimeoutMs = timeoutMs
      let response = core.initProducerID(message, 4)
      var answer = SteppedAnswer()
      answer.code = response.errorCode
      answer.producerID = response.producerID
      answer.epoch = response.producerEpoch
      return answer
    case .addPartitions(let id, let producerID, let epoch, let places):
      return attempt { () throws(ErrorCode) in
        try core.transactions.add(Set(places.map(\.place)), to: id, producerID: producerID, producerEpoch: epoch)
      }
    case .addOffsets(let id, let producerID, let epoch):
      return attempt { () throws(ErrorCode) in
        try core.transactions.add([BrokerCore.offsetsPartition], to: id, producerID: producerID, producerEpoch: epoch)
      }
    case .produce(let id, let place, let batch): return produce(id, place, batch)
    case .commitOffsets(let id, let producerID, let epoch, let memberID, let generation, let offsets):
      return commit(offsets, id, producerID, epoch, memberID, generation)
    case .endTransaction(let id, let producerID, let epoch, let commit):
      return attempt { () throws(ErrorCode) in
        try core.transactions.end(id, producerID: producerID, producerEpoch: epoch, commit: commit)
      }
    case .offsets(let places): return committed(places)
    case .fetch(let place, let from, let isolation): return fetch(place, from, isolation)
    case .end(let place):
      var answer = SteppedAnswer()
      answer.next = ends(place).high
      return answer
    }
  }

  private func attempt(_ body: () throws(ErrorCode) -> Void) -> SteppedAnswer {
    do throws(ErrorCode) {
      try body()
      return SteppedAnswer()
    } catch {
      return SteppedAnswer(error)
    }
  }

  private func produce(_ id: String, _ place: SteppedPartition, _ batch: [UInt8]) -> SteppedAnswer {
    var request = ProduceRequest()
    request.transactionalID = id
    request.acks = -1
    var partition = ProduceRequest.Partition()
    partition.index = place.partition
    partition.records = ByteBuffer(bytes: batch)
    var answer = SteppedAnswer()
    answer.code = core.append(partition, of: place.topic, request, 7).errorCode
    return answer
  }

  private func commit(
    _ offsets: [SteppedPartition: Int64], _ id: String, _ producerID: Int64, _ epoch: Int16, _ memberID: String,
    _ generation: Int32
  ) -> SteppedAnswer {
    var request = TxnOffsetCommitRequest()
    request.transactionalID = id
    request.groupID = Self.group
    request.producerID = producerID
    request.producerEpoch = epoch
    request.memberID = memberID
    request.generationID = generation
    request.topics = offsets.sorted { $0.key < $1.key }.map { place, offset in
      var partition = TxnOffsetCommitRequest.Partition()
      partition.index = place.partition
      partition.offset = offset
      var topic = TxnOffsetCommitRequest.Topic()
      topic.name = place.topic
      topic.partitions = [partition]
      return topic
    }
    var answer = SteppedAnswer()
    for topic in core.txnOffsetCommit(request).topics {
      for partition in topic.partitions where partition.errorCode != 0 { answer.code = partition.errorCode }
    }
    return answer
  }

  private func committed(_ places: [SteppedPartition]) -> SteppedAnswer {
    var request = OffsetFetchRequest()
    request.groupID = Self.group
    request.requireStable = true
    request.topics = places.map { OffsetFetchRequest.Topic(name: $0.topic, partitions: [$0.partition]) }
    var answer = SteppedAnswer()
    for topic in core.offsetFetch(request, 7).topics {
      for partition in topic.partitions {
        if partition.errorCode != 0 { answer.code = partition.errorCode }
        if partition.offset >= 0 { answer.offsets[SteppedPartition(topic.name, partition.index)] = partition.offset }
      }
    }
    return answer
  }

  private func fetch(_ place: SteppedPartition, _ from: Int64, _ isolation: SteppedIsolation) -> SteppedAnswer {
    guard let log = core.logs.log(place.place) else { return SteppedAnswer(.unknownTopicOrPartition) }
    do throws(LogError) {
      let level: IsolationLevel = isolation == .committed || isolation == .ignoringAborted ? .committed : .uncommitted
      var slice = try log.read(from: from, maxBytes: 1 << 16, isolation: level, minOneBatch: true)
      switch isolation {
      case .committed, .uncommitted: break
      case .ignoringAborted: slice.abortedTransactions = []
      case .ignoringStableEnd: slice.abortedTransactions = log.aborted(from: from, upTo: slice.nextOffset)
      }
      return try SteppedReader.answer(slice, from: from)
    } catch {
      return SteppedAnswer(ErrorCode(rawValue: error.kafkaErrorCode) ?? .unknownServerError)
    }
  }
}

/// Answers of the group that nobody has taken yet.
private final class SteppedGroupAnswers: Sendable {
  let list = Mutex<[SteppedGroupAnswer]>([])
}
