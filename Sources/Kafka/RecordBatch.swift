import CRdKafka

/// A record as it was read: plain numbers and pointers, valid until its batch is cleared.
@frozen public struct RecordView {
  /// `Consumer.topics[topic]`.
  public var topic: Int32
  public var partition: Int32
  public var offset: Int64
  /// Milliseconds since the epoch, or -1 where the record has none.
  public var timestamp: Int64
  /// Nil for a null key, which differs from an empty one.
  public var key: UnsafeRawBufferPointer?
  /// Nil for a null value: a tombstone.
  public var value: UnsafeRawBufferPointer?
}

/// Records read in one go, their bytes still in librdkafka's memory: no copies, no object per record.
///
/// Reused from poll to poll. Owned by one thread at a time, and cleared before its consumer is closed
/// (`close` hangs while messages are held, #4187): the consumer sees to that for the batch it last filled.
public final class RecordBatch {
  /// The largest number of records one poll puts here.
  public let capacity: Int
  /// The number of records held.
  public private(set) var count = 0
  /// The size of the keys and values held.
  public private(set) var bytes = 0
  /// Partitions whose end was reached in this poll, with the next offset. Only with `Consumer.Options.reportsPartitionEnd`.
  public internal(set) var ends: [(partition: TopicPartition, offset: Int64)] = []
  private let views: UnsafeMutablePointer<RecordView>
  private let messages: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>>

  public init(capacity: Int = 4096) {
    self.capacity = max(1, capacity)
    views = .allocate(capacity: self.capacity)
    messages = .allocate(capacity: self.capacity)
  }

  deinit {
    clear()
    views.deallocate()
    messages.deallocate()
  }

  /// The records, valid until the batch is cleared or filled again.
  public var records: UnsafeBufferPointer<RecordView> { UnsafeBufferPointer(start: views, count: count) }

  /// Gives every record back. All pointers of the batch become invalid.
  public func clear() {
    for index in 0..<count { rd_kafka_message_destroy(messages[index]) }
    count = 0
    bytes = 0
    ends.removeAll(keepingCapacity: true)
  }

  /// The headers of record `index`, copied. Malformed headers read as none.
  public func headers(of index: Int) -> [RecordHeader] {
    precondition(index < count, "no record \(index) in a batch of \(count)")
    var list: OpaquePointer?
    guard rd_kafka_message_headers(messages[index], &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return [] }
    var headers: [RecordHeader] = []
    var name: UnsafePointer<CChar>?
    var value: UnsafeRawPointer?
    var size = 0
    while rd_kafka_header_get_all(list, headers.count, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
      let bytes = value.map { [UInt8](UnsafeRawBufferPointer(start: $0, count: size)) }
      headers.append(RecordHeader(name.map { String(cString: $0) } ?? "", bytes))
    }
    return headers
  }

  var isFull: Bool { count == capacity }

  /// Takes ownership of `message`.
  func append(_ message: UnsafeMutablePointer<rd_kafka_message_t>, topic: Int32) {
    let one = message.pointee
    messages[count] = message
    (views + count).initialize(
      to: RecordView(
        topic: topic, partition: one.partition, offset: one.offset,
        timestamp: rd_kafka_message_timestamp(message, nil),
        key: one.key.map { UnsafeRawBufferPointer(start: $0, count: one.key_len) },
        value: one.payload.map { UnsafeRawBufferPointer(start: $0, count: one.len) }))
    count += 1
    bytes += one.len + one.key_len
  }
}
