/// INT32 and INT64, widened to 64 bits.
struct IntegerCodec: FixedCodec {
  let is32: Bool

  func decode(_ bytes: UnsafeRawBufferPointer, count: Int, encoding: ParquetEncoding, into values: inout [Int64]) throws {
    switch encoding {
    case .plain:
      try FixedDecoding.check(bytes, count, is32 ? 4 : 8)
      if is32 {
        for i in 0..<count {
          values.append(Int64(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: i * 4, as: Int32.self))))
        }
      } else {
        for i in 0..<count { values.append(Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: i * 8, as: Int64.self))) }
      }
    case .deltaBinaryPacked: try DeltaBinaryPacked.decode(bytes, count: count, is32: is32) { values.append($0) }
    case .byteStreamSplit:
      let width = is32 ? 4 : 8
      try FixedDecoding.split(bytes, count, width: width) { byte in
        var value: UInt64 = 0
        for k in 0..<width { value |= UInt64(byte(k)) << UInt64(8 * k) }
        values.append(is32 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value))
      }
    default: throw UnsupportedEncoding(encoding: encoding)
    }
  }
}

struct DoubleCodec: FixedCodec {
  func decode(_ bytes: UnsafeRawBufferPointer, count: Int, encoding: ParquetEncoding, into values: inout [Double]) throws {
    guard encoding == .plain || encoding == .byteStreamSplit else { throw UnsupportedEncoding(encoding: encoding) }
    var bits: [Int64] = []
    try IntegerCodec(is32: false).decode(bytes, count: count, encoding: encoding, into: &bits)
    for value in bits { values.append(Double(bitPattern: UInt64(bitPattern: value))) }
  }
}

/// Fixed-length big-endian two's complement of 1…16 bytes.
struct BigEndianCodec<Value: FixedWidthInteger & BitwiseCopyable>: FixedCodec {
  let width: Int

  @specialized(where Value == Int64)
  @specialized(where Value == Int128)
  func decode(_ bytes: UnsafeRawBufferPointer, count: Int, encoding: ParquetEncoding, into values: inout [Value]) throws {
    switch encoding {
    case .plain:
      try FixedDecoding.check(bytes, count, width)
      for i in 0..<count { values.append(try value { bytes[i * width + $0] }) }
    case .byteStreamSplit:
      try FixedDecoding.split(bytes, count, width: width) { byte in values.append(try value(byte)) }
    default: throw UnsupportedEncoding(encoding: encoding)
    }
  }

  @inline(__always)
  private func value(_ byte: (Int) -> UInt8) throws -> Value {
    // Two words: shifting 128 bits byte by byte costs several times as much.
    var high: UInt64 = Int8(bitPattern: byte(0)) < 0 ? .max : 0
    var low = high
    for k in 0..<width {
      high = high << 8 | low >> 56
      low = low << 8 | UInt64(byte(k))
    }
    let wide = Int128(Int64(bitPattern: high)) << 64 | Int128(low)
    guard let value = Value(exactly: wide) else { throw ParquetError.corrupt("A decimal exceeds the precision of its column") }
    return value
  }
}

enum FixedDecoding {
  static func check(_ bytes: UnsafeRawBufferPointer, _ count: Int, _ width: Int) throws {
    guard bytes.count / width >= count else { throw ParquetError.corrupt("The values of a page end too early") }
  }

  /// Calls `body` for each value with access to its bytes in storage order.
  @inline(__always)
  static func split(_ bytes: UnsafeRawBufferPointer, _ count: Int, width: Int, _ body: ((Int) -> UInt8) throws -> Void) throws {
    guard bytes.count % width == 0, bytes.count / width >= count else {
      throw ParquetError.corrupt("A split page has the wrong size")
    }
    let stride = bytes.count / width
    for i in 0..<count { try body { bytes[$0 * stride + i] } }
  }
}
