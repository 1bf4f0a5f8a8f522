import Columns
import Glibc

/// The memory of one column while rows are appended: raw buffers, so that a record costs no allocation and no reference count.
struct AvroLane {
  /// The values, `stride` bytes each; for byte strings the ends (`Int`).
  var values: UnsafeMutableRawPointer
  let stride: Int
  /// True in every row but those that are null.
  var validity: UnsafeMutablePointer<Bool>
  /// The byte strings themselves.
  var heap: UnsafeMutableRawPointer
  var heapCapacity: Int
  /// Unowned; the builder keeps it.
  let dictionary: Unmanaged<StringDictionary>?
  let cache: UnsafeMutablePointer<AvroStringCacheEntry>?
  /// One more than the largest magnitude of a decimal's unscaled value.
  let limit: Int128

  init(_ type: ColumnType, rows: Int, dictionary: StringDictionary?) {
    stride =
      switch type.lane {
      case .bool: 1
      case .codes: 4
      case .int64, .double, .bytes: 8
      case .int128: 16
      }
    values = .allocate(byteCount: rows * stride, alignment: 16)
    validity = .allocate(capacity: rows)
    validity.initialize(repeating: true, count: rows)
    heapCapacity = type.lane == .bytes ? 4096 : 1
    heap = .allocate(byteCount: heapCapacity, alignment: 1)
    self.dictionary = dictionary.map { .passUnretained($0) }
    cache = dictionary == nil ? nil : AvroStringCacheEntry.allocateTable()
    if case .decimal(let precision, _) = type { limit = DecimalPower.of(precision) } else { limit = 0 }
  }

  mutating func grow(from rows: Int, to wider: Int) {
    let newValues = UnsafeMutableRawPointer.allocate(byteCount: wider * stride, alignment: 16)
    newValues.copyMemory(from: values, byteCount: rows * stride)
    values.deallocate()
    values = newValues
    let newValidity = UnsafeMutablePointer<Bool>.allocate(capacity: wider)
    newValidity.initialize(repeating: true, count: wider)
    newValidity.update(from: validity, count: rows)
    validity.deallocate()
    validity = newValidity
  }

  /// Room for a byte string of `size` bytes behind the `used` ones.
  mutating func reserveHeap(used: Int, _ size: Int) {
    guard used + size > heapCapacity else { return }
    heapCapacity = max(heapCapacity * 2, used + size)
    let wider = UnsafeMutableRawPointer.allocate(byteCount: heapCapacity, alignment: 1)
    wider.copyMemory(from: heap, byteCount: used)
    heap.deallocate()
    heap = wider
  }

  func free() {
    values.deallocate()
    validity.deallocate()
    heap.deallocate()
    Glibc.free(cache)
  }
}

/// One slot of a small cache from strings of up to 16 bytes to their codes: exact, since it holds the whole string.
///
/// Venues and symbols repeat in nearly every record; comparing two words is cheaper than hashing bytes.
struct AvroStringCacheEntry {
  var low: UInt64
  var high: UInt64
  var length: Int32
  /// The code plus one; 0 in an empty slot.
  var codePlusOne: Int32

  static let slotBits: UInt64 = 14

  /// An empty table, to be released with `free`; nil when there is no memory, which costs speed only. Zeroed pages come from
  /// the system when first touched, so a column of few strings pays for few of them.
  static func allocateTable() -> UnsafeMutablePointer<AvroStringCacheEntry>? {
    calloc(1 << Int(slotBits), MemoryLayout<AvroStringCacheEntry>.stride)?
      .bindMemory(to: AvroStringCacheEntry.self, capacity: 1 << Int(slotBits))
  }

  /// The code, if this slot holds the string.
  @inline(__always)
  func code(_ low: UInt64, _ high: UInt64, _ length: Int) -> Int32? {
    let same = self.low == low && self.high == high && self.length == Int32(length) && codePlusOne != 0
    return same ? codePlusOne - 1 : nil
  }

  @inline(__always)
  static func slot(_ low: UInt64, _ high: UInt64) -> Int {
    let mixed = (low ^ (high &* 0x9fb2_1c65_1e98_df25)) &* 0x9e37_79b9_7f4a_7c15
    return Int(truncatingIfNeeded: mixed >> (64 - slotBits))
  }
}
