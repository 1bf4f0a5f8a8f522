/// Statistics from exact sums, exact up to one rounding at the end.
enum ExactStatistics {
  /// The sum over `count × 10^scale`; `count` is not 0.
  static func mean(_ sum: Int128, _ count: Int64, scale: Int) -> Double {
    let divisor = BigMagnitude(count.magnitude.wide).times(DoubleConversion.power(scale))
    let magnitude = BigMagnitude(sum.magnitude).quotient(by: divisor)
    return sum < 0 ? -magnitude : magnitude
  }

  /// `(n·Σx² − (Σx)²) / (n·(n − 1)·10^2s)`; nil with fewer than two values.
  static func variance(_ sum: Int128, _ squares: UInt256, _ count: Int64, scale: Int) -> Double? {
    guard count > 1 else { return nil }
    let n = BigMagnitude(count.magnitude.wide)
    let total = BigMagnitude(sum.magnitude)
    let (all, square) = (n.times(BigMagnitude(squares)), total.times(total))
    // Only broken state could make it negative.
    let numerator = all < square ? BigMagnitude([]) : all.minus(square)
    let divisor = n.times(BigMagnitude((count - 1).magnitude.wide)).times(DoubleConversion.power(2 * scale))
    return numerator.quotient(by: divisor)
  }
}
