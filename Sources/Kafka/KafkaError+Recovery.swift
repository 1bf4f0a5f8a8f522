import CRdKafka

// The one place that turns codes into actions.

extension KafkaError.Code {
  public static let timedOut = Self(RD_KAFKA_RESP_ERR__TIMED_OUT)
  public static let invalidArgument = Self(RD_KAFKA_RESP_ERR__INVALID_ARG)
  public static let state = Self(RD_KAFKA_RESP_ERR__STATE)
  public static let queueFull = Self(RD_KAFKA_RESP_ERR__QUEUE_FULL)
  public static let fenced = Self(RD_KAFKA_RESP_ERR__FENCED)
  public static let partitionEnd = Self(RD_KAFKA_RESP_ERR__PARTITION_EOF)
  public static let topicAlreadyExists = Self(RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
  public static let unknownTopicOrPartition = Self(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
  public static let messageTooLarge = Self(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
  /// The position has no record and `auto.offset.reset` is `error`: data was deleted or truncated.
  public static let noOffset = Self(RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
  public static let offsetOutOfRange = Self(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
}

extension KafkaError.Code {
  /// Whether a request went out and nothing came back: it may have been carried out, or may yet be.
  var isWithoutAnswer: Bool { Self.withoutAnswer.contains(rawValue) }

  private static let withoutAnswer: Set<Int32> = Set(
    [
      RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__TRANSPORT,
      RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
    ].map(\.rawValue))
}

extension KafkaError.Recovery {
  /// The action for a code that comes without flags: consumer, admin and delivery errors.
  public init(plain code: KafkaError.Code) {
    self = Self.byCode[code.rawValue] ?? .fatal
  }

  /// The action for an error of a transactional call, which carries its own flags (KIP-360, KIP-447).
  ///
  /// The order of the questions matters: a fenced producer is also fatal, and a fatal error may also say that it is retriable.
  /// What librdkafka calls fatal is fatal for the client, not for the work: a new client with a bumped epoch replays
  /// (#4438: 2.0.2 dies of a desynchronised sequence after a request of unknown fate; #4849: an abort right after the first
  /// produce can fail with INVALID_TXN_STATE). An error with no flag at all is a bug somewhere, and ends the client too.
  public init(transactional code: KafkaError.Code, isFatal: Bool, requiresAbort: Bool, isRetriable: Bool) {
    let plain = Self(plain: code)
    if isFatal {
      self = plain == .fenced ? .fenced : Self.nothingHelps.contains(code.rawValue) ? .fatal : .rebuild
    } else if requiresAbort {
      self = .abortAndReplay
    } else if isRetriable {
      self = .retrySameCall
    } else {
      self = plain == .badInput || plain == .unavailable ? plain : .rebuild
    }
  }

  private static let nothingHelps: Set<Int32> = raw([
    RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
    RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
    RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION,
    RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT,
  ])

  private static func raw(_ codes: [rd_kafka_resp_err_t]) -> Set<Int32> { Set(codes.map(\.rawValue)) }

  private static let byCode: [Int32: KafkaError.Recovery] = {
    var map: [Int32: KafkaError.Recovery] = [:]
    for (recovery, codes) in table { for code in codes { map[code.rawValue] = recovery } }
    return map
  }()

  private static let table: [(KafkaError.Recovery, [rd_kafka_resp_err_t])] = [
    (
      .retrySameCall,
      [
        RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__TRANSPORT,
        RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR__WAIT_CACHE, RD_KAFKA_RESP_ERR__QUEUE_FULL,
        RD_KAFKA_RESP_ERR__RETRY, RD_KAFKA_RESP_ERR__IN_PROGRESS, RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS,
        RD_KAFKA_RESP_ERR__INTR, RD_KAFKA_RESP_ERR__OUTDATED, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
        RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        RD_KAFKA_RESP_ERR_NOT_CONTROLLER, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
        RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
      ]
    ),
    (
      .abortAndReplay,
      [
        RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
        RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__PURGE_QUEUE,
        RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED,
      ]
    ),
    (
      .fenced,
      [
        RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
        RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED,
      ]
    ),
    (
      .rebuild,
      [
        RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_RESP_ERR__STATE, RD_KAFKA_RESP_ERR__CONFLICT,
        RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE, RD_KAFKA_RESP_ERR__INCONSISTENT, RD_KAFKA_RESP_ERR__DESTROY,
        RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER,
        RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING,
        RD_KAFKA_RESP_ERR_INVALID_TXN_STATE,
      ]
    ),
    (
      .unavailable,
      [
        RD_KAFKA_RESP_ERR__RESOLVE, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
        RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
        RD_KAFKA_RESP_ERR__NOENT, RD_KAFKA_RESP_ERR__SSL, RD_KAFKA_RESP_ERR__AUTHENTICATION,
        RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR__UNKNOWN_BROKER, RD_KAFKA_RESP_ERR__NODE_UPDATE,
      ]
    ),
    (
      .badInput,
      [
        RD_KAFKA_RESP_ERR__INVALID_ARG, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE,
        RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION,
        RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR,
        RD_KAFKA_RESP_ERR_INVALID_CONFIG, RD_KAFKA_RESP_ERR_INVALID_REQUEST, RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
        RD_KAFKA_RESP_ERR_INVALID_GROUP_ID, RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS,
        RD_KAFKA_RESP_ERR_INVALID_RECORD, RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP,
        RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP, RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND,
      ]
    ),
  ]
}

extension KafkaError {
  /// Takes ownership of `error` and frees it. Nil for nil.
  ///
  /// A fatal error is reported under the code of its cause, not as the bare `_FATAL` that later calls would see.
  static func take(_ error: OpaquePointer?, _ operation: String, client: OpaquePointer) -> KafkaError? {
    guard let error else { return nil }
    defer { rd_kafka_error_destroy(error) }
    var code = Code(rd_kafka_error_code(error))
    var reason = String(cString: rd_kafka_error_string(error))
    let isFatal = rd_kafka_error_is_fatal(error) != 0 || code.rawValue == RD_KAFKA_RESP_ERR__FATAL.rawValue
    if isFatal, let cause = ClientHandle.fatalCause(client) { (code, reason) = cause }
    return KafkaError(
      code: code, operation: operation, reason: reason,
      recovery: Recovery(
        transactional: code, isFatal: isFatal, requiresAbort: rd_kafka_error_txn_requires_abort(error) != 0,
        isRetriable: rd_kafka_error_is_retriable(error) != 0))
  }
}
