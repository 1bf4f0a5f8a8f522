import Kafka

/// What the `wick.*` headers of a record that was set aside say about it. Headers that are missing or unreadable leave nil.
struct RejectFacts: Hashable {
  var reason: String
  var query: String?
  var sourceTopic: String?
  var sourcePartition: Int32?
  var sourceOffset: Int64?
  /// Microseconds since 1970-01-01T00:00:00Z, as the other times.
  var windowStart: Int64?
  var windowEnd: Int64?
  /// How many windows the record was late for; of several, start and end span all.
  var windowsMissed: Int64?
  /// Whether the record still counted in another window.
  var isPartial: Bool?
  var streamTime: Int64?
  /// Thousandths of a millisecond.
  var lateness: Int64?

  /// A record that the sink itself sets aside.
  init(reason: String) { self.reason = reason }

  /// `wick.source` is `topic/partition/offset` (or any other text, kept as the topic), `wick.window`
  /// `start/end` in microseconds, with `;` between several, `wick.lateness_ms` milliseconds with up to three decimals.
  init(_ headers: [RecordHeader]) {
    func text(_ name: String) -> String? {
      headers.last { $0.name == name }?.value.flatMap { String(validating: $0, as: UTF8.self) }
    }
    reason = text("wick.reason") ?? "unknown"
    query = text("wick.query")
    if let source = text("wick.source") { readSource(source) }
    if let windows = text("wick.window") {
      readWindows(windows)
      isPartial = text("wick.partial") == "true"
    }
    streamTime = text("wick.stream_time").flatMap { Int64($0) }
    lateness = text("wick.lateness_ms").flatMap(Self.thousandths)
  }

  private mutating func readSource(_ source: String) {
    sourceTopic = source
    let parts = source.split(separator: "/")
    guard parts.count >= 3, let partition = Int32(parts[parts.count - 2]), let offset = Int64(parts[parts.count - 1]) else {
      return
    }
    sourceTopic = parts.dropLast(2).joined(separator: "/")
    sourcePartition = partition
    sourceOffset = offset
  }

  private mutating func readWindows(_ text: String) {
    let windows = text.split(separator: ";").map { $0.split(separator: "/").compactMap { Int64($0) } }
    guard !windows.isEmpty, windows.allSatisfy({ $0.count == 2 }) else { return }
    windowStart = windows.map { $0[0] }.min()
    windowEnd = windows.map { $0[1] }.max()
    windowsMissed = Int64(windows.count)
  }

  private static func thousandths(_ text: String) -> Int64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = Int64(parts[0]), whole.magnitude < 1 << 50 else { return nil }
    guard parts.count == 2 else { return whole * 1000 }
    guard parts[1].count == 3, let rest = Int64(parts[1]), rest >= 0 else { return nil }
    return whole * 1000 + (text.hasPrefix("-") ? -rest : rest)
  }
}
