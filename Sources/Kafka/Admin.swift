import CRdKafka

/// Looks at and changes a cluster's topics and groups.
///
/// Every call blocks up to its timeout; use it on a thread of its own, one thread at a time.
public final class Admin {
  let handle: ClientHandle
  let timeout: Duration

  /// - Parameter timeout: of each call.
  /// - Throws: `badInput` for a bad setting.
  public init(_ configuration: KafkaConfiguration, timeout: Duration = .seconds(30)) throws(KafkaError) {
    // A consumer, since looking at a topic with a producer may create it.
    handle = try ClientHandle(.consumer, configuration, settings: ["allow.auto.create.topics": "false"])
    self.timeout = timeout
  }

  /// Frees the client. Called by `deinit` too.
  public func close() { handle.destroy() }

  /// The cluster's id.
  ///
  /// - Throws: `unavailable` when no broker answers in time: the way to find out whether there is one.
  public func clusterID() throws(KafkaError) -> String {
    let deadline = Deadline(after: timeout)
    repeat {
      if let id = rd_kafka_clusterid(handle.pointer, deadline.milliseconds(cap: 2000)) {
        defer { rd_kafka_mem_free(handle.pointer, id) }
        return String(cString: id)
      }
    } while !deadline.hasPassed
    throw KafkaError(
      code: .timedOut, operation: "reach the cluster", reason: "no broker answered in time", recovery: .unavailable)
  }

  /// `host:port` of every broker, as the cluster advertises them.
  public func brokers() throws(KafkaError) -> [String] {
    try withMetadata("list brokers") { metadata in
      (0..<Int(metadata.broker_cnt)).map { index in
        let broker = metadata.brokers[index]
        return "\(broker.host.map { String(cString: $0) } ?? ""):\(broker.port)"
      }
    }
  }

  /// The number of partitions of each topic of the cluster, internal ones included.
  public func topics() throws(KafkaError) -> [String: Int] {
    try withMetadata("list topics") { metadata in
      var topics: [String: Int] = [:]
      for index in 0..<Int(metadata.topic_cnt) {
        let topic = metadata.topics[index]
        if topic.err.rawValue == 0, let name = topic.topic {
          topics[String(cString: name)] = Int(topic.partition_cnt)
        }
      }
      return topics
    }
  }

  private func withMetadata<R>(_ operation: String, _ read: (rd_kafka_metadata) -> R) throws(KafkaError) -> R {
    try Retry.sameCall(until: Deadline(after: timeout)) { milliseconds throws(KafkaError) in
      var metadata: UnsafePointer<rd_kafka_metadata>?
      try KafkaError.check(rd_kafka_metadata(handle.pointer, 1, nil, &metadata, milliseconds), operation)
      guard let metadata else { throw .misuse(operation, "librdkafka returned no metadata") }
      defer { rd_kafka_metadata_destroy(metadata) }
      return read(metadata.pointee)
    }
  }

  /// The partitions of one topic, or nil when it does not exist. Never creates it.
  public func partitions(of topic: String) throws(KafkaError) -> [TopicPartition]? {
    try topics()[topic].map { count in (0..<Int32(count)).map { TopicPartition(topic, $0) } }
  }

  /// Runs one admin request and hands its result event to `read`.
  func request<R>(
    _ operation: String, _ start: (OpaquePointer, OpaquePointer) -> Void,
    _ read: (OpaquePointer) throws(KafkaError) -> R
  ) throws(KafkaError) -> R {
    guard let queue = rd_kafka_queue_new(handle.pointer),
      let options = rd_kafka_AdminOptions_new(handle.pointer, RD_KAFKA_ADMIN_OP_ANY)
    else { throw .misuse(operation, "out of memory") }
    defer {
      rd_kafka_AdminOptions_destroy(options)
      rd_kafka_queue_destroy(queue)
    }
    var text = [CChar](repeating: 0, count: 256)
    let milliseconds = Int32(clamping: timeout.milliseconds)
    rd_kafka_AdminOptions_set_request_timeout(options, milliseconds, &text, text.count)
    start(options, queue)
    let deadline = Deadline(after: timeout + .seconds(5))
    while !deadline.hasPassed {
      guard let event = rd_kafka_queue_poll(queue, deadline.milliseconds(cap: 1000)) else { continue }
      defer { rd_kafka_event_destroy(event) }
      let code = rd_kafka_event_error(event)
      if code.rawValue != 0 {
        var error = KafkaError(code, operation, reason: rd_kafka_event_error_string(event).map { String(cString: $0) })
        if error.recovery == .retrySameCall { error.recovery = .unavailable }
        throw error
      }
      return try read(event)
    }
    throw KafkaError(code: .timedOut, operation: operation, reason: "no answer in time", recovery: .unavailable)
  }

  /// Throws the first error among per-topic results, except the tolerated code.
  func check(
    _ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int, _ operation: String, tolerating: KafkaError.Code
  ) throws(KafkaError) {
    for index in 0..<count {
      guard let result = results?[index] else { continue }
      let code = rd_kafka_topic_result_error(result)
      if code.rawValue == 0 || KafkaError.Code(code) == tolerating { continue }
      let name = rd_kafka_topic_result_name(result).map { String(cString: $0) } ?? ""
      throw KafkaError(
        code, "\(operation) \(name)", reason: rd_kafka_topic_result_error_string(result).map { String(cString: $0) })
    }
  }
}
