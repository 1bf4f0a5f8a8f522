import CRdKafka
import Logging
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What librdkafka's callbacks find behind a client's opaque pointer. Retained by the handle for as long as callbacks can come.
class ClientContext {
  let logger: Logger
  /// Called on the thread that polls, by delivery reports. Only the first failure is kept: the rest follow from it.
  var deliveryFailure: KafkaError?
  var failedDeliveries = 0
  /// The number of connections that have ended, counted before librdkafka sends again what was under way on them.
  let endedConnections = Atomic<Int>(0)
  /// Called on the thread that polls.
  var rebalance: ((rd_kafka_resp_err_t, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) -> Void)?

  let statistics: (@Sendable (String) -> Void)?

  init(logger: Logger, statistics: (@Sendable (String) -> Void)? = nil) {
    self.logger = logger
    self.statistics = statistics
  }

  static func of(_ client: OpaquePointer?) -> ClientContext? {
    guard let client, let opaque = rd_kafka_opaque(client) else { return nil }
    return Unmanaged<ClientContext>.fromOpaque(opaque).takeUnretainedValue()
  }
}

/// Owns one `rd_kafka_t`, and its context, from creation to destruction.
///
/// Not thread-safe by itself: a client built on it belongs to one thread at a time.
final class ClientHandle {
  let pointer: OpaquePointer
  let context: ClientContext
  private var isDestroyed = false

  enum Kind { case producer, consumer }

  /// - Parameter settings: the client's own settings; a user's setting of the same name is refused.
  init(
    _ kind: Kind, _ configuration: KafkaConfiguration, settings: [String: String],
    prepare: (OpaquePointer) -> Void = { _ in }
  ) throws(KafkaError) {
    let context = ClientContext(logger: configuration.logger, statistics: configuration.statistics)
    guard let conf = rd_kafka_conf_new() else { throw .badInput("configure", "out of memory") }
    do {
      try Self.apply(configuration, settings, to: conf)
    } catch {
      rd_kafka_conf_destroy(conf)
      throw error
    }
    rd_kafka_conf_set_opaque(conf, Unmanaged.passUnretained(context).toOpaque())
    rd_kafka_conf_set_log_cb(conf, logCallback)
    rd_kafka_conf_set_error_cb(conf, errorCallback)
    rd_kafka_conf_set_closesocket_cb(conf, closeSocketCallback)
    if configuration.statistics != nil { rd_kafka_conf_set_stats_cb(conf, statisticsCallback) }
    prepare(conf)
    var text = [CChar](repeating: 0, count: 512)
    let type = kind == .producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER
    guard let pointer = rd_kafka_new(type, conf, &text, text.count) else {
      // Only on failure does the configuration still belong to us.
      rd_kafka_conf_destroy(conf)
      throw .badInput("create client", Self.string(text))
    }
    self.pointer = pointer
    self.context = context
  }

  /// Blocks until librdkafka's threads have ended. Must not run inside a callback. May be called twice.
  func destroy(withoutLeavingGroup: Bool = false) {
    guard !isDestroyed else { return }
    isDestroyed = true
    context.rebalance = nil
    if withoutLeavingGroup {
      rd_kafka_destroy_flags(pointer, Int32(RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE))
    } else {
      rd_kafka_destroy(pointer)
    }
  }

  deinit { destroy(withoutLeavingGroup: true) }

  private static func apply(
    _ configuration: KafkaConfiguration, _ own: [String: String], to conf: OpaquePointer
  ) throws(KafkaError) {
    for (name, value) in configuration.settings {
      if own[name] != nil || reserved.contains(name) {
        throw .badInput("configure", "the setting \(name) is decided by this client and cannot be changed")
      }
      try set(conf, name, value)
    }
    try set(conf, "bootstrap.servers", configuration.bootstrap)
    try set(conf, "client.id", String(decoding: configuration.clientID.utf8.prefix(48), as: UTF8.self))
    if configuration.statistics != nil, configuration.settings["statistics.interval.ms"] == nil {
      try set(conf, "statistics.interval.ms", "5000")
    }
    for (name, value) in own { try set(conf, name, value) }
  }

  // Topic-level acks crash a transactional producer (#4710); the rest has an operation or a rule of its own here.
  private static let reserved: Set<String> = [
    "bootstrap.servers", "metadata.broker.list", "client.id", "acks", "request.required.acks", "transactional.id",
    "enable.idempotence", "isolation.level", "enable.auto.commit", "enable.auto.offset.store", "check.crcs",
    "auto.offset.reset", "partition.assignment.strategy", "group.id", "allow.auto.create.topics",
    "enable.partition.eof", "delivery.report.only.error", "partitioner", "enable.gapless.guarantee",
  ]

  static func set(_ conf: OpaquePointer, _ name: String, _ value: String) throws(KafkaError) {
    var text = [CChar](repeating: 0, count: 512)
    if rd_kafka_conf_set(conf, name, value, &text, text.count) != RD_KAFKA_CONF_OK {
      throw .badInput("configure", string(text))
    }
  }

  static func fatalCause(_ client: OpaquePointer) -> (KafkaError.Code, String)? {
    var text = [CChar](repeating: 0, count: 512)
    let error = rd_kafka_fatal_error(client, &text, text.count)
    return error.rawValue == 0 ? nil : (KafkaError.Code(error), string(text))
  }

  static func string(_ text: [CChar]) -> String {
    String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

private let logCallback: @convention(c) (OpaquePointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Void = {
  client, level, facility, text in
  guard let context = ClientContext.of(client), let text else { return }
  let facility = facility.map { String(cString: $0) } ?? ""
  // Connection trouble is librdkafka's to heal; what it cannot heal comes back as an error of some call.
  // CONFWARN tells that a setting is for the other kind of client: one configuration serves all.
  let shown: Logger.Level = facility == "CONFWARN" ? .debug : level <= 2 ? .warning : level <= 4 ? .notice : .debug
  context.logger.log(
    level: shown, "librdkafka says", metadata: ["facility": "\(facility)", "text": "\(String(cString: text))"])
}

// Errors of a lost connection are not all reported: librdkafka keeps equal ones to itself for half a minute. This is always
// called, on a thread of librdkafka's, and has to close the socket.
private let closeSocketCallback: @convention(c) (Int32, UnsafeMutableRawPointer?) -> Int32 = { descriptor, opaque in
  if let opaque {
    Unmanaged<ClientContext>.fromOpaque(opaque).takeUnretainedValue().endedConnections.add(1, ordering: .sequentiallyConsistent)
  }
  return close(descriptor)
}

private let statisticsCallback:
  @convention(c) (OpaquePointer?, UnsafeMutablePointer<CChar>?, Int, UnsafeMutableRawPointer?) -> Int32 = {
    client, json, length, _ in
    if let json, let statistics = ClientContext.of(client)?.statistics {
      let bytes = UnsafeRawBufferPointer(start: UnsafeRawPointer(json), count: length)
      statistics(String(decoding: bytes, as: UTF8.self))
    }
    // 0 lets librdkafka free the text.
    return 0
  }

private let errorCallback: @convention(c) (OpaquePointer?, Int32, UnsafePointer<CChar>?, UnsafeMutableRawPointer?) -> Void = {
  client, code, reason, _ in
  guard let context = ClientContext.of(client) else { return }
  let name = KafkaError.Code(rawValue: code)
  // Already in the log line of its cause.
  context.logger.debug(
    "librdkafka reports an error", metadata: ["code": "\(name)", "text": "\(reason.map { String(cString: $0) } ?? "")"])
}
