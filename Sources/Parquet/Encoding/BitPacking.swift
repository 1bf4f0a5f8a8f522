/// Values of `width` bits (0…64) packed end to end, least significant bit first (Encodings.md, "RLE/bit-packing hybrid").
enum BitPacking {
  /// The bits needed to tell apart `count` codes; at least 1, because some readers mishandle width 0.
  static func width(ofCodes count: Int) -> Int { max(1, Int.bitWidth - (max(count, 1) - 1).leadingZeroBitCount) }

  /// Appends `count` values; the last byte is padded with zero bits. Bits above `width` must be zero.
  @inline(__always)
  static func pack<T: FixedWidthInteger & BitwiseCopyable>(
    _ values: UnsafePointer<T>, count: Int, width: Int, into out: ByteBuffer
  ) {
    let size = (count * width + 7) / 8
    out.reserve(size + 16)
    var target = UnsafeMutableRawPointer(out.base + out.count)
    var pending: UInt64 = 0
    var filled = 0
    for i in 0..<count {
      let value = UInt64(truncatingIfNeeded: values[i])
      pending |= value &<< UInt64(filled)
      let total = filled &+ width
      if total >= 64 {
        target.storeBytes(of: pending.littleEndian, as: UInt64.self)
        target += 8
        pending = total == 64 ? 0 : value &>> UInt64(64 &- filled)
        filled = total &- 64
      } else {
        filled = total
      }
    }
    if filled > 0 { target.storeBytes(of: pending.littleEndian, as: UInt64.self) }
    out.count += size
  }

  /// Calls `body` with each of `count` values. `bytes` must hold them all (checked).
  @inline(__always)
  static func unpack(
    _ bytes: UnsafeRawBufferPointer, count: Int, width: Int, _ body: (UInt64) throws -> Void
  ) throws {
    guard width >= 0, width <= 64, count >= 0, bytes.count >= (count * width + 7) / 8 else {
      throw ParquetError.corrupt("Bit-packed values end too early")
    }
    let mask: UInt64 = width == 64 ? .max : (1 << UInt64(width)) - 1
    for i in 0..<count {
      let bit = i * width
      let start = bit >> 3
      let shift = UInt64(bit & 7)
      let (low, high) = window(bytes, start)
      let value = shift == 0 ? low : low >> shift | high << (64 - shift)
      try body(value & mask)
    }
  }

  /// The 8 bytes from `start` and the byte after them, zero beyond the end.
  @inline(__always)
  private static func window(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> (UInt64, UInt64) {
    if start + 9 <= bytes.count {
      return (UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)), UInt64(bytes[start + 8]))
    }
    var low: UInt64 = 0
    for k in 0..<8 where start + k < bytes.count { low |= UInt64(bytes[start + k]) << UInt64(8 * k) }
    return (low, 0)
  }
}
