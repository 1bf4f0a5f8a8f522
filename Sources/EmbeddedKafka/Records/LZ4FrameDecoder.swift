/// The LZ4 frame format (version 1.6 of its description), as Kafka clients send it; blocks may depend on each other.
enum LZ4FrameDecoder {
  private static let magic: UInt32 = 0x184d_2204

  private struct Flags {
    let byte: UInt8
    var hasBlockChecksum: Bool { byte & 0x10 != 0 }
    var hasContentSize: Bool { byte & 0x08 != 0 }
    var hasContentChecksum: Bool { byte & 0x04 != 0 }
    var hasDictionary: Bool { byte & 0x01 != 0 }
    var isVersion1: Bool { byte >> 6 == 1 }
  }

  /// One or more frames, one after the other.
  static func decode(_ bytes: UnsafeRawBufferPointer) throws(BatchError) -> [UInt8] {
    var output: [UInt8] = []
    var position = 0
    repeat { try decodeFrame(bytes, &position, &output) } while position < bytes.count
    return output
  }

  private static func decodeFrame(
    _ bytes: UnsafeRawBufferPointer, _ position: inout Int, _ output: inout [UInt8]
  ) throws(BatchError) {
    let flags = try readHeader(bytes, &position)
    let frameStart = output.count
    while true {
      let size = try read32(bytes, &position)
      if size == 0 { break }
      let length = Int(size & 0x7fff_ffff)
      guard length <= bytes.count - position else { throw Decompression.damaged("lz4") }
      let block = UnsafeRawBufferPointer(rebasing: bytes[position..<(position + length)])
      if size & 0x8000_0000 != 0 {
        output.append(contentsOf: block)
      } else {
        try decodeBlock(block, frameStart, &output)
      }
      guard output.count <= Decompression.limit else { throw Decompression.tooLarge }
      position += length
      if flags.hasBlockChecksum { _ = try read32(bytes, &position) }
    }
    if flags.hasContentChecksum { _ = try read32(bytes, &position) }
  }

  private static func readHeader(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(BatchError) -> Flags {
    guard try read32(bytes, &position) == magic, bytes.count - position >= 3 else { throw Decompression.damaged("lz4") }
    let flags = Flags(byte: bytes[position])
    guard flags.isVersion1, !flags.hasDictionary else { throw Decompression.damaged("lz4") }
    // Flags, block size, optional content size, header checksum.
    position += 2 + (flags.hasContentSize ? 8 : 0) + 1
    return flags
  }

  private static func read32(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(BatchError) -> UInt32 {
    guard position >= 0, bytes.count - position >= 4 else { throw Decompression.damaged("lz4") }
    defer { position += 4 }
    return UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
  }

  /// Sequences of literals and matches; the last has literals only.
  private static func decodeBlock(
    _ block: UnsafeRawBufferPointer, _ frameStart: Int, _ output: inout [UInt8]
  ) throws(BatchError) {
    var position = 0
    while position < block.count {
      let token = Int(block[position])
      position += 1
      guard let literals = readLength(block, &position, token >> 4), literals <= block.count - position else {
        throw Decompression.damaged("lz4")
      }
      output.append(contentsOf: block[position..<(position + literals)])
      position += literals
      if position == block.count { return }
      guard block.count - position >= 2 else { throw Decompression.damaged("lz4") }
      let distance = Int(block[position]) | Int(block[position + 1]) << 8
      position += 2
      guard let match = readLength(block, &position, token & 15), distance > 0, distance <= output.count - frameStart,
        match <= Decompression.limit - output.count
      else { throw Decompression.damaged("lz4") }
      BackReference.copy(&output, distance, match + 4)
    }
  }

  /// Four bits, and where they are all set, bytes to add until one is not 255.
  private static func readLength(_ block: UnsafeRawBufferPointer, _ position: inout Int, _ nibble: Int) -> Int? {
    guard nibble == 15 else { return nibble }
    var length = 15
    while position < block.count {
      let byte = Int(block[position])
      position += 1
      length += byte
      if byte != 255 { return length }
    }
    return nil
  }
}
