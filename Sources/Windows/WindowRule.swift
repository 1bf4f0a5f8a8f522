import SQL

/// The windows of one query: epoch-aligned `[start, start + size)`, one every `advance`, all in microseconds.
struct WindowRule {
  /// Sizes, advances and graces stay below this (about 1000 years), so that no sum of times leaves 64 bits.
  static let longest: Int64 = 1 << 55

  let size: Int64
  let advance: Int64
  let grace: Int64
  /// The most windows a time can lie in. Windows are processed in that many passes, by index modulo the number, so that
  /// every window belongs to one pass and sees its rows in order of arrival.
  let passes: Int

  init(_ window: WindowPlan) throws(WindowsError) {
    let plan = try PlanCheck.timeWindow(window)
    guard plan.size > 0, plan.advance > 0, plan.advance <= plan.size else {
      throw .unsupported("a window whose ADVANCE BY is not between 1 µs and its SIZE")
    }
    guard plan.size <= Self.longest, (0...Self.longest).contains(plan.grace) else {
      throw .unsupported("a window or grace period of over 1000 years")
    }
    (size, advance, grace) = (plan.size, plan.advance, plan.grace)
    let passes = (size + advance - 1) / advance
    guard passes <= 100_000 else { throw .unsupported("a record in over 100,000 windows at once; raise ADVANCE BY") }
    self.passes = Int(passes)
  }

  /// The start of the window of `pass` that holds `time` (not negative), or nil when that pass has none.
  func start(_ time: Int64, pass: Int) -> Int64? {
    let newest = time / advance
    let count = Int64(passes)
    let back = (newest - Int64(pass)) % count
    let index = newest - (back < 0 ? back + count : back)
    guard index >= 0, time < index * advance + size else { return nil }
    return index * advance
  }

  /// The end of the last window that holds `time`.
  func lastEnd(_ time: Int64) -> Int64 { time / advance * advance + size }
}
