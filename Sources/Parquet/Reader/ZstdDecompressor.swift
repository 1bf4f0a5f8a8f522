import CZstd

/// Zstandard decompression with one context. Owned by one thread at a time.
final class ZstdDecompressor {
  private let context: OpaquePointer

  init() throws {
    guard let context = ZSTD_createDCtx() else { throw ParquetError(.io, "No memory for decompression; free some and retry") }
    self.context = context
  }

  deinit { ZSTD_freeDCtx(context) }

  /// Replaces the content of `out` with the decompressed form of `bytes`, which must be exactly `size` bytes.
  func decompress(_ bytes: UnsafeRawBufferPointer, size: Int, into out: ByteBuffer) throws {
    // Page header and frame must agree before memory is taken for what they claim.
    let claimed = ZSTD_getFrameContentSize(bytes.baseAddress, bytes.count)
    guard claimed == UInt64(size) || claimed == UInt64.max else {
      throw ParquetError.corrupt("A compressed page does not have the size its header says")
    }
    out.count = 0
    out.reserve(size)
    let got = ZSTD_decompressDCtx(context, out.base, size, bytes.baseAddress, bytes.count)
    guard ZSTD_isError(got) == 0, got == size else { throw ParquetError.corrupt("A compressed page cannot be decompressed") }
    out.count = size
  }
}
