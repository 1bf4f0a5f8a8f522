/// The fixed part of a record batch of magic 2 (KIP-98), 61 bytes, all integers big-endian.
struct BatchHeader: Equatable, Sendable {
  /// Bytes from the batch's start to its first record.
  static let size = 61
  /// Bytes of `baseOffset` and `batchLength`, which `batchLength` does not count.
  static let lengthPrefix = 12
  /// Where the checksummed part begins: at the attributes.
  static let checksumStart = 21

  var baseOffset: Int64
  /// Bytes after this field to the end of the batch.
  var batchLength: Int32
  var partitionLeaderEpoch: Int32
  var magic: Int8
  /// CRC-32C of everything from the attributes on.
  var crc: UInt32
  var attributes: Int16
  var lastOffsetDelta: Int32
  /// Timestamps are in milliseconds since 1970.
  var baseTimestamp: Int64
  var maxTimestamp: Int64
  var producerID: Int64
  var producerEpoch: Int16
  var baseSequence: Int32
  var recordCount: Int32

  var isTransactional: Bool { attributes & 0x10 != 0 }
  var isControl: Bool { attributes & 0x20 != 0 }
  /// Nil where the attributes name a codec that does not exist.
  var compression: CompressionCodec? { CompressionCodec(rawValue: Int(attributes & 0x07)) }
  var lastOffset: Int64 { baseOffset + Int64(lastOffsetDelta) }
  /// Whole batch, header included.
  var sizeInBytes: Int { Int(batchLength) + Self.lengthPrefix }
  var hasProducerID: Bool { producerID >= 0 }
  /// The sequence number of the last record; after `Int32.max` comes 0.
  var lastSequence: Int32 { Self.sequence(baseSequence, advancedBy: lastOffsetDelta) }

  /// Reads a header and checks what must hold of any stored or sent batch: magic 2 and a length that holds the header.
  ///
  /// The bytes may end before the batch does; the checksum is not looked at.
  init(parsing bytes: UnsafeRawBufferPointer) throws(BatchError) {
    guard bytes.count >= Self.size else { throw .corrupt("the batch ends inside its header") }
    self.init(unchecked: bytes)
    guard magic == 2 else {
      throw BatchError(
        reason: .unsupportedFormat, message: "record format \(magic) is not 2; use a client of Kafka 0.11 or newer")
    }
    guard Int(batchLength) >= Self.size - Self.lengthPrefix else { throw .corrupt("batch length \(batchLength) is too small") }
    guard lastOffsetDelta >= 0, recordCount >= 0, baseOffset <= Int64.max - Int64(lastOffsetDelta) else {
      throw .corrupt("the batch has impossible counts or offsets")
    }
  }

  /// Reads 61 bytes without any check.
  @inline(__always)
  init(unchecked bytes: UnsafeRawBufferPointer) {
    baseOffset = bytes.bigEndian(0)
    batchLength = bytes.bigEndian(8)
    partitionLeaderEpoch = bytes.bigEndian(12)
    magic = bytes.bigEndian(16)
    crc = bytes.bigEndian(17)
    attributes = bytes.bigEndian(21)
    lastOffsetDelta = bytes.bigEndian(23)
    baseTimestamp = bytes.bigEndian(27)
    maxTimestamp = bytes.bigEndian(35)
    producerID = bytes.bigEndian(43)
    producerEpoch = bytes.bigEndian(51)
    baseSequence = bytes.bigEndian(53)
    recordCount = bytes.bigEndian(57)
  }

  /// `sequence + delta`, wrapping from `Int32.max` to 0.
  static func sequence(_ sequence: Int32, advancedBy delta: Int32) -> Int32 {
    Int32((Int64(sequence) + Int64(delta)) & 0x7fff_ffff)
  }
}
