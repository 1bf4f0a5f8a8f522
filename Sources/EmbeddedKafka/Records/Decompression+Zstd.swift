import CZstd

extension Decompression {
  /// One or more zstd frames, with or without a content size.
  static func unzstd(_ block: UnsafeRawBufferPointer) throws(BatchError) -> [UInt8] {
    guard let stream = ZSTD_createDStream() else { throw damaged("zstd") }
    defer { ZSTD_freeDStream(stream) }
    let room = max(ZSTD_DStreamOutSize(), 4096)
    var input = ZSTD_inBuffer(src: block.baseAddress, size: block.count, pos: 0)
    var output: [UInt8] = []
    while true {
      var status = 0
      let piece = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        var out = ZSTD_outBuffer(dst: buffer.baseAddress, size: room, pos: 0)
        status = ZSTD_decompressStream(stream, &out, &input)
        count = out.pos
      }
      guard ZSTD_isError(status) == 0 else { throw damaged("zstd") }
      output += piece
      guard output.count <= limit else { throw tooLarge }
      if input.pos == input.size, piece.count < room {
        guard status == 0 else { throw damaged("zstd") }
        return output
      }
    }
  }
}
