/// Stream time as a row sees it, and what it closes.
struct StreamClock {
  var streamTime: Int64
  /// Windows that end at or before this are closed.
  var closeTime: Int64
  let grace: Int64

  init(streamTime: Int64, frontier: Int64, grace: Int64) {
    self.streamTime = streamTime
    self.grace = grace
    closeTime = Swift.max(streamTime - grace, frontier)
  }

  /// A record's time counts before its own lateness is judged.
  @inline(__always)
  mutating func advance(to time: Int64) {
    streamTime = Swift.max(streamTime, time)
    closeTime = Swift.max(closeTime, streamTime &- grace)
  }
}

/// What happens to the rows of one batch on their way into windows.
struct BatchPass {
  /// Instead of a group: the row is not this query's.
  static let skipped: Int32 = -3

  var clock: StreamClock
  var late: [LateRow] = []
  var failed: [Int] = []
  private var nullKeys: [Int] = []

  init(streamTime: Int64, frontier: Int64, grace: Int64) {
    clock = StreamClock(streamTime: streamTime, frontier: frontier, grace: grace)
  }

  var streamTime: Int64 { clock.streamTime }

  mutating func note(_ row: Int, _ group: Int32) {
    if group == GroupIndex.null { nullKeys.append(row) }
    if group == GroupIndex.failed { failed.append(row) }
  }

  /// Whether the window at `start` had closed; if so that is recorded.
  mutating func isLate(_ row: Int, _ time: Int64, _ start: Int64, _ rule: WindowRule, _ clock: StreamClock) -> Bool {
    let end = rule.end(start)
    guard end <= clock.closeTime else { return false }
    // Windows close in the order of their ends: when the last is closed, all are.
    let isDropped = rule.lastEnd(time) <= clock.closeTime
    late.append(
      LateRow(
        row: row, windowStart: start, windowEnd: end, streamTime: clock.streamTime, lateness: clock.streamTime - time,
        isDropped: isDropped))
    return true
  }

  mutating func finish(
    _ rows: Int, isHopping: Bool, _ counted: inout QueryCounters, _ result: inout ProcessResult
  ) {
    if isHopping { late.sort { ($0.row, $0.windowStart) < ($1.row, $1.windowStart) } }
    var (dropped, previous) = (0, -1)
    for entry in late where entry.isDropped && entry.row != previous {
      dropped += 1
      previous = entry.row
    }
    counted.late += Int64(dropped)
    counted.nullKey += Int64(nullKeys.count)
    counted.overflow += Int64(failed.count)
    counted.aggregated += Int64(rows - dropped - nullKeys.count - failed.count)
    result.late = late
    result.nullKeys = nullKeys
    // Rows that WHERE failed come before; both are in order.
    result.failed = result.failed.isEmpty ? failed : (result.failed + failed).sorted()
  }
}

/// The window each group used last, per pass: most rows find theirs here, with one load and no hashing.
///
/// An entry counts only in the epoch it was made in. An epoch ends when changed windows are taken, so that a hit also says
/// "already marked as changed". Entries of closed windows are harmless: their windows are late.
struct WindowCache: ~Copyable {
  struct Entry {
    var start: Int64
    var slot: Int32
    var epoch: Int32
  }

  private(set) var entries: UnsafeMutablePointer<Entry>
  private var capacity: Int
  private let passes: Int
  private(set) var epoch: Int32 = 1

  init(passes: Int) {
    self.passes = passes
    capacity = 64
    entries = Self.allocate(64 * passes)
  }

  deinit { UnsafeMutableRawPointer(entries).deallocate() }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Entry> {
    let memory = LargeMemory.allocate(bytes: count * MemoryLayout<Entry>.stride)
    let entries = memory.bindMemory(to: Entry.self, capacity: count)
    entries.initialize(repeating: Entry(start: .min, slot: 0, epoch: 0), count: count)
    return entries
  }

  /// Makes room for `groups` groups.
  mutating func reserve(_ groups: Int) {
    guard groups > capacity else { return }
    let larger = Swift.max(groups, capacity + capacity / 2)
    let moved = Self.allocate(larger * passes)
    moved.update(from: entries, count: capacity * passes)
    UnsafeMutableRawPointer(entries).deallocate()
    entries = moved
    capacity = larger
  }

  /// Loads the entries of a chunk into the processor's caches; see `WindowStore.preload`.
  @inline(never)
  func preload(_ groups: UnsafeBufferPointer<Int32>, _ rows: Range<Int>, _ pass: Int) -> Int32 {
    guard capacity * passes > 1 << 13 else { return 0 }
    var sum: Int32 = 0
    for row in rows { sum &+= entries[Int(Swift.max(groups[row], 0)) &* passes &+ pass].slot }
    return sum
  }

  mutating func set(_ group: Int32, _ pass: Int, _ start: Int64, _ slot: Int32) {
    entries[Int(group) * passes + pass] = Entry(start: start, slot: slot, epoch: epoch)
  }

  mutating func startEpoch() {
    epoch &+= 1
    guard epoch == .max else { return }
    entries.update(repeating: Entry(start: .min, slot: 0, epoch: 0), count: capacity * passes)
    epoch = 1
  }
}
