import CZlib

extension Decompression {
  /// One or more gzip (or zlib) members.
  static func gunzip(_ block: UnsafeRawBufferPointer) throws(BatchError) -> [UInt8] {
    var stream = z_stream()
    guard inflateInit2_(&stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw damaged("gzip")
    }
    defer { inflateEnd(&stream) }
    stream.next_in = UnsafeMutablePointer(mutating: block.bindMemory(to: UInt8.self).baseAddress)
    stream.avail_in = UInt32(truncatingIfNeeded: block.count)
    var output: [UInt8] = []
    while true {
      let status = inflateOnce(&stream, &output, max(block.count * 4, 4096))
      if status == Z_STREAM_END {
        guard stream.avail_in > 0 else { return output }
        guard inflateReset(&stream) == Z_OK else { throw damaged("gzip") }
        continue
      }
      guard status == Z_OK else { throw damaged("gzip") }
      guard output.count <= limit else { throw tooLarge }
    }
  }

  private static func inflateOnce(_ stream: inout z_stream, _ output: inout [UInt8], _ room: Int) -> Int32 {
    let room = min(room, 1 << 20)
    var status = Z_OK
    let piece = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      stream.next_out = buffer.baseAddress
      stream.avail_out = UInt32(room)
      status = inflate(&stream, Z_NO_FLUSH)
      count = room - Int(stream.avail_out)
    }
    output += piece
    return status
  }
}
