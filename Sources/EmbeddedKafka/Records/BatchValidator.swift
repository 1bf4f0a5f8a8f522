/// The rules that a batch from a client must meet before it is stored (LogValidator of Apache Kafka 3.9).
enum BatchValidator {
  /// What a topic asks of its batches.
  struct Rules: Sendable {
    /// `max.message.bytes`.
    var maxMessageBytes: Int
    /// True for a compacted topic, where a record without a key could never be replaced.
    var requireKeys = false
    /// The broker's time, milliseconds since 1970.
    var nowMs: Int64 = 0
    /// `message.timestamp.before.max.ms` and `message.timestamp.after.max.ms`.
    var timestampBeforeMaxMs = Int64.max
    var timestampAfterMaxMs = Int64.max
  }

  /// Checks exactly one produced batch that fills `bytes`, and returns its header.
  ///
  /// Records are walked where that needs no decompression, or where keys are required.
  static func validateProduced(_ bytes: UnsafeRawBufferPointer, _ rules: Rules) throws(BatchError) -> BatchHeader {
    let header = try BatchHeader(parsing: bytes)
    try checkSize(header, bytes.count, rules)
    let summed = UnsafeRawBufferPointer(rebasing: bytes[BatchHeader.checksumStart...])
    guard CRC32C.checksum(summed) == header.crc else { throw .corrupt("the batch's checksum is wrong") }
    try checkFields(header)
    try checkTimestamps(header, rules)
    try checkRecords(header, bytes, rules)
    return header
  }

  static func validateProduced(
    _ bytes: UnsafeRawBufferPointer, maxMessageBytes: Int, requireKeys: Bool = false
  ) throws(BatchError) -> BatchHeader {
    try validateProduced(bytes, Rules(maxMessageBytes: maxMessageBytes, requireKeys: requireKeys))
  }

  private static func checkSize(_ header: BatchHeader, _ count: Int, _ rules: Rules) throws(BatchError) {
    guard header.sizeInBytes <= rules.maxMessageBytes else {
      throw BatchError(
        reason: .tooLarge, message: "batch of \(header.sizeInBytes) bytes; max.message.bytes is \(rules.maxMessageBytes)")
    }
    guard header.sizeInBytes <= count else { throw .corrupt("the batch ends before its length") }
    guard header.sizeInBytes == count else { throw .invalid("more than one batch for one partition") }
  }

  private static func checkFields(_ header: BatchHeader) throws(BatchError) {
    guard !header.isControl else { throw .invalid("clients may not write control batches") }
    guard header.recordCount > 0 else { throw .invalid("the batch has no records") }
    guard header.recordCount == header.lastOffsetDelta &+ 1 else {
      throw .invalid("\(header.recordCount) records, but a last offset delta of \(header.lastOffsetDelta)")
    }
    guard header.compression != nil else {
      throw BatchError(reason: .unsupportedCompression, message: "unknown compression \(header.attributes & 7)")
    }
    guard !header.hasProducerID || (header.baseSequence >= 0 && header.producerEpoch >= 0) else {
      throw .invalid("producer id \(header.producerID) without epoch or sequence")
    }
    guard !header.isTransactional || header.hasProducerID else { throw .invalid("transactional batch without a producer id") }
  }

  private static func checkTimestamps(_ header: BatchHeader, _ rules: Rules) throws(BatchError) {
    // Bit 3 claims the broker's time, which is not the client's to set.
    let stamps = header.baseTimestamp >= -1 && header.maxTimestamp >= header.baseTimestamp && header.attributes & 0x08 == 0
    guard stamps, header.maxTimestamp == -1 || isAccepted(header, rules) else {
      throw BatchError(reason: .timestamp, message: "the batch's timestamps are outside of what the topic accepts")
    }
  }

  private static func isAccepted(_ header: BatchHeader, _ rules: Rules) -> Bool {
    let early = rules.timestampBeforeMaxMs != .max && rules.nowMs - header.baseTimestamp > rules.timestampBeforeMaxMs
    let late = rules.timestampAfterMaxMs != .max && header.maxTimestamp - rules.nowMs > rules.timestampAfterMaxMs
    return !early && !late
  }

  private static func checkRecords(
    _ header: BatchHeader, _ bytes: UnsafeRawBufferPointer, _ rules: Rules
  ) throws(BatchError) {
    let block = UnsafeRawBufferPointer(rebasing: bytes[BatchHeader.size...])
    guard let codec = header.compression, codec == .none || rules.requireKeys else { return }
    var hasAllKeys = true
    if codec == .none {
      try RecordWalk.walk(block, count: Int(header.recordCount), requireDense: true) { if $0.key == nil { hasAllKeys = false } }
    } else {
      try RecordReader(batch: bytes).forEach { if $0.key == nil { hasAllKeys = false } }
    }
    guard !rules.requireKeys || hasAllKeys else { throw .invalid("a record without a key in a compacted topic") }
  }
}
