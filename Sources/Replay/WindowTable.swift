/// One key with its window, as it lies in a topic.
struct WindowKey: Hashable, Comparable {
  /// The key's bytes before the window.
  var key: [UInt8]
  /// Milliseconds since the epoch.
  var start: Int64

  /// Nil for bytes that are too short to carry a window.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= 8 else { return nil }
    key = Array(bytes.dropLast(8))
    start = Int64(bitPattern: bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
  }

  static func < (a: Self, b: Self) -> Bool {
    a.start == b.start ? a.key.lexicographicallyPrecedes(b.key) : a.start < b.start
  }
}

/// The values of each window in a topic, as one hash each. Pure.
struct WindowTable {
  private(set) var hashes: [WindowKey: UInt64] = [:]

  /// Adds what was sent for a window; several values of one are told apart by their order.
  mutating func add(_ key: WindowKey, _ value: UnsafeRawBufferPointer?) {
    var hash = hashes[key] ?? FNV.offset
    hash = FNV.hash(value?.count ?? -1, FNV.hash(value, hash))
    hashes[key] = hash
  }
}

/// Fowler–Noll–Vo 1a with 64 bits: the same in every process, so that hashes can be compared between runs.
enum FNV {
  static let offset: UInt64 = 0xcbf2_9ce4_8422_2325
  private static let prime: UInt64 = 0x0000_0100_0000_01b3

  static func hash(_ bytes: UnsafeRawBufferPointer?, _ start: UInt64 = offset) -> UInt64 {
    var hash = start
    for byte in bytes ?? UnsafeRawBufferPointer(start: nil, count: 0) { hash = (hash ^ UInt64(byte)) &* prime }
    return hash
  }

  static func hash(_ number: Int, _ start: UInt64) -> UInt64 { withUnsafeBytes(of: number.littleEndian) { hash($0, start) } }

  static func hash(_ number: UInt64, _ start: UInt64) -> UInt64 { withUnsafeBytes(of: number.littleEndian) { hash($0, start) } }
}

/// Compares what was published with what the log makes. Pure.
struct WindowComparison {
  private(set) var topic: ReplayReport.Topic
  private(set) var wrong: [(key: WindowKey, kind: ReplayReport.Kind)] = []

  /// - Parameters:
  ///   - closedBefore: windows that start at or after it (milliseconds) may be open: they are judged only where they agree.
  init(_ name: String, live: WindowTable, replayed: WindowTable, closedBefore: Int64) {
    topic = ReplayReport.Topic(name: name, liveHash: FNV.offset, replayedHash: FNV.offset)
    for key in Set(live.hashes.keys).union(replayed.hashes.keys).sorted() {
      let (old, new) = (live.hashes[key], replayed.hashes[key])
      if old != new, key.start >= closedBefore {
        topic.open += 1
        continue
      }
      if let old { topic.liveHash = Self.mixed(topic.liveHash, key, old) }
      if let new { topic.replayedHash = Self.mixed(topic.replayedHash, key, new) }
      if old == new {
        topic.equal += 1
      } else {
        topic.differing += 1
        wrong.append((key, old == nil ? .missing : new == nil ? .unfounded : .differs))
      }
    }
  }

  private static func mixed(_ hash: UInt64, _ key: WindowKey, _ value: UInt64) -> UInt64 {
    let named = key.key.withUnsafeBytes { FNV.hash($0, hash) }
    return FNV.hash(value, FNV.hash(UInt64(bitPattern: key.start), named))
  }
}
