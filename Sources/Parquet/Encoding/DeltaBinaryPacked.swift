/// DELTA_BINARY_PACKED (Encodings.md, 5): blocks of 128 differences in four groups of 32, each group with its own bit width.
enum DeltaBinaryPacked {
  private static let block = 128
  private static let group = 32

  /// Appends `count` values. With `is32`, values are those of an INT32 column and differences wrap at 32 bits.
  static func encode(_ values: UnsafePointer<Int64>, count: Int, is32: Bool, into out: ByteBuffer) {
    out.appendVarint(UInt64(block))
    out.appendVarint(UInt64(block / group))
    out.appendVarint(UInt64(count))
    out.appendZigZag(count > 0 ? values[0] : 0)
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: block) { scratch in
      guard let deltas = scratch.baseAddress else { return }
      var start = 1
      while start < count {
        let length = min(block, count - start)
        difference(values + start, deltas, length, is32)
        appendBlock(deltas, length, into: out)
        start += length
      }
    }
  }

  @inline(__always)
  private static func difference(_ values: UnsafePointer<Int64>, _ deltas: UnsafeMutablePointer<Int64>, _ n: Int, _ is32: Bool) {
    if is32 {
      for i in 0..<n { deltas[i] = Int64(Int32(truncatingIfNeeded: values[i] &- values[i - 1])) }
    } else {
      for i in 0..<n { deltas[i] = values[i] &- values[i - 1] }
    }
  }

  private static func appendBlock(_ deltas: UnsafeMutablePointer<Int64>, _ length: Int, into out: ByteBuffer) {
    var least = Int64.max
    for i in 0..<length { least = min(least, deltas[i]) }
    out.appendZigZag(least)
    // Padding of the last group counts as difference 0 above the least.
    let groups = (length + group - 1) / group
    for i in 0..<length { deltas[i] = deltas[i] &- least }
    for i in length..<max(length, groups * group) { deltas[i] = 0 }
    let widths = out.count
    out.append(repeating: 0, count: block / group)
    for g in 0..<groups {
      let first = UnsafePointer(deltas + g * group)
      var bits: Int64 = 0
      for i in 0..<group { bits |= first[i] }
      let width = Int64.bitWidth - bits.leadingZeroBitCount
      out.base[widths + g] = UInt8(width)
      if width > 0 { BitPacking.pack(first, count: group, width: width, into: out) }
    }
  }

  /// Decodes exactly `count` values into `body`; returns the number of bytes read. With `is32`, sums wrap at 32 bits.
  @discardableResult
  @inline(__always)
  static func decode(
    _ bytes: UnsafeRawBufferPointer, count: Int, is32: Bool, _ body: (Int64) throws -> Void
  ) throws -> Int {
    var cursor = ByteCursor(bytes)
    let blockSize = try cursor.length()
    let groups = try cursor.length()
    let total = try cursor.length()
    var value = try cursor.zigZag()
    guard groups > 0, groups <= 4096, blockSize > 0, blockSize <= 1 << 20, blockSize % groups == 0, (blockSize / groups) % 8 == 0
    else { throw ParquetError.corrupt("A delta header is invalid") }
    guard total == count else { throw ParquetError.corrupt("A delta page holds another number of values than its header says") }
    guard total > 0 else { return cursor.position }
    try body(value)
    var left = total - 1
    while left > 0 {
      let least = try cursor.zigZag()
      let widths = try cursor.take(groups)
      for g in 0..<groups where left > 0 {
        let width = Int(widths[g])
        guard width <= 64 else { throw ParquetError.corrupt("A delta bit width is larger than 64") }
        let size = blockSize / groups
        let length = min(size, left)
        try BitPacking.unpack(try cursor.take(size * width / 8), count: length, width: width) { packed in
          value = value &+ least &+ Int64(bitPattern: packed)
          if is32 { value = Int64(Int32(truncatingIfNeeded: value)) }
          try body(value)
        }
        left -= length
      }
    }
    return cursor.position
  }
}
