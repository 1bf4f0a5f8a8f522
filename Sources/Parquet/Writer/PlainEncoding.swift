/// PLAIN and BYTE_STREAM_SPLIT of fixed-width values (Encodings.md, 0 and 9).
enum FixedEncoding {
  /// PLAIN little-endian values of 4 or 8 bytes.
  static func plain(_ values: UnsafePointer<Int64>, count: Int, width: Int, into out: ByteBuffer) {
    out.reserve(count * width)
    let target = UnsafeMutableRawPointer(out.base + out.count)
    if width == 4 {
      for i in 0..<count {
        target.storeBytes(of: Int32(truncatingIfNeeded: values[i]).littleEndian, toByteOffset: i &* 4, as: Int32.self)
      }
    } else {
      for i in 0..<count { target.storeBytes(of: values[i].littleEndian, toByteOffset: i &* 8, as: Int64.self) }
    }
    out.count += count * width
  }

  /// PLAIN big-endian two's complement of `width` bytes (9…16).
  static func plain(_ values: UnsafePointer<Int128>, count: Int, width: Int, into out: ByteBuffer) {
    out.reserve(count * width + 16)
    let target = UnsafeMutableRawPointer(out.base + out.count)
    let shift = UInt64(8 * (16 - width))
    for i in 0..<count {
      // The high word, moved so that its last kept byte comes first, then the low word over what remains.
      let high = UInt64(bitPattern: Int64(truncatingIfNeeded: values[i] >> 64)) << shift
      let low = UInt64(truncatingIfNeeded: values[i])
      target.storeBytes(of: high.bigEndian, toByteOffset: i &* width, as: UInt64.self)
      target.storeBytes(of: low.bigEndian, toByteOffset: i &* width &+ width &- 8, as: UInt64.self)
    }
    out.count += count * width
  }

  /// Byte `k` of every value, for each `k` in storage order (little-endian).
  static func split(_ values: UnsafePointer<Int64>, count: Int, width: Int, into out: ByteBuffer) {
    out.reserve(count * width)
    var target = out.base + out.count
    for k in 0..<width {
      let shift = Int64(8 * k)
      for i in 0..<count { target[i] = UInt8(truncatingIfNeeded: values[i] &>> shift) }
      target += count
    }
    out.count += count * width
  }

  /// Byte `k` of every value, for each `k` in storage order (big-endian).
  static func split(_ values: UnsafePointer<Int128>, count: Int, width: Int, into out: ByteBuffer) {
    out.reserve(count * width)
    var target = out.base + out.count
    let words = UnsafeRawPointer(values)
    for k in 0..<width {
      // Int128 lies little-endian in memory on every platform Swift runs on.
      let byte = words + (width - 1 - k)
      for i in 0..<count { target[i] = byte.load(fromByteOffset: i &* 16, as: UInt8.self) }
      target += count
    }
    out.count += count * width
  }
}
