/// Snappy: raw blocks as librdkafka sends them, and the framing of xerial's snappy-java as Java clients send it.
enum SnappyDecoder {
  private static let xerialMagic: [UInt8] = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]

  static func decode(_ bytes: UnsafeRawBufferPointer) throws(BatchError) -> [UInt8] {
    var output: [UInt8] = []
    guard bytes.count >= 16, bytes[..<8].elementsEqual(xerialMagic) else {
      try decodeBlock(bytes, into: &output)
      return output
    }
    // After the magic come two version numbers, then blocks with a big-endian length each.
    var position = 16
    while position < bytes.count {
      guard bytes.count - position >= 4 else { throw Decompression.damaged("snappy") }
      let length = Int(bytes.bigEndian(position, as: UInt32.self))
      position += 4
      guard length <= bytes.count - position else { throw Decompression.damaged("snappy") }
      try decodeBlock(UnsafeRawBufferPointer(rebasing: bytes[position..<(position + length)]), into: &output)
      position += length
    }
    return output
  }

  /// One raw block: the uncompressed length, then literals and copies.
  private static func decodeBlock(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) throws(BatchError) {
    var position = 0
    guard let length = readLength(bytes, &position), length <= Decompression.limit - output.count else {
      throw Decompression.damaged("snappy")
    }
    // The format cannot shrink data by more than 64 bytes into 3.
    guard length <= bytes.count * 22 + 64 else { throw Decompression.damaged("snappy") }
    let start = output.count
    output.reserveCapacity(start + length)
    while position < bytes.count {
      guard let element = readElement(bytes, &position), output.count - start + element.length <= length else {
        throw Decompression.damaged("snappy")
      }
      if element.isLiteral {
        output.append(contentsOf: bytes[position..<(position + element.length)])
        position += element.length
      } else {
        guard element.distance > 0, element.distance <= output.count - start else { throw Decompression.damaged("snappy") }
        BackReference.copy(&output, element.distance, element.length)
      }
    }
    guard output.count - start == length else { throw Decompression.damaged("snappy") }
  }

  private struct Element {
    var isLiteral: Bool
    var length: Int
    var distance = 0
  }

  /// The tag byte's two low bits: literal, or a copy with an offset of 1, 2 or 4 bytes.
  private static func readElement(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Element? {
    let tag = Int(bytes[position])
    position += 1
    if tag & 3 == 0 { return readLiteral(bytes, &position, tag >> 2) }
    let width = tag & 3 == 1 ? 1 : (tag & 3 == 2 ? 2 : 4)
    guard let low = readLittleEndian(bytes, &position, width) else { return nil }
    if width == 1 { return Element(isLiteral: false, length: 4 + (tag >> 2) & 7, distance: (tag >> 5) << 8 | low) }
    return Element(isLiteral: false, length: 1 + tag >> 2, distance: low)
  }

  private static func readLiteral(_ bytes: UnsafeRawBufferPointer, _ position: inout Int, _ code: Int) -> Element? {
    var length = code + 1
    if code >= 60 {
      guard let long = readLittleEndian(bytes, &position, code - 59) else { return nil }
      length = long + 1
    }
    guard length <= bytes.count - position else { return nil }
    return Element(isLiteral: true, length: length)
  }

  private static func readLittleEndian(_ bytes: UnsafeRawBufferPointer, _ position: inout Int, _ width: Int) -> Int? {
    guard bytes.count - position >= width else { return nil }
    var value = 0
    for index in 0..<width { value |= Int(bytes[position + index]) << (8 * index) }
    position += width
    return value
  }

  private static func readLength(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Int? {
    var value = 0
    var shift = 0
    while position < bytes.count, shift < 35 {
      let byte = Int(bytes[position])
      position += 1
      value |= (byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}
