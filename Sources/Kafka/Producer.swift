import CRdKafka

/// An idempotent producer: each record sent arrives once and in order per partition, or its failure is reported.
///
/// Delivery: `acks=all`, at most 5 requests in flight, sequence numbers (KIP-98). A restart of the process begins a new
/// producer session, so a record sent again after a restart is a duplicate that the reader must recognise.
///
/// Every call may block; use it on a thread of its own (`BlockingThread`), one thread at a time. Create it where it is used.
public final class Producer {
  private let core: ProducerCore

  /// Connects lazily: an unreachable cluster shows only in `flush`, or in `Admin`.
  ///
  /// - Parameters:
  ///   - maximumQueuedRecords: `send` blocks when this many records await delivery.
  ///   - compression: librdkafka's `compression.type`.
  /// - Throws: `badInput` for a bad setting.
  public init(
    _ configuration: KafkaConfiguration, maximumQueuedRecords: Int = 100_000, compression: String = "lz4"
  ) throws(KafkaError) {
    core = try ProducerCore(
      configuration,
      settings: [
        "queue.buffering.max.messages": String(maximumQueuedRecords),
        "compression.type": compression,
        "linger.ms": configuration.settings["linger.ms"] ?? "5",
      ].filter { configuration.settings[$0.key] == nil })
  }

  /// Registers a topic to write to; the same name gives the same handle. Does not create the topic.
  public func topic(_ name: String) throws(KafkaError) -> TopicHandle { try core.topic(name) }

  /// Queues one record; its bytes are copied before this returns, so the buffers need to live no longer.
  ///
  /// Blocks while the queue is full. A null key or value (a tombstone) is legal and differs from an empty one.
  ///
  /// - Parameters:
  ///   - partition: nil lets the key decide by Java's murmur2; records without a key go to random partitions.
  ///   - timestamp: milliseconds since the epoch; nil means now.
  /// - Throws: an earlier record's delivery failure, once; or why this record was not queued.
  public func send(
    to topic: TopicHandle, partition: Int32? = nil, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
    timestamp: Int64? = nil
  ) throws(KafkaError) {
    if core.handle.context.deliveryFailure != nil, let failure = core.takeDeliveryFailure() { throw failure }
    try core.send(topic, partition: partition, key: key, value: value, timestamp: timestamp)
  }

  /// As the other `send`, with headers. Slower: it allocates.
  public func send(
    to topic: TopicHandle, partition: Int32? = nil, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
    timestamp: Int64? = nil, headers: [RecordHeader]
  ) throws(KafkaError) {
    if core.handle.context.deliveryFailure != nil, let failure = core.takeDeliveryFailure() { throw failure }
    try core.send(topic, partition: partition, key: key, value: value, timestamp: timestamp, headers: headers)
  }

  /// Serves delivery reports without waiting; call it now and then when not sending.
  public func serve() { core.serve() }

  /// The number of records that await delivery.
  public var queued: Int { Int(rd_kafka_outq_len(core.pointer)) }

  /// Blocks until every queued record is stored by the cluster.
  ///
  /// - Throws: the first delivery failure since it was last reported; `_TIMED_OUT` (retry the same call) when time ran out,
  ///   the records staying queued.
  public func flush(timeout: Duration = .seconds(60)) throws(KafkaError) {
    let isDone = core.flush(Deadline(after: timeout))
    if let failure = core.takeDeliveryFailure() { throw failure }
    if !isDone {
      throw KafkaError(
        RD_KAFKA_RESP_ERR__TIMED_OUT, "flush", reason: "\(queued) records still await delivery; is the cluster reachable?")
    }
  }

  /// Drops what is still queued and frees the client. Called by `deinit` too; flush first to lose nothing.
  public func close() { core.close() }
}
