import Columns

extension AvroMachine {
  /// A string's code. Strings of up to 16 bytes are found by comparing two words, without hashing bytes.
  @inline(__always)
  func string(_ cursor: inout AvroCursor, _ lane: UnsafeMutablePointer<AvroLane>) -> Int32 {
    let length = cursor.length()
    guard length <= 16, cursor.remaining >= 16, let cache = lane.pointee.cache else {
      let (code, after) = slowString(length, cursor, lane)
      cursor = after
      return code
    }
    let first = UInt64(littleEndian: cursor.position.loadUnaligned(as: UInt64.self))
    let second = UInt64(littleEndian: cursor.position.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    // Smart shifts: 64 and more give 0, so a whole word keeps all its bits and an absent one none. No branch on the length.
    let low = first & ~(~0 << UInt64(length * 8))
    let high = second & ~(~0 << UInt64(max(0, length - 8) * 8))
    let slot = AvroStringCacheEntry.slot(low, high)
    if let code = (cache + slot).pointee.code(low, high, length) ?? (cache + (slot ^ 1)).pointee.code(low, high, length) {
      cursor.position += length
      return code
    }
    let (code, after) = slowString(length, cursor, lane)
    cursor = after
    if cursor.status == .complete {
      // The older of the two moves to the neighbour, so that two strings can share a slot.
      cache[slot ^ 1] = cache[slot]
      cache[slot] = AvroStringCacheEntry(low: low, high: high, length: Int32(length), codePlusOne: code + 1)
    }
    return code
  }

  @inline(never)
  private func slowString(
    _ length: Int, _ start: AvroCursor, _ lane: UnsafeMutablePointer<AvroLane>
  ) -> (Int32, AvroCursor) {
    guard start.status == .complete, let dictionary = lane.pointee.dictionary else { return (0, start) }
    var cursor = start
    let bytes = UnsafeRawBufferPointer(start: cursor.position, count: length)
    guard Self.isUTF8(bytes) else { return (0, cursor.failed(.utf8)) }
    cursor.position += length
    return (dictionary._withUnsafeGuaranteedRef { $0.code(of: bytes) }, cursor)
  }

  private static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
  }
}
