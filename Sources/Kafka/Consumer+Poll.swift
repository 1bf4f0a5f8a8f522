import CRdKafka

extension Consumer {
  /// Fills `batch` with what has arrived, waiting for the first record at most `timeout`. Empty when none came.
  ///
  /// Records of several partitions may mix; each partition's are in order. A rebalance during the call runs the hooks and
  /// empties what was gathered before it, so no record of a batch belongs to an assignment that has ended.
  ///
  /// Call it at least every `max.poll.interval.ms`. Only here is that timer reset on purpose: polling other queues of the
  /// client resets it too in 2.0.2 (#4176), so nothing else is polled, but in here.
  ///
  /// - Throws: what a hook threw; a `KafkaError` of the consumer, after records before it were handed over.
  ///   `noOffset`: the position is gone from the log. `unavailable`: a subscribed topic is missing.
  public func poll(into batch: RecordBatch, maximum: Int = .max, timeout: Duration) throws {
    try checkOpen("poll")
    batch.clear()
    lastBatch = batch
    isPolling = true
    defer {
      isPolling = false
      waker.consumed(records: batch.count, bytes: batch.bytes)
    }
    if let error = takePendingError() { throw error }
    let limit = min(maximum, batch.capacity)
    var wait = Int32(clamping: max(0, timeout.milliseconds))
    // The pointer of a topic is stable while a message of it is held, so the cache lives no longer than the call.
    var cached: (rkt: OpaquePointer?, index: Int32) = (nil, -1)
    while batch.count < limit {
      let message = rd_kafka_consumer_poll(pointer, wait)
      if pendingError != nil {
        if let message { rd_kafka_message_destroy(message) }
        if batch.count == 0, let error = takePendingError() { throw error }
        return
      }
      guard let message else { return }
      wait = 0
      if message.pointee.err.rawValue != 0 {
        if take(notice: message, batch) { continue }
        if batch.count == 0, let error = takePendingError() { throw error }
        return
      }
      if batch.count == 0 || message.pointee.rkt != cached.rkt {
        cached = (message.pointee.rkt, index(of: message.pointee.rkt))
      }
      batch.append(message, topic: cached.index)
    }
  }

  /// Calls `body` for each record of one poll; the views' pointers end with the call. For readers that do not need batches.
  ///
  /// - Returns: the number of records.
  @discardableResult
  public func poll(
    maximum: Int, timeout: Duration, using batch: RecordBatch, _ body: (RecordView) throws -> Void
  ) throws -> Int {
    try poll(into: batch, maximum: maximum, timeout: timeout)
    defer { batch.clear() }
    for record in batch.records { try body(record) }
    return batch.count
  }

  /// Whether `message` was an end-of-partition notice; an error is kept for throwing.
  private func take(notice message: UnsafeMutablePointer<rd_kafka_message_t>, _ batch: RecordBatch) -> Bool {
    defer { rd_kafka_message_destroy(message) }
    let one = message.pointee
    let partition = one.rkt.map { TopicPartition(String(cString: rd_kafka_topic_name($0)), one.partition) }
    if one.err == RD_KAFKA_RESP_ERR__PARTITION_EOF, let partition {
      batch.ends.append((partition, one.offset))
      return true
    }
    let reason = rd_kafka_message_errstr(message).map { String(cString: $0) }
    pendingError = KafkaError(one.err, partition.map { "read \($0)" } ?? "read", reason: reason)
    return false
  }

  private func index(of rkt: OpaquePointer?) -> Int32 {
    guard let rkt else { return -1 }
    return topicIndex(String(cString: rd_kafka_topic_name(rkt)))
  }

  /// The index by which `RecordView.topic` names a topic, given out now if it is new.
  public func topicIndex(_ name: String) -> Int32 {
    if let index = topics.firstIndex(of: name) { return Int32(index) }
    topics.append(name)
    return Int32(topics.count - 1)
  }
}
