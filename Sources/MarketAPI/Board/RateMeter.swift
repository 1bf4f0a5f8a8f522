/// Counts events of the last minute in buckets of a second. Pure.
struct RateMeter: Sendable {
  private var counts = Array(repeating: Int64(0), count: Self.seconds)
  private var newest: Int64 = .min

  static let seconds = 60

  private mutating func advance(_ second: Int64) {
    guard second > newest else { return }
    let steps = newest == .min ? Self.seconds : Int(min(Int64(Self.seconds), second - newest))
    for step in 0..<steps { counts[Self.slot(second - Int64(step))] = 0 }
    newest = second
  }

  private static func slot(_ second: Int64) -> Int { Int(((second % 60) + 60) % 60) }

  /// - Parameter now: milliseconds.
  mutating func add(_ count: Int64, now: Int64) {
    let second = now / 1000
    advance(second)
    guard second > newest - Int64(Self.seconds) else { return }
    counts[Self.slot(second)] += count
  }

  /// Events in the last `seconds`, at most 60, the present one included.
  mutating func count(last seconds: Int, now: Int64) -> Int64 {
    advance(now / 1000)
    return (0..<min(seconds, Self.seconds)).reduce(0) { $0 + counts[Self.slot(newest - Int64($1))] }
  }
}
