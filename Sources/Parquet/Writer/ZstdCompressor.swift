import CZstd

/// Zstandard with one context for all pages of a file. Owned by one thread at a time.
final class ZstdCompressor {
  private let context: OpaquePointer
  private let level: Int32

  /// `level` is 1 (fastest) to 19.
  init(level: Int) throws {
    guard let context = ZSTD_createCCtx() else { throw ParquetError(.io, "No memory for compression; free some and retry") }
    self.context = context
    self.level = Int32(level)
  }

  deinit { ZSTD_freeCCtx(context) }

  /// Appends the compressed form of `bytes` to `out`; returns its size.
  @discardableResult
  func compress(_ bytes: UnsafeRawBufferPointer, into out: ByteBuffer) throws -> Int {
    let bound = ZSTD_compressBound(bytes.count)
    out.reserve(bound)
    let size = ZSTD_compressCCtx(context, out.base + out.count, bound, bytes.baseAddress, bytes.count, level)
    guard ZSTD_isError(size) == 0 else {
      throw ParquetError(.io, "Compression failed (\(String(cString: ZSTD_getErrorName(size)))); retry with another level")
    }
    out.count += size
    return size
  }
}
