import Market

/// Exact decimals as pairs of unscaled value and scale.
enum Decimals {
  /// 10^exponent, for 0…38.
  static func power(_ exponent: Int) -> Int128 { FixedDecimal.power(min(max(exponent, 0), 38)) }

  static func fits(_ unscaled: Int128, precision: Int) -> Bool {
    FixedDecimal.fits(unscaled, precision: min(max(precision, 0), 38))
  }

  /// The same value at `scale`, within `precision` digits.
  static func exactly(
    _ unscaled: Int128, scale: Int, toScale newScale: Int, precision: Int
  ) throws(ValueError) -> Int128 {
    let shift = newScale - scale
    var result = unscaled
    if shift >= 0 {
      let (product, overflow) = unscaled.multipliedReportingOverflow(by: power(shift))
      guard !overflow else { throw .overflow("a DECIMAL with too many digits") }
      result = product
    } else {
      let (quotient, remainder) = unscaled.quotientAndRemainder(dividingBy: power(-shift))
      guard remainder == 0 else { throw .overflow("digits would be lost") }
      result = quotient
    }
    guard fits(result, precision: precision) else { throw .overflow("a DECIMAL with too many digits") }
    return result
  }

  /// Less than 0, 0 or more than 0, by value and at any scales.
  static func compare(_ a: Int128, _ scaleA: Int, _ b: Int128, _ scaleB: Int) -> Int {
    // A product of 256 bits, so that no scale is too far apart.
    let left = a.multipliedFullWidth(by: power(scaleB - scaleA))
    let right = b.multipliedFullWidth(by: power(scaleA - scaleB))
    if left.high != right.high { return left.high < right.high ? -1 : 1 }
    return left.low == right.low ? 0 : left.low < right.low ? -1 : 1
  }

  /// All digits, without an exponent: `-0.050`.
  static func text(_ unscaled: Int128, scale: Int) -> String { FixedDecimal.text(unscaled, scale: scale, trimmed: false) }

  /// The nearest double.
  static func double(_ unscaled: Int128, scale: Int) -> Double { Double(text(unscaled, scale: scale)) ?? .nan }
}
