/// Builds one uncompressed batch of magic 2, for the broker's own topics, transaction markers and tests.
struct RecordBatchBuilder {
  var producerID: Int64
  var producerEpoch: Int16
  var baseSequence: Int32
  /// Bit 4 transactional, bit 5 control; the codec bits stay 0.
  var attributes: Int16 = 0
  /// Records so far.
  private(set) var count: Int32 = 0
  private var baseTimestamp: Int64 = 0
  private var maxTimestamp: Int64 = .min
  private var records: [UInt8] = []

  init(producerID: Int64 = -1, producerEpoch: Int16 = -1, baseSequence: Int32 = -1, isTransactional: Bool = false) {
    self.producerID = producerID
    self.producerEpoch = producerEpoch
    self.baseSequence = baseSequence
    attributes = isTransactional ? 0x10 : 0
  }

  /// Adds a record; a nil value is a tombstone.
  mutating func append(
    key: [UInt8]?, value: [UInt8]?, timestampMs: Int64, headers: [(name: String, value: [UInt8]?)] = []
  ) {
    if count == 0 { baseTimestamp = timestampMs }
    maxTimestamp = max(maxTimestamp, timestampMs)
    var body: [UInt8] = [0]
    Varint.append(timestampMs &- baseTimestamp, to: &body)
    Varint.append(Int64(count), to: &body)
    Self.append(key, to: &body)
    Self.append(value, to: &body)
    Varint.append(Int64(headers.count), to: &body)
    for header in headers {
      Self.append(Array(header.name.utf8), to: &body)
      Self.append(header.value, to: &body)
    }
    Varint.append(Int64(body.count), to: &records)
    records += body
    count += 1
  }

  /// The batch with base offset 0 and leader epoch -1.
  func finish() -> [UInt8] {
    finish(recordsBlock: records, codec: .none)
  }

  /// The uncompressed records, one after the other, for a caller that compresses them.
  var recordsBlock: [UInt8] { records }

  /// The batch around a block of records that the caller has compressed with `codec`.
  func finish(recordsBlock: [UInt8], codec: CompressionCodec) -> [UInt8] {
    var batch: [UInt8] = []
    batch.reserveCapacity(BatchHeader.size + recordsBlock.count)
    batch.appendBigEndian(Int64(0))
    batch.appendBigEndian(Int32(BatchHeader.size - BatchHeader.lengthPrefix + recordsBlock.count))
    batch.appendBigEndian(Int32(-1))
    batch.append(2)
    batch.appendBigEndian(UInt32(0))
    batch.appendBigEndian(attributes | Int16(codec.rawValue))
    batch.appendBigEndian(count - 1)
    batch.appendBigEndian(baseTimestamp)
    batch.appendBigEndian(maxTimestamp)
    batch.appendBigEndian(producerID)
    batch.appendBigEndian(producerEpoch)
    batch.appendBigEndian(baseSequence)
    batch.appendBigEndian(count)
    batch += recordsBlock
    batch.withUnsafeMutableBytes { bytes in
      let crc = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[BatchHeader.checksumStart...]))
      bytes.storeBigEndian(crc, at: 17)
    }
    return batch
  }

  private static func append(_ field: [UInt8]?, to body: inout [UInt8]) {
    guard let field else { return Varint.append(-1, to: &body) }
    Varint.append(Int64(field.count), to: &body)
    body += field
  }
}
