/// One record of a batch, copied out of it.
struct Record: Equatable, Sendable {
  struct Header: Equatable, Sendable {
    var name: [UInt8]
    var value: [UInt8]?
  }

  var offset: Int64
  /// Milliseconds since 1970.
  var timestampMs: Int64
  var key: [UInt8]?
  /// Nil is a tombstone.
  var value: [UInt8]?
  var headers: [Header]
}

/// Reads the records of one stored or produced batch, decompressing where needed.
///
/// For internal topics, look-ups by time, compaction and tests: the fetch path never opens a batch.
struct RecordReader {
  let header: BatchHeader
  /// The records, uncompressed, one after the other.
  private let block: [UInt8]

  /// Checks header, length and checksum, and decompresses.
  init(batch: UnsafeRawBufferPointer) throws(BatchError) {
    header = try BatchHeader(parsing: batch)
    guard header.sizeInBytes <= batch.count else { throw .corrupt("the batch ends before its length") }
    let whole = UnsafeRawBufferPointer(rebasing: batch[..<header.sizeInBytes])
    let summed = UnsafeRawBufferPointer(rebasing: whole[BatchHeader.checksumStart...])
    guard CRC32C.checksum(summed) == header.crc else { throw .corrupt("the batch's checksum is wrong") }
    guard let codec = header.compression else {
      throw BatchError(reason: .unsupportedCompression, message: "unknown compression \(header.attributes & 7)")
    }
    block = try Decompression.decompress(UnsafeRawBufferPointer(rebasing: whole[BatchHeader.size...]), codec)
  }

  /// All records, in order.
  func records() throws(BatchError) -> [Record] {
    var result: [Record] = []
    result.reserveCapacity(min(Int(header.recordCount), block.count / 7 + 1))
    try forEach { result.append($0) }
    return result
  }

  /// Calls `body` for each record, in order.
  func forEach(_ body: (Record) -> Void) throws(BatchError) {
    try forEachRaw { body($0.copied(header)) }
  }

  /// Calls `body` for each record without copying it; what it is given is valid during the call.
  func forEachRaw(_ body: (RecordWalk.RawRecord) -> Void) throws(BatchError) {
    var failure: BatchError?
    block.withUnsafeBytes { bytes in
      do throws(BatchError) {
        try RecordWalk.walk(bytes, count: Int(header.recordCount), body)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }
}
