import CRdKafka

/// A topic a producer writes to, registered with `topic(_:)`: an index, so that sending neither hashes nor retains a name.
public struct TopicHandle: Hashable, Sendable {
  let index: Int
}

/// Queueing records, shared by the plain and the transactional producer. Belongs to one thread at a time.
final class ProducerCore {
  let handle: ClientHandle
  private var topics: [(name: String, pointer: OpaquePointer)] = []
  // Reused for every record: `rd_kafka_produceva` only reads it during the call.
  private let slots: UnsafeMutablePointer<rd_kafka_vu_t>
  private static let slotCount = 7
  private var sentSincePoll = 0

  init(_ configuration: KafkaConfiguration, settings: [String: String]) throws(KafkaError) {
    var all = settings
    all["enable.idempotence"] = "true"
    all["acks"] = "all"
    // As Java's default partitioner, so that a key lands on the same partition whoever sends it.
    all["partitioner"] = "murmur2_random"
    // A report per record would cost as much as sending it; failures are all that anyone acts on.
    all["delivery.report.only.error"] = "true"
    handle = try ClientHandle(.producer, configuration, settings: all) { conf in
      rd_kafka_conf_set_dr_msg_cb(conf, deliveryCallback)
    }
    slots = .allocate(capacity: Self.slotCount)
    slots.initialize(repeating: rd_kafka_vu_t(), count: Self.slotCount)
  }

  var pointer: OpaquePointer { handle.pointer }

  /// Frees topics, then the client. Undelivered records are dropped.
  func close() {
    for topic in topics { rd_kafka_topic_destroy(topic.pointer) }
    topics = []
    handle.destroy()
  }

  deinit {
    close()
    slots.deallocate()
  }

  func topic(_ name: String) throws(KafkaError) -> TopicHandle {
    if let index = topics.firstIndex(where: { $0.name == name }) { return TopicHandle(index: index) }
    guard let pointer = rd_kafka_topic_new(pointer, name, nil) else {
      throw KafkaError(rd_kafka_last_error(), "open topic \(name)")
    }
    topics.append((name, pointer))
    return TopicHandle(index: topics.count - 1)
  }

  /// Queues one record; the bytes are copied before this returns. Blocks while the queue is full.
  func send(
    _ topic: TopicHandle, partition: Int32?, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
    timestamp: Int64?, headers: OpaquePointer? = nil
  ) throws(KafkaError) {
    slots[0].vtype = RD_KAFKA_VTYPE_RKT
    slots[0].u.rkt = topics[topic.index].pointer
    slots[1].vtype = RD_KAFKA_VTYPE_PARTITION
    slots[1].u.i32 = partition ?? LogicalOffset.anyPartition
    slots[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS
    slots[2].u.i = Int32(RD_KAFKA_MSG_F_COPY)
    slots[3].vtype = RD_KAFKA_VTYPE_VALUE
    slots[3].u.mem = Self.memory(value)
    slots[4].vtype = RD_KAFKA_VTYPE_KEY
    slots[4].u.mem = Self.memory(key)
    slots[5].vtype = RD_KAFKA_VTYPE_TIMESTAMP
    slots[5].u.i64 = timestamp ?? 0
    var count = 6
    if let headers {
      slots[6].vtype = RD_KAFKA_VTYPE_HEADERS
      slots[6].u.headers = headers
      count = 7
    }
    while let error = rd_kafka_produceva(pointer, slots, count) {
      let code = rd_kafka_error_code(error)
      guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
        throw KafkaError.take(error, "send", client: pointer)
          ?? .misuse("send", "librdkafka returned no error")
      }
      rd_kafka_error_destroy(error)
      // The queue empties by delivery, or at the latest when message.timeout.ms fails its records: this loop ends.
      rd_kafka_poll(pointer, 50)
    }
    sentSincePoll += 1
    if sentSincePoll >= 512 { serve() }
  }

  /// Queues one record with headers. A cold path: it allocates.
  func send(
    _ topic: TopicHandle, partition: Int32?, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
    timestamp: Int64?, headers: [RecordHeader]
  ) throws(KafkaError) {
    guard let list = rd_kafka_headers_new(headers.count) else { throw .badInput("send", "out of memory") }
    do {
      for header in headers { try Self.add(header, to: list) }
      try send(topic, partition: partition, key: key, value: value, timestamp: timestamp, headers: list)
    } catch {
      // librdkafka takes the list over only with the record.
      rd_kafka_headers_destroy(list)
      throw error
    }
  }

  private static func add(_ header: RecordHeader, to list: OpaquePointer) throws(KafkaError) {
    let error: rd_kafka_resp_err_t
    if let value = header.value {
      error = value.withUnsafeBytes { bytes in
        // An empty array may have no address, and no address would mean a null value.
        withUnsafeBytes(of: 0) { empty in
          rd_kafka_header_add(list, header.name, -1, bytes.baseAddress ?? empty.baseAddress, bytes.count)
        }
      }
    } else {
      error = rd_kafka_header_add(list, header.name, -1, nil, 0)
    }
    try KafkaError.check(error, "add header \(header.name)")
  }

  // Null and empty differ on the wire, and an empty buffer may have no address: give it one.
  private static func memory(_ bytes: UnsafeRawBufferPointer?) -> rd_kafka_vu_t.__Unnamed_union_u.__Unnamed_struct_mem {
    guard let bytes else { return .init(ptr: nil, size: 0) }
    return .init(ptr: UnsafeMutableRawPointer(mutating: bytes.baseAddress ?? emptyBytes), size: bytes.count)
  }

  /// Serves callbacks without waiting.
  func serve() {
    sentSincePoll = 0
    rd_kafka_poll(pointer, 0)
  }

  /// The first delivery failure since the last call, which clears it.
  func takeDeliveryFailure() -> KafkaError? {
    let failure = handle.context.deliveryFailure
    handle.context.deliveryFailure = nil
    handle.context.failedDeliveries = 0
    return failure
  }

  /// Waits until every queued record is delivered or has failed. False when time ran out first.
  func flush(_ deadline: Deadline) -> Bool {
    // Successes are not reported, so nothing wakes a waiting flush: short waits first, for a commit must not cost 10 ms.
    var slice: Int32 = 1
    repeat {
      if rd_kafka_flush(pointer, deadline.milliseconds(cap: slice)) == RD_KAFKA_RESP_ERR_NO_ERROR { return true }
      slice = min(slice + 1, 1000)
    } while !deadline.hasPassed
    return rd_kafka_outq_len(pointer) == 0
  }
}

/// An address for empty keys and values. Never read: its length is always given as 0.
nonisolated(unsafe) private let emptyBytes: UnsafeRawPointer = UnsafeRawPointer(
  UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))

private let deliveryCallback:
  @convention(c) (OpaquePointer?, UnsafePointer<rd_kafka_message_t>?, UnsafeMutableRawPointer?) -> Void = {
    client, message, _ in
    guard let context = ClientContext.of(client), let message, message.pointee.err.rawValue != 0 else { return }
    context.failedDeliveries += 1
    guard context.deliveryFailure == nil else { return }
    let topic = message.pointee.rkt.map { String(cString: rd_kafka_topic_name($0)) } ?? "?"
    context.deliveryFailure = KafkaError(
      message.pointee.err, "deliver to \(topic)[\(message.pointee.partition)]")
  }
