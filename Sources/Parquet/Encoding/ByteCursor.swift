/// Reads forward through borrowed bytes; every read is checked against the end.
struct ByteCursor {
  let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var remaining: Int { bytes.count - position }

  mutating func byte() throws -> UInt8 {
    guard position < bytes.count else { throw Self.ended }
    defer { position += 1 }
    return bytes[position]
  }

  /// The next `count` bytes, borrowed.
  mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count >= 0, count <= remaining else { throw Self.ended }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  /// All that is left, borrowed.
  mutating func rest() -> UnsafeRawBufferPointer {
    defer { position = bytes.count }
    return UnsafeRawBufferPointer(rebasing: bytes[position...])
  }

  mutating func littleEndian<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws -> T {
    let raw = try take(MemoryLayout<T>.size)
    return T(littleEndian: raw.loadUnaligned(as: T.self))
  }

  mutating func varint() throws -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = try byte()
      guard shift < 63 || next <= 1 else { throw ParquetError.corrupt("A number is longer than 64 bits") }
      value |= UInt64(next & 0x7f) << shift
      if next < 0x80 { return value }
      shift += 7
      guard shift <= 63 else { throw ParquetError.corrupt("A number is longer than 64 bits") }
    }
  }

  mutating func zigZag() throws -> Int64 {
    let raw = try varint()
    return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  /// A varint that counts something in memory.
  mutating func length() throws -> Int {
    let value = try varint()
    guard value <= UInt64(Int32.max) else { throw ParquetError.corrupt("A length is larger than 2 GB") }
    return Int(value)
  }

  private static var ended: ParquetError { ParquetError.corrupt("The data ends too early") }
}
