/// Decompresses the records block of a batch.
///
/// No codec's own checksum is looked at: the batch's CRC-32C has been, and covers the compressed bytes.
enum Decompression {
  /// Bytes a block may grow to; a bomb of a few kilobytes must not take the machine's memory.
  static let limit = 256 << 20

  static func decompress(_ block: UnsafeRawBufferPointer, _ codec: CompressionCodec) throws(BatchError) -> [UInt8] {
    switch codec {
    case .none: Array(block)
    case .gzip: try gunzip(block)
    case .snappy: try SnappyDecoder.decode(block)
    case .lz4: try LZ4FrameDecoder.decode(block)
    case .zstd: try unzstd(block)
    }
  }

  static func damaged(_ codec: String) -> BatchError {
    BatchError(reason: .unsupportedCompression, message: "the \(codec) block is damaged")
  }

  static let tooLarge = BatchError(
    reason: .unsupportedCompression, message: "a compressed block grows beyond \(limit >> 20) MiB; send smaller batches")
}
