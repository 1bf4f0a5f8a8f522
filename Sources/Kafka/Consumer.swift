import CRdKafka

/// Where reading a partition begins.
public enum StartOffset: Hashable, Sendable {
  /// Where the group's committed offset says; without one, as `Consumer.Options.reset` says.
  case committed
  case earliest
  /// Past the last committed record (the last stable offset).
  case latest
  case at(Int64)

  var number: Int64 {
    switch self {
    case .committed: LogicalOffset.none
    case .earliest: LogicalOffset.earliest
    case .latest: LogicalOffset.latest
    case .at(let offset): offset
    }
  }
}

/// Reads partitions of topics: committed records only, checked by CRC, offsets committed by hand or in a transaction.
///
/// Reads one message after the other with `rd_kafka_consumer_poll`: the batch calls of librdkafka 2.0.2 skip or mis-store offsets
/// around pause, seek and rebalance (#4208). Assignment is eager (`range`): the cooperative protocol resumes at stale
/// positions before 2.4.0 (#4636) and can hang or crash on close (#4528, #4381).
///
/// Every call may block; use it on a thread of its own, one thread at a time. Create it where it is used.
public final class Consumer {
  public struct Options: Sendable {
    /// What happens where a partition has no committed offset, or its position is no longer in the log.
    public enum Reset: String, Sendable {
      /// An error (`noOffset`), so that truncated data is noticed: 2.0.2 cannot detect truncation itself (KIP-320).
      case error
      case earliest
      case latest
    }

    /// Nil reads without a group: `assign` only, no commits, no committed offsets.
    public var groupID: String?
    public var reset: Reset
    /// False also shows records of open and aborted transactions.
    public var readsCommittedOnly: Bool
    /// Whether `RecordBatch.ends` is filled.
    public var reportsPartitionEnd: Bool

    public init(
      groupID: String? = nil, reset: Reset = .error, readsCommittedOnly: Bool = true, reportsPartitionEnd: Bool = false
    ) {
      self.groupID = groupID
      self.reset = reset
      self.readsCommittedOnly = readsCommittedOnly
      self.reportsPartitionEnd = reportsPartitionEnd
    }
  }

  /// Called before a group's assignment takes effect, on the thread that polls, inside `poll` or `close`. State can be
  /// restored here; set the start of each partition (default `committed`).
  public typealias AssignHook = (inout [TopicPartition: StartOffset]) throws -> Void

  /// Called before partitions are given up, on the thread that polls, inside `poll` or `close`: the last moment to commit
  /// what is done.
  /// With `lost` the group has given them away already, and a commit would be refused.
  public typealias RevokeHook = (_ partitions: [TopicPartition], _ lost: Bool) throws -> Void

  let handle: ClientHandle
  let waker: FetchWaker
  /// Whether the group keeps the partitions of this member for it while it is away (KIP-345).
  let isStaticMember: Bool
  var onAssign: AssignHook?
  var onRevoke: RevokeHook?
  /// Of a hook or the assignment itself, thrown by the poll during which it happened.
  var pendingError: (any Error)?
  var pausedPartitions: Set<TopicPartition> = []
  weak var lastBatch: RecordBatch?
  /// Whether a poll is gathering records that its caller has not seen.
  var isPolling = false
  /// First offsets of gathered records that a rebalance dropped unseen: the true positions of their partitions.
  var unseen: [TopicPartition: Int64] = [:]
  private(set) var isClosed = false
  private(set) var isClosing = false

  /// Names of the topics seen so far; `RecordView.topic` is an index into it. Only grows.
  public internal(set) var topics: [String] = []

  /// What this consumer reads now.
  public internal(set) var assignment: [TopicPartition] = []

  /// - Throws: `badInput` for a bad setting.
  public init(_ configuration: KafkaConfiguration, _ options: Options = Options()) throws(KafkaError) {
    var own = [
      "enable.auto.commit": "false",
      "enable.auto.offset.store": "false",
      "isolation.level": options.readsCommittedOnly ? "read_committed" : "read_uncommitted",
      // Off by default in librdkafka: a damaged batch would be delivered.
      "check.crcs": "true",
      "auto.offset.reset": options.reset.rawValue,
      "partition.assignment.strategy": "range",
      "allow.auto.create.topics": "false",
      "enable.partition.eof": options.reportsPartitionEnd ? "true" : "false",
    ]
    isStaticMember = configuration.settings["group.instance.id"] != nil
    // librdkafka assigns nothing to a consumer without a group id; an id that never joins or commits leaves no trace.
    own["group.id"] = options.groupID ?? "\(configuration.clientID)-reader"
    // Fetched ahead: librdkafka's 64 MB and their bookkeeping are more than a small machine has to spare.
    let records = configuration.settings["queued.min.messages"].flatMap { Int($0) } ?? 50_000
    let kilobytes = configuration.settings["queued.max.messages.kbytes"].flatMap { Int($0) } ?? 16_384
    if configuration.settings["queued.min.messages"] == nil { own["queued.min.messages"] = "\(records)" }
    if configuration.settings["queued.max.messages.kbytes"] == nil { own["queued.max.messages.kbytes"] = "\(kilobytes)" }
    if FetchWaker.hasBackoffSetting, configuration.settings["fetch.queue.backoff.ms"] == nil {
      own["fetch.queue.backoff.ms"] = "5"
    }
    handle = try ClientHandle(.consumer, configuration, settings: own) { conf in
      rd_kafka_conf_set_rebalance_cb(conf, rebalanceCallback)
    }
    waker = FetchWaker(handle.pointer, records: records, bytes: kilobytes * 1024)
    // Without this, client-level events would wait in a queue that nobody polls.
    rd_kafka_poll_set_consumer(handle.pointer)
    handle.context.rebalance = { [unowned self] in rebalance($0, $1) }
  }

  var pointer: OpaquePointer { handle.pointer }

  func checkOpen(_ operation: String) throws(KafkaError) {
    if isClosed { throw .misuse(operation, "the consumer is closed") }
  }

  /// Revokes (the hook runs), leaves the group, unless it is a static member, and frees the client. Clears the last filled batch:
  /// messages still held would make this hang (#4187).
  ///
  /// - Parameter leavingGroup: false goes at once and silently, as a crash would: the group notices by session timeout. For a
  ///   fenced worker, and where the coordinator is known to be gone (leaving can then crash librdkafka before 2.14.2, #5089).
  public func close(leavingGroup: Bool = true) throws {
    guard !isClosed else { return }
    lastBatch?.clear()
    if leavingGroup {
      isClosing = true
      // The revoke hook runs in here and may still ask for positions and commit.
      leaveGroup()
      let code = rd_kafka_consumer_close(pointer)
      isClosed = true
      waker.close()
      handle.destroy()
      if let error = takePendingError() { throw error }
      try KafkaError.check(code, "close consumer")
    } else {
      isClosed = true
      waker.close()
      handle.destroy(withoutLeavingGroup: true)
    }
  }

  deinit {
    lastBatch?.clear()
    guard !isClosed else { return }
    waker.close()
    handle.destroy(withoutLeavingGroup: true)
  }

  func takePendingError() -> (any Error)? {
    defer { pendingError = nil }
    return pendingError
  }
}

private let rebalanceCallback:
  @convention(c) (
    OpaquePointer?, rd_kafka_resp_err_t, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?,
    UnsafeMutableRawPointer?
  ) -> Void = { client, code, list, _ in
    ClientContext.of(client)?.rebalance?(code, list)
  }
