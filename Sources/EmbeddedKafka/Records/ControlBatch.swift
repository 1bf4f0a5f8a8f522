/// The marker that ends a transaction in one partition: a batch of one control record (KIP-98).
enum ControlBatch {
  /// What a marker says.
  struct Marker: Equatable, Sendable {
    var commit: Bool
    var coordinatorEpoch: Int32
  }

  /// A whole batch of 78 bytes with base offset 0; the log sets the offset.
  static func encode(
    commit: Bool, producerID: Int64, producerEpoch: Int16, coordinatorEpoch: Int32, timestampMs: Int64
  ) -> [UInt8] {
    var key: [UInt8] = []
    key.appendBigEndian(Int16(0))
    key.appendBigEndian(Int16(commit ? 1 : 0))
    var value: [UInt8] = []
    value.appendBigEndian(Int16(0))
    value.appendBigEndian(coordinatorEpoch)
    var builder = RecordBatchBuilder(producerID: producerID, producerEpoch: producerEpoch, baseSequence: -1)
    builder.attributes = 0x30
    builder.append(key: key, value: value, timestampMs: timestampMs)
    return builder.finish()
  }

  /// Reads a control batch. Nil where it holds a control record of a type other than commit or abort.
  static func parse(_ batch: UnsafeRawBufferPointer) throws(BatchError) -> Marker? {
    let reader = try RecordReader(batch: batch)
    guard reader.header.isControl else { throw .invalid("not a control batch") }
    guard let record = try reader.records().first, let key = record.key, key.count >= 4 else {
      throw .corrupt("control record without a key")
    }
    let type = Int16(key[2]) << 8 | Int16(key[3])
    guard type == 0 || type == 1 else { return nil }
    guard let value = record.value, value.count >= 6 else { throw .corrupt("control record without a value") }
    let epoch = value[2..<6].reduce(Int32(0)) { $0 << 8 | Int32($1) }
    return Marker(commit: type == 1, coordinatorEpoch: epoch)
  }
}
