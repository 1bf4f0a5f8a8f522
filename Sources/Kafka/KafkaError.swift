import CRdKafka

/// What went wrong in a call to the Kafka cluster, and above all what to do about it.
///
/// Switch on `recovery`; `code` and `reason` are for people. Record keys and values never appear here.
/// Rendered as `commit: timed out waiting for the coordinator (_TIMED_OUT; rebuild)`.
public struct KafkaError: Error, Hashable, Sendable, CustomStringConvertible {
  /// librdkafka's error number, named as librdkafka names it.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }

    init(_ error: rd_kafka_resp_err_t) { rawValue = error.rawValue }

    /// Such as `_TIMED_OUT` (the client's own, with an underscore) or `PRODUCER_FENCED` (the broker's).
    public var description: String { String(cString: rd_kafka_err2name(rd_kafka_resp_err_t(rawValue: rawValue))) }
  }

  /// What a caller does about an error. The mapping from codes is in `KafkaError+Recovery.swift` and nowhere else.
  public enum Recovery: String, Hashable, Sendable {
    /// Nothing has changed: make the same call again, with the same arguments.
    case retrySameCall
    /// The open transaction can only be aborted: abort it, go back to the committed offsets, and replay.
    case abortAndReplay
    /// Another instance has taken this one's place: stop being this worker, drop its state, rejoin as a new one.
    case fenced
    /// The outcome is unknown, or the client is broken: destroy it, make and initialise a new one, rebuild state, replay.
    /// It must never be used again: over the transaction protocol before KIP-890 part 2 a delayed request of the old
    /// transaction could end the next one (KAFKA-17754).
    case rebuild
    /// Nothing the program does helps: authorisation, corruption, an unsupported feature, lost data.
    case fatal
    /// The caller asked for something impossible: a bad name, a bad setting, a record that is too large.
    case badInput
    /// The cluster or a topic is not there (yet).
    case unavailable
  }

  public var code: Code
  /// The call that failed, such as `commit` or `create topic trades.raw`.
  public var operation: String
  /// librdkafka's or the broker's text.
  public var reason: String
  public var recovery: Recovery

  public init(code: Code, operation: String, reason: String, recovery: Recovery) {
    self.code = code
    self.operation = operation
    self.reason = reason
    self.recovery = recovery
  }

  public var description: String { "\(operation): \(reason) (\(code); \(recovery.rawValue))" }
}

extension KafkaError {
  /// A failure of a call that answers with a plain code.
  init(_ error: rd_kafka_resp_err_t, _ operation: String, reason: String? = nil) {
    let code = Code(error)
    self.init(
      code: code, operation: operation, reason: reason ?? String(cString: rd_kafka_err2str(error)),
      recovery: Recovery(plain: code))
  }

  /// A wrong use or setting found before librdkafka was asked.
  static func badInput(_ operation: String, _ reason: String) -> KafkaError {
    KafkaError(code: .invalidArgument, operation: operation, reason: reason, recovery: .badInput)
  }

  /// A call made in the wrong state of the client.
  static func misuse(_ operation: String, _ reason: String) -> KafkaError {
    KafkaError(code: .state, operation: operation, reason: reason, recovery: .rebuild)
  }

  static func check(_ error: rd_kafka_resp_err_t, _ operation: @autoclosure () -> String) throws(KafkaError) {
    if error.rawValue != 0 { throw KafkaError(error, operation()) }
  }
}
