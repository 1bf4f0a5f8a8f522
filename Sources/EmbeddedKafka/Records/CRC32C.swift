/// CRC-32C (Castagnoli polynomial 0x1EDC6F41, reflected), eight bytes a step by eight tables.
enum CRC32C {
  /// Eight tables of 256 entries, one after the other.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0x82f6_3b78 : crc >> 1 }
      tables[byte] = crc
    }
    for index in 256..<(8 * 256) {
      let previous = tables[index - 256]
      tables[index] = (previous >> 8) ^ tables[Int(previous & 0xff)]
    }
    return tables
  }()

  static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    ~update(~0, bytes)
  }

  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBytes { checksum($0) }
  }

  /// Goes on from a raw register (start with all ones, invert at the end), so that parts may be summed one after the other.
  static func update(_ register: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
    guard let base = bytes.baseAddress else { return register }
    return tables.withUnsafeBufferPointer { table in
      guard let table = table.baseAddress else { return register }
      return update(register, base, bytes.count, table)
    }
  }

  private static func update(
    _ register: UInt32, _ start: UnsafeRawPointer, _ count: Int, _ table: UnsafePointer<UInt32>
  ) -> UInt32 {
    var crc = register
    var pointer = start
    let wordsEnd = start + (count & ~7)
    while pointer < wordsEnd {
      let word = UInt64(littleEndian: pointer.loadUnaligned(as: UInt64.self)) ^ UInt64(crc)
      let low =
        table[1792 + Int(word & 0xff)] ^ table[1536 + Int((word >> 8) & 0xff)]
        ^ table[1280 + Int((word >> 16) & 0xff)] ^ table[1024 + Int((word >> 24) & 0xff)]
      let high =
        table[768 + Int((word >> 32) & 0xff)] ^ table[512 + Int((word >> 40) & 0xff)]
        ^ table[256 + Int((word >> 48) & 0xff)] ^ table[Int(word >> 56)]
      crc = low ^ high
      pointer += 8
    }
    let end = start + count
    while pointer < end {
      crc = (crc >> 8) ^ table[Int((crc ^ UInt32(pointer.load(as: UInt8.self))) & 0xff)]
      pointer += 1
    }
    return crc
  }
}
