/// INT32 and INT64, widened to 64 bits.
struct IntegerCodec: FixedCodec {
  let is32: Bool

  func decode(_ bytes: UnsafeRawBufferPointer, count: Int, encoding: ParquetEncoding, _ body: (Int64) -> Void) throws {
    switch encoding {
    case .plain:
      try FixedDecoding.check(bytes, count, is32 ? 4 : 8)
      if is32 {
        for i in 0..<count { body(Int64(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: i * 4, as: Int32.self)))) }
      } else {
        for i in 0..<count { body(Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: i * 8, as: Int64.self))) }
      }
    case .deltaBinaryPacked: try DeltaBinaryPacked.decode(bytes, count: count, is32: is32) { body($0) }
    case .byteStreamSplit:
      try FixedDecoding.split(bytes, count, width: is32 ? 4 : 8) { byte in
        var value: UInt64 = 0
        for k in 0..<(is32 ? 4 : 8) { value |= UInt64(byte(k)) << UInt64(8 * k) }
        body(is32 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value))
      }
    default: throw UnsupportedEncoding(encoding: encoding)
    }
  }
}

/// INT64 decimals of a precision that takes the 128-bit lane.
struct WideCodec: FixedCodec {
  func decode(_ bytes: UnsafeRawBufferPointer, count: Int, encoding: ParquetEncoding, _ body: (Int128) -> Void) throws {
    try IntegerCodec(is32: false).decode(bytes, count: count, encoding: encoding) { body(Int128($0)) }
  }
}

struct DoubleCodec: FixedCodec {
  func decode(_ bytes: UnsafeRawBufferPointer, count: Int, encoding: ParquetEncoding, _ body: (Double) -> Void) throws {
    guard encoding == .plain || encoding == .byteStreamSplit else { throw UnsupportedEncoding(encoding: encoding) }
    try IntegerCodec(is32: false).decode(bytes, count: count, encoding: encoding) { body(Double(bitPattern: UInt64(bitPattern: $0))) }
  }
}

/// Fixed-length big-endian two's complement of 1…16 bytes.
struct BigEndianCodec<Value: FixedWidthInteger>: FixedCodec {
  let width: Int

  func decode(_ bytes: UnsafeRawBufferPointer, count: Int, encoding: ParquetEncoding, _ body: (Value) -> Void) throws {
    switch encoding {
    case .plain:
      try FixedDecoding.check(bytes, count, width)
      for i in 0..<count { body(try value { bytes[i * width + $0] }) }
    case .byteStreamSplit:
      try FixedDecoding.split(bytes, count, width: width) { byte in body(try value(byte)) }
    default: throw UnsupportedEncoding(encoding: encoding)
    }
  }

  private func value(_ byte: (Int) -> UInt8) throws -> Value {
    var wide: Int128 = Int8(bitPattern: byte(0)) < 0 ? -1 : 0
    for k in 0..<width { wide = wide << 8 | Int128(byte(k)) }
    guard let value = Value(exactly: wide) else { throw ParquetError.corrupt("A decimal exceeds the precision of its column") }
    return value
  }
}

enum FixedDecoding {
  static func check(_ bytes: UnsafeRawBufferPointer, _ count: Int, _ width: Int) throws {
    guard bytes.count / width >= count else { throw ParquetError.corrupt("The values of a page end too early") }
  }

  /// Calls `body` for each value with access to its bytes in storage order.
  static func split(_ bytes: UnsafeRawBufferPointer, _ count: Int, width: Int, _ body: ((Int) -> UInt8) throws -> Void) throws {
    guard bytes.count % width == 0, bytes.count / width >= count else { throw ParquetError.corrupt("A split page has the wrong size") }
    let stride = bytes.count / width
    for i in 0..<count { try body { bytes[$0 * stride + i] } }
  }
}
