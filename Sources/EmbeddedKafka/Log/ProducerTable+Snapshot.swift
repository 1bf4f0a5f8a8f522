extension ProducerTable {
  private static let magic: UInt32 = 0x574b_5053
  private static let version: Int32 = 1

  /// The table as bytes that end in a CRC-32C. `offset` is the log end it belongs to.
  func snapshot(at offset: Int64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendBigEndian(Self.magic)
    bytes.appendBigEndian(Self.version)
    bytes.appendBigEndian(offset)
    bytes.appendBigEndian(Int32(producers.count))
    for (producerID, producer) in producers.sorted(by: { $0.key < $1.key }) {
      Self.encode(producerID, producer, into: &bytes)
    }
    bytes.appendBigEndian(CRC32C.checksum(bytes))
    return bytes
  }

  private static func encode(_ producerID: Int64, _ producer: Producer, into bytes: inout [UInt8]) {
    bytes.appendBigEndian(producerID)
    bytes.appendBigEndian(producer.epoch)
    bytes.appendBigEndian(producer.coordinatorEpoch)
    bytes.appendBigEndian(producer.transactionFirstOffset ?? -1)
    bytes.appendBigEndian(producer.lastTimestampMs)
    bytes.appendBigEndian(Int32(producer.batches.count))
    for batch in producer.batches {
      bytes.appendBigEndian(batch.firstSequence)
      bytes.appendBigEndian(batch.lastSequence)
      bytes.appendBigEndian(batch.firstOffset)
      bytes.appendBigEndian(batch.lastOffset)
      bytes.appendBigEndian(batch.timestampMs)
    }
  }

  /// Reads a snapshot. Nil where it is damaged, of another version or of another offset: the log is then read instead.
  init?(snapshot bytes: [UInt8], offset: Int64) {
    guard var reader = ChecksummedReader(bytes) else { return nil }
    guard reader.next(UInt32.self) == Self.magic, reader.next(Int32.self) == Self.version, reader.next(Int64.self) == offset,
      let count = reader.next(Int32.self)
    else { return nil }
    for _ in 0..<max(0, count) {
      guard let producerID = reader.next(Int64.self), let producer = Self.decode(&reader) else { return nil }
      restore(producerID, producer)
    }
  }

  private static func decode(_ reader: inout ChecksummedReader) -> Producer? {
    guard let epoch = reader.next(Int16.self), let coordinatorEpoch = reader.next(Int32.self),
      let first = reader.next(Int64.self), let timestamp = reader.next(Int64.self), let count = reader.next(Int32.self)
    else { return nil }
    var producer = Producer(
      epoch: epoch, coordinatorEpoch: coordinatorEpoch, transactionFirstOffset: first < 0 ? nil : first,
      lastTimestampMs: timestamp)
    for _ in 0..<max(0, count) {
      guard let firstSequence = reader.next(Int32.self), let lastSequence = reader.next(Int32.self),
        let firstOffset = reader.next(Int64.self), let lastOffset = reader.next(Int64.self),
        let timestampMs = reader.next(Int64.self)
      else { return nil }
      producer.batches.append(
        StoredBatch(
          firstSequence: firstSequence, lastSequence: lastSequence, firstOffset: firstOffset, lastOffset: lastOffset,
          timestampMs: timestampMs))
    }
    return producer
  }
}

/// Reads big-endian integers from bytes whose last four are the CRC-32C of the rest.
struct ChecksummedReader {
  private let bytes: [UInt8]
  private var position = 0

  /// Nil where the checksum does not fit.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 4 else { return nil }
    let fits = bytes.withUnsafeBytes { raw in
      CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[..<(raw.count - 4)])) == raw.bigEndian(raw.count - 4, as: UInt32.self)
    }
    guard fits else { return nil }
    self.bytes = bytes
  }

  /// Bytes not read yet, without the checksum.
  var remaining: Int { bytes.count - 4 - position }

  mutating func next<T: FixedWidthInteger>(_ type: T.Type) -> T? {
    let size = MemoryLayout<T>.size
    guard remaining >= size else { return nil }
    defer { position += size }
    return bytes.withUnsafeBytes { $0.bigEndian(position, as: T.self) }
  }
}
