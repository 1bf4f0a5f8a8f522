#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Codes for distinct byte strings of one chunk, in order of first appearance, with direct access to the bytes.
final class BytesDictionary {
  /// All entries end to end.
  let data = ByteBuffer(capacity: 4096)
  private let ends = Buffer<Int>(capacity: 256)
  private let hashes = Buffer<UInt64>(capacity: 256)
  private var table: UnsafeMutablePointer<Int32>
  private var size = 1024

  init() {
    table = .allocate(capacity: size)
    table.initialize(repeating: -1, count: size)
  }

  deinit { table.deallocate() }

  var count: Int { ends.count }

  /// Entry `code`, valid until the next entry is added.
  @inline(__always)
  subscript(code: Int) -> UnsafeRawBufferPointer {
    let start = code == 0 ? 0 : ends.base[code - 1]
    return UnsafeRawBufferPointer(start: data.base + start, count: ends.base[code] - start)
  }

  /// The code of `bytes`, new (and copied) if it has not been seen.
  func code(of bytes: UnsafeRawBufferPointer) -> Int32 {
    let hash = Self.hash(bytes)
    var slot = Int(truncatingIfNeeded: hash) & (size - 1)
    while true {
      let code = table[slot]
      if code < 0 { break }
      if hashes.base[Int(code)] == hash, ByteOrder.equal(self[Int(code)], bytes) { return code }
      slot = (slot + 1) & (size - 1)
    }
    let code = Int32(truncatingIfNeeded: count)
    data.append(bytes)
    ends.append(data.count)
    hashes.append(hash)
    table[slot] = code
    if count * 2 > size { grow() }
    return code
  }

  /// Forgets all entries and keeps the memory.
  func removeAll() {
    data.count = 0
    ends.count = 0
    hashes.count = 0
    table.update(repeating: -1, count: size)
  }

  private func grow() {
    table.deallocate()
    size *= 4
    table = .allocate(capacity: size)
    table.initialize(repeating: -1, count: size)
    for code in 0..<count {
      var slot = Int(truncatingIfNeeded: hashes.base[code]) & (size - 1)
      while table[slot] >= 0 { slot = (slot + 1) & (size - 1) }
      table[slot] = Int32(truncatingIfNeeded: code)
    }
  }

  // Eight bytes a step with a multiply and a fold; keys can be long (payloads, URLs).
  private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var h = UInt64(truncatingIfNeeded: bytes.count) &* 0x9e37_79b9_7f4a_7c15
    var i = 0
    while i + 8 <= bytes.count {
      h = (h ^ bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)) &* 0xff51_afd7_ed55_8ccd
      h ^= h >> 32
      i += 8
    }
    while i < bytes.count {
      h = (h ^ UInt64(bytes[i])) &* 0x100_0000_01b3
      i += 1
    }
    h ^= h >> 29
    h = h &* 0xc4ce_b9fe_1a85_ec53
    return h ^ (h >> 32)
  }
}

/// Byte strings compared as unsigned bytes, the order of strings in Parquet and Iceberg.
enum ByteOrder {
  static func equal(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    a.count == b.count && compare(a, b, a.count) == 0
  }

  static func precedes(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    let order = compare(a, b, min(a.count, b.count))
    return order < 0 || (order == 0 && a.count < b.count)
  }

  private static func compare(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer, _ count: Int) -> Int32 {
    guard let a = a.baseAddress, let b = b.baseAddress, count > 0 else { return 0 }
    return memcmp(a, b, count)
  }
}
