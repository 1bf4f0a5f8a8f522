/// Decompresses the records block of a batch.
enum Decompression {
  /// Bytes a block may grow to; a bomb of a few kilobytes must not take the machine's memory.
  static let limit = 256 << 20

  static func decompress(_ block: UnsafeRawBufferPointer, _ codec: CompressionCodec) throws(BatchError) -> [UInt8] {
    switch codec {
    case .none: Array(block)
    default: throw BatchError(reason: .unsupportedCompression, message: "not yet")
    }
  }
}
