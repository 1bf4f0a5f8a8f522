import Columns

extension AvroMachine {
  /// A string's code. Strings of up to 16 bytes are found by comparing two words, without hashing bytes.
  @inline(__always)
  func string(_ cursor: inout AvroCursor, _ lane: UnsafeMutablePointer<AvroLane>) -> Int32 {
    let length = cursor.length()
    guard length <= 16, cursor.remaining >= 16, let cache = lane.pointee.cache else {
      return slowString(length, &cursor, lane)
    }
    let first = UInt64(littleEndian: cursor.position.loadUnaligned(as: UInt64.self))
    let second = UInt64(littleEndian: cursor.position.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    // Smart shifts: 64 and more give 0, so a whole word keeps all its bits.
    let low = first & ~(~0 << UInt64(length * 8))
    let high = length > 8 ? second & ~(~0 << UInt64((length - 8) * 8)) : 0
    let entry = cache + AvroStringCacheEntry.slot(low, high)
    if entry.pointee.low == low, entry.pointee.high == high, entry.pointee.length == Int32(length),
      entry.pointee.codePlusOne != 0
    {
      cursor.position += length
      return entry.pointee.codePlusOne - 1
    }
    let code = slowString(length, &cursor, lane)
    if cursor.status == .complete {
      entry.pointee = AvroStringCacheEntry(low: low, high: high, length: Int32(length), codePlusOne: code + 1)
    }
    return code
  }

  @inline(never)
  private func slowString(_ length: Int, _ cursor: inout AvroCursor, _ lane: UnsafeMutablePointer<AvroLane>) -> Int32 {
    guard cursor.status == .complete, let dictionary = lane.pointee.dictionary else { return 0 }
    let bytes = UnsafeRawBufferPointer(start: cursor.position, count: length)
    guard Self.isUTF8(bytes) else {
      cursor.status = .utf8
      return 0
    }
    cursor.position += length
    return dictionary._withUnsafeGuaranteedRef { $0.code(of: bytes) }
  }

  private static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
  }
}
