/// The open windows of one query and partition: a record of words per (group, window), addressed by a small slot number.
///
/// Records lie in one block so that all accumulators of a window share two or three cache lines; slots of closed windows
/// are used again. Slot 0 belongs to no window: rows that count nowhere are directed to it, which spares the kernels a
/// branch. The store is owned by its engine and used by one thread at a time.
struct WindowStore: ~Copyable {
  struct Flags: OptionSet {
    let rawValue: UInt8
    /// Changed since the last checkpoint.
    static let dirty = Flags(rawValue: 1)
    /// Changed since the last emission.
    static let touched = Flags(rawValue: 2)
    /// The changelog holds a value for it.
    static let persisted = Flags(rawValue: 4)
    /// The sink holds a row for it.
    static let emitted = Flags(rawValue: 8)
    static let open = Flags(rawValue: 16)
  }

  let stride: Int
  private let initial: [Int64]
  private(set) var words: UnsafeMutablePointer<Int64>
  private(set) var starts: [Int64] = [0]
  private(set) var groups: [Int32] = [0]
  var flags: [Flags] = [[]]
  /// The next slot with the same end, or the next free slot.
  private(set) var links: [Int32] = [0]
  /// NULL counters, `nullWidth` per slot; empty until the first NULL.
  private(set) var nulls: [Int64] = []
  let nullWidth: Int
  private var capacity = 64
  private var firstFree: Int32 = 0
  private var table = [Int32](repeating: 0, count: 256)
  private(set) var count = 0

  init(stride: Int, initial: [Int64], nullWidth: Int) {
    self.stride = stride
    self.initial = initial
    self.nullWidth = nullWidth
    words = Self.allocate(64 * stride)
    words.update(from: initial, count: stride)
  }

  deinit { UnsafeMutableRawPointer(words).deallocate() }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Int64> {
    let raw = LargeMemory.allocate(bytes: count * 8)
    let typed = raw.bindMemory(to: Int64.self, capacity: count)
    typed.initialize(repeating: 0, count: count)
    return typed
  }

  @inline(__always)
  private static func hash(_ group: Int32, _ start: Int64) -> Int {
    var h = UInt64(bitPattern: start) &* 0x9e37_79b9_7f4a_7c15
    h ^= UInt64(UInt32(bitPattern: group)) &* 0xd6e8_feb8_6659_fd93
    h ^= h >> 32
    return Int(truncatingIfNeeded: (h &* 0xd6e8_feb8_6659_fd93) >> 20)
  }

  /// Loads the records of `slots` into the processor's caches.
  ///
  /// Only worth it, and only done, when records outgrow those caches: plain loads without branches overlap, while the
  /// kernels' branches on what they load would make them wait for one record after the other. The result is of no meaning.
  @inline(never)
  func preload(_ slots: UnsafePointer<Int32>, _ count: Int) -> Int64 {
    guard starts.count * stride > 1 << 16 else { return 0 }
    var sum: Int64 = 0
    for word in Swift.stride(from: 0, to: stride, by: 8) {
      for i in 0..<count { sum &+= words[Int(slots[i]) &* stride &+ word] }
    }
    return sum
  }

  /// The slot of an open window, or 0.
  func find(_ group: Int32, _ start: Int64) -> Int32 {
    let mask = table.count - 1
    var cell = Self.hash(group, start) & mask
    while true {
      let slot = table[cell]
      if slot == 0 { return 0 }
      if groups[Int(slot)] == group, starts[Int(slot)] == start { return slot }
      cell = (cell + 1) & mask
    }
  }

  /// Opens a window that is not open yet. `next` is kept in `links`.
  mutating func open(_ group: Int32, _ start: Int64, next: Int32) -> Int32 {
    let slot = takeSlot()
    groups[Int(slot)] = group
    starts[Int(slot)] = start
    flags[Int(slot)] = .open
    links[Int(slot)] = next
    (words + Int(slot) * stride).update(from: initial, count: stride)
    if !nulls.isEmpty { for i in 0..<nullWidth { nulls[Int(slot) * nullWidth + i] = 0 } }
    count += 1
    if count * 2 > table.count { growTable() } else { insert(slot) }
    return slot
  }

  private mutating func takeSlot() -> Int32 {
    if firstFree != 0 {
      let slot = firstFree
      firstFree = links[Int(slot)]
      return slot
    }
    if starts.count == capacity { growRecords() }
    starts.append(0)
    groups.append(0)
    flags.append([])
    links.append(0)
    if !nulls.isEmpty { nulls.append(contentsOf: repeatElement(0, count: nullWidth)) }
    return Int32(starts.count - 1)
  }

  /// Closes a window; its slot may be handed out again.
  mutating func close(_ slot: Int32) {
    remove(slot)
    flags[Int(slot)] = []
    links[Int(slot)] = firstFree
    firstFree = slot
    count -= 1
  }

  /// Gives an open window another start.
  mutating func move(_ slot: Int32, to start: Int64) {
    remove(slot)
    starts[Int(slot)] = start
    insert(slot)
  }

  mutating func setLink(_ slot: Int32, _ next: Int32) { links[Int(slot)] = next }

  /// Adds the rows of `valid` that are false to counter `index` of their slots.
  mutating func countNulls(_ valid: [Bool], _ slots: UnsafePointer<Int32>, _ lower: Int, _ upper: Int, index: Int) {
    makeNullCounters()
    for row in lower..<upper where !valid[row] { nulls[Int(slots[row - lower]) * nullWidth + index] += 1 }
  }

  func nullCount(_ slot: Int32, _ index: Int) -> Int64 { nulls.isEmpty ? 0 : nulls[Int(slot) * nullWidth + index] }

  mutating func setNullCount(_ slot: Int32, _ index: Int, _ value: Int64) {
    if value == 0, nulls.isEmpty { return }
    makeNullCounters()
    nulls[Int(slot) * nullWidth + index] = value
  }

  private mutating func makeNullCounters() {
    if nulls.isEmpty { nulls = [Int64](repeating: 0, count: starts.count * nullWidth) }
  }

  private mutating func growRecords() {
    // A quarter at a time: doubling would leave half of the memory of many windows unused.
    let larger = capacity + Swift.max(64, capacity / 4)
    let moved = Self.allocate(larger * stride)
    moved.update(from: words, count: capacity * stride)
    UnsafeMutableRawPointer(words).deallocate()
    words = moved
    capacity = larger
    starts.reserveCapacity(larger)
    groups.reserveCapacity(larger)
    flags.reserveCapacity(larger)
    links.reserveCapacity(larger)
  }

  private mutating func insert(_ slot: Int32) {
    let mask = table.count - 1
    var cell = Self.hash(groups[Int(slot)], starts[Int(slot)]) & mask
    while table[cell] != 0 { cell = (cell + 1) & mask }
    table[cell] = slot
  }

  private mutating func growTable() {
    table = [Int32](repeating: 0, count: table.count * 2)
    for slot in 1..<starts.count where flags[slot].contains(.open) { insert(Int32(slot)) }
  }

  /// Linear probing without tombstones: entries behind the gap move up where that brings them closer to home.
  private mutating func remove(_ slot: Int32) {
    let mask = table.count - 1
    var gap = Self.hash(groups[Int(slot)], starts[Int(slot)]) & mask
    while table[gap] != slot { gap = (gap + 1) & mask }
    var cell = gap
    while true {
      cell = (cell + 1) & mask
      let other = table[cell]
      if other == 0 { break }
      let home = Self.hash(groups[Int(other)], starts[Int(other)]) & mask
      if (cell &- home) & mask >= (cell &- gap) & mask {
        table[gap] = other
        gap = cell
      }
    }
    table[gap] = 0
  }
}
