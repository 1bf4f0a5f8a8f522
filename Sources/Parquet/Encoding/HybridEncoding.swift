/// The RLE / bit-packing hybrid of levels and dictionary codes (Encodings.md, RLE = 3), without its length prefix.
enum HybridEncoding {
  /// Appends `count` values of `width` bits (1…32) as runs where at least eight are equal, otherwise bit-packed in eights.
  @specialized(where T == Int32)
  @specialized(where T == UInt8)
  static func encode<T: FixedWidthInteger & BitwiseCopyable>(
    _ values: UnsafePointer<T>, count: Int, width: Int, into out: ByteBuffer
  ) {
    var literal = 0
    var i = 0
    while i < count {
      let value = values[i]
      var end = i + 1
      while end < count, values[end] == value { end += 1 }
      // A bit-packed run must hold whole groups of eight, so a run first completes the group before it.
      let borrowed = min((8 - (i - literal) % 8) % 8, end - i)
      if end - i - borrowed >= 8 {
        packed(values + literal, count: i + borrowed - literal, width: width, into: out)
        run(UInt64(truncatingIfNeeded: value), count: end - i - borrowed, width: width, into: out)
        literal = end
      }
      i = end
    }
    packed(values + literal, count: count - literal, width: width, into: out)
  }

  /// Appends one run of equal values.
  static func run(_ value: UInt64, count: Int, width: Int, into out: ByteBuffer) {
    out.appendVarint(UInt64(count) << 1)
    for k in 0..<(width + 7) / 8 { out.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * k))) }
  }

  @specialized(where T == Int32)
  @specialized(where T == UInt8)
  private static func packed<T: FixedWidthInteger & BitwiseCopyable>(
    _ values: UnsafePointer<T>, count: Int, width: Int, into out: ByteBuffer
  ) {
    guard count > 0 else { return }
    let groups = (count + 7) / 8
    out.appendVarint(UInt64(groups) << 1 | 1)
    let start = out.count
    BitPacking.pack(values, count: count, width: width, into: out)
    out.append(repeating: 0, count: start + groups * width - out.count)
  }

  /// Decodes exactly `count` values and hands each stretch to `body`: a value and how often it repeats.
  @inline(__always)
  static func decode(
    _ bytes: UnsafeRawBufferPointer, count: Int, width: Int, _ body: (UInt64, Int) throws -> Void
  ) throws {
    guard (0...32).contains(width) else { throw ParquetError.corrupt("A bit width is larger than 32") }
    var cursor = ByteCursor(bytes)
    var left = count
    while left > 0 {
      let header = try cursor.varint()
      guard header >> 1 <= UInt64(Int32.max) else { throw ParquetError.corrupt("A run is too long") }
      if header & 1 == 0 {
        let length = min(Int(header >> 1), left)
        guard length > 0 else { throw ParquetError.corrupt("A run is empty") }
        var value: UInt64 = 0
        for k in 0..<(width + 7) / 8 { value |= UInt64(try cursor.byte()) << UInt64(8 * k) }
        try body(value, length)
        left -= length
      } else {
        let groups = Int(header >> 1)
        guard groups > 0 else { throw ParquetError.corrupt("A run is empty") }
        let length = min(groups * 8, left)
        // Writers may cut the padding of the last group.
        let packed = try cursor.take(min(groups * width, cursor.remaining))
        try BitPacking.unpack(packed, count: length, width: width) { try body($0, 1) }
        left -= length
      }
    }
  }
}
