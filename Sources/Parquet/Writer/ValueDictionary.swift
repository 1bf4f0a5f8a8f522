/// Codes for distinct fixed-width values, in order of first appearance: open addressing, no allocation per value.
final class ValueDictionary<Value: FixedWidthInteger & BitwiseCopyable> {
  let values = Buffer<Value>(capacity: 1024)
  private var table: UnsafeMutablePointer<Int32>
  private var size = 4096

  init() {
    table = .allocate(capacity: size)
    table.initialize(repeating: -1, count: size)
  }

  deinit { table.deallocate() }

  /// The code of `value`, new if it has not been seen.
  @inline(__always)
  func code(of value: Value) -> Int32 {
    var slot = Self.hash(value) & (size &- 1)
    while true {
      let code = table[slot]
      if code < 0 { return insert(value, slot) }
      if values.base[Int(code)] == value { return code }
      slot = (slot &+ 1) & (size &- 1)
    }
  }

  /// Forgets all values and keeps the memory.
  func removeAll() {
    values.count = 0
    table.update(repeating: -1, count: size)
  }

  private func insert(_ value: Value, _ slot: Int) -> Int32 {
    let code = Int32(truncatingIfNeeded: values.count)
    values.append(value)
    table[slot] = code
    if values.count * 2 > size { grow() }
    return code
  }

  private func grow() {
    table.deallocate()
    size *= 4
    table = .allocate(capacity: size)
    table.initialize(repeating: -1, count: size)
    for i in 0..<values.count {
      var slot = Self.hash(values.base[i]) & (size - 1)
      while table[slot] >= 0 { slot = (slot + 1) & (size - 1) }
      table[slot] = Int32(truncatingIfNeeded: i)
    }
  }

  // Fibonacci hashing, folded: prices and ids differ in their low bits and share their high ones.
  @inline(__always)
  private static func hash(_ value: Value) -> Int {
    var h = UInt64(truncatingIfNeeded: value)
    if Value.bitWidth > 64 { h ^= UInt64(truncatingIfNeeded: value &>> 64) &* 0xff51_afd7_ed55_8ccd }
    h = h &* 0x9e37_79b9_7f4a_7c15
    return Int(truncatingIfNeeded: (h ^ (h >> 32)) & 0x7fff_ffff_ffff_ffff)
  }
}
