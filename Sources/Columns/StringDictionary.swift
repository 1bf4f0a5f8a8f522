/// Interns byte strings: each distinct string gets the next code, starting at 0, and keeps it.
///
/// Codes let windows group, filters compare and Parquet write dictionaries without touching the text again.
/// Owned by one thread at a time; it is a class so that the batches of one decoder share it.
public final class StringDictionary {
  private var table: [Int32]
  private var mask: Int
  private var ends: [Int] = []
  private var storage: [UInt8] = []
  private var hashes: [UInt64] = []

  public init() {
    table = [Int32](repeating: -1, count: 64)
    mask = 63
  }

  /// The number of distinct strings.
  public var count: Int { ends.count }

  /// The code of `bytes`, interned if it is new.
  @inlinable
  public func code(of string: String) -> Int32 {
    var string = string
    return string.withUTF8 { code(of: UnsafeRawBufferPointer($0)) }
  }

  /// The code of `bytes`, interned if it is new. The bytes are copied.
  public func code(of bytes: UnsafeRawBufferPointer) -> Int32 {
    let hash = Self.hash(bytes)
    var slot = Int(truncatingIfNeeded: hash) & mask
    while true {
      let code = table[slot]
      if code < 0 { return insert(bytes, hash, slot) }
      if hashes[Int(code)] == hash, equals(Int(code), bytes) { return code }
      slot = (slot + 1) & mask
    }
  }

  /// The code of `string` if it has been interned, otherwise nil.
  public func find(_ string: String) -> Int32? {
    var string = string
    return string.withUTF8 { utf8 -> Int32? in
      let bytes = UnsafeRawBufferPointer(utf8)
      let hash = Self.hash(bytes)
      var slot = Int(truncatingIfNeeded: hash) & mask
      while true {
        let code = table[slot]
        if code < 0 { return nil }
        if hashes[Int(code)] == hash, equals(Int(code), bytes) { return code }
        slot = (slot + 1) & mask
      }
    }
  }

  /// The text of a code handed out by this dictionary. Invalid UTF-8 is shown with replacement characters.
  public func string(_ code: Int32) -> String {
    withBytes(code) { String(decoding: $0, as: UTF8.self) }
  }

  /// The bytes of a code handed out by this dictionary, valid during `body` only.
  public func withBytes<R>(_ code: Int32, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    let index = Int(code)
    let start = index == 0 ? 0 : ends[index - 1]
    return try storage.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[start..<ends[index]])) }
  }

  private func equals(_ index: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
    let start = index == 0 ? 0 : ends[index - 1]
    let length = ends[index] - start
    guard length == bytes.count else { return false }
    return storage.withUnsafeBytes { own in
      for i in 0..<length where own[start + i] != bytes[i] { return false }
      return true
    }
  }

  private func insert(_ bytes: UnsafeRawBufferPointer, _ hash: UInt64, _ slot: Int) -> Int32 {
    let code = Int32(ends.count)
    storage.append(contentsOf: bytes)
    ends.append(storage.count)
    hashes.append(hash)
    table[slot] = code
    if ends.count * 2 > table.count { grow() }
    return code
  }

  private func grow() {
    mask = table.count * 2 - 1
    table = [Int32](repeating: -1, count: mask + 1)
    for (code, hash) in hashes.enumerated() {
      var slot = Int(truncatingIfNeeded: hash) & mask
      while table[slot] >= 0 { slot = (slot + 1) & mask }
      table[slot] = Int32(code)
    }
  }

  // FNV-1a with a final mix: strings here are short (symbols, venues), so a byte loop beats a block hash.
  private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var h: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { h = (h ^ UInt64(byte)) &* 0x100_0000_01b3 }
    h ^= h >> 32
    return h &* 0x9e37_79b9_7f4a_7c15 >> 7
  }
}
