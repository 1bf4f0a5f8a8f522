import SQL

/// How late the late records of a query were, and which GRACE would have kept nearly all. Pure.
public struct LatenessReport: Hashable, Sendable {
  /// Records that belong to a window, late ones included.
  public var counted: Int64
  /// Milliseconds behind stream time, one per late record.
  public var lateness: [Int64]
  /// The query's GRACE, milliseconds.
  public var grace: Int64

  public init(counted: Int64, lateness: [Int64], grace: Int64) {
    self.counted = counted
    self.lateness = lateness
    self.grace = grace
  }

  /// Upper ends of the histogram's classes, milliseconds.
  static let bounds: [Int64] = [
    100, 1_000, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 3_600_000, 21_600_000, 86_400_000, .max,
  ]

  /// Late records by how late they were; empty classes are left out.
  public var histogram: [(bound: Int64, count: Int)] {
    var counts = Array(repeating: 0, count: Self.bounds.count)
    for value in lateness { counts[Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count - 1] += 1 }
    return zip(Self.bounds, counts).filter { $0.1 > 0 }.map { ($0, $1) }
  }

  /// The smallest GRACE in milliseconds of which is known that it keeps `perMille` of a thousand records.
  ///
  /// A record that is `n` behind stream time is kept by a GRACE of `n`, wherever in its window it lies. The present GRACE where
  /// it keeps enough; whether a smaller one would, late records do not tell. Nil before the first record.
  public func graceKeeping(perMille: Int64 = 999) -> Int64? {
    guard counted > 0 else { return nil }
    let mayBeLost = Int(counted * (1000 - perMille) / 1000)
    guard lateness.count > mayBeLost else { return grace }
    return max(grace, lateness.sorted(by: >)[mayBeLost])
  }

  /// `≤ 5 s`, `> 1 d`.
  static func label(_ bound: Int64) -> String {
    bound == .max ? "> \(duration(86_400_000))" : "≤ \(duration(bound))"
  }

  /// Milliseconds as people write them.
  static func duration(_ milliseconds: Int64) -> String {
    for (size, unit) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")] as [(Int64, String)]
    where milliseconds >= size && milliseconds % size == 0 {
      return "\(milliseconds / size) \(unit)"
    }
    return "\(milliseconds) ms"
  }
}
