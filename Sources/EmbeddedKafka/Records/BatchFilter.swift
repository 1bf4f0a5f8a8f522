/// Takes records out of a stored batch.
enum BatchFilter {
  /// The batch with only the records that `keep` chooses; offsets, timestamps and sequence numbers stay what they are.
  ///
  /// Returns the very bytes where all stay, and a batch without records where none does. A changed batch is not compressed.
  static func filter(
    _ batch: [UInt8], keep: (RecordWalk.RawRecord) -> Bool
  ) throws(BatchError) -> (bytes: [UInt8], kept: Int) {
    let reader = try reader(batch)
    var records: [UInt8] = []
    var kept = 0
    try reader.forEachRaw { record in
      guard keep(record) else { return }
      records.append(contentsOf: record.block[record.start..<record.end])
      kept += 1
    }
    if kept == Int(reader.header.recordCount) { return (batch, kept) }
    return (rebuilt(batch, reader.header, records, kept), kept)
  }

  /// The batch's header alone: it still tells its offsets and its producer's sequence.
  static func emptied(_ batch: [UInt8], _ header: BatchHeader) -> [UInt8] {
    rebuilt(batch, header, [], 0)
  }

  static func reader(_ batch: [UInt8]) throws(BatchError) -> RecordReader {
    var result: RecordReader?
    var failure = BatchError.corrupt("the batch is empty")
    batch.withUnsafeBytes { raw in
      do throws(BatchError) { result = try RecordReader(batch: raw) } catch { failure = error }
    }
    guard let result else { throw failure }
    return result
  }

  private static func rebuilt(_ batch: [UInt8], _ header: BatchHeader, _ records: [UInt8], _ count: Int) -> [UInt8] {
    var bytes = Array(batch[..<BatchHeader.size]) + records
    bytes.withUnsafeMutableBytes { raw in
      raw.storeBigEndian(Int32(raw.count - BatchHeader.lengthPrefix), at: 8)
      raw.storeBigEndian(header.attributes & ~0x07, at: 21)
      raw.storeBigEndian(Int32(count), at: 57)
      let summed = UnsafeRawBufferPointer(rebasing: raw[BatchHeader.checksumStart...])
      raw.storeBigEndian(CRC32C.checksum(summed), at: 17)
    }
    return bytes
  }
}
