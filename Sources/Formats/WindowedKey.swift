import SQL

/// Keys of windowed tables, as Kafka Streams writes them: the key's own bytes and then its window.
public enum WindowedKey {
  /// A key taken apart. Times in milliseconds.
  public struct Parts: Hashable, Sendable {
    public var key: [UInt8]
    public var start: Int64
    /// Of sessions the time of their last record, of other windows `start` and the declared size.
    public var end: Int64

    public init(key: [UInt8], start: Int64, end: Int64) {
      self.key = key
      self.start = start
      self.end = end
    }
  }

  /// `key ++ int64BE(start)`, of sessions `key ++ int64BE(end) ++ int64BE(start)`. Times in milliseconds.
  public static func bytes(_ key: [UInt8], start: Int64, end: Int64, _ window: KeyWindow) -> [UInt8] {
    let bound = { (time: Int64) in KafkaRows.bytes(UInt64(bitPattern: time), count: 8) }
    switch window {
    case .time: return key + bound(start)
    case .session: return key + bound(end) + bound(start)
    }
  }

  /// Takes the bytes of `bytes(_:start:end:_:)` apart.
  ///
  /// - Throws: `undecodable` when they are too short or hold no window.
  public static func parts(_ bytes: [UInt8], _ window: KeyWindow) throws(FormatError) -> Parts {
    switch window {
    case .time(let size, _):
      guard bytes.count >= 8 else { throw FormatError(.undecodable, "a windowed key ends with the 8 bytes of its start") }
      let start = bound(bytes.suffix(8))
      let (end, overflow) = start.addingReportingOverflow(size / 1000)
      guard start >= 0, !overflow else { throw FormatError(.undecodable, "a window outside of time") }
      return Parts(key: Array(bytes.dropLast(8)), start: start, end: end)
    case .session:
      guard bytes.count >= 16 else {
        throw FormatError(.undecodable, "the key of a session ends with the 16 bytes of its end and start")
      }
      let (end, start) = (bound(bytes.suffix(16).prefix(8)), bound(bytes.suffix(8)))
      guard start >= 0, end >= start else { throw FormatError(.undecodable, "a session that ends before it starts") }
      return Parts(key: Array(bytes.dropLast(16)), start: start, end: end)
    }
  }

  private static func bound(_ bytes: some Sequence<UInt8>) -> Int64 {
    Int64(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) })
  }
}
