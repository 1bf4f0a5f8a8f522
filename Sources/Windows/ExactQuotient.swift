import Market

/// Quotients of decimals through a 256-bit intermediate.
enum ExactQuotient {
  /// `dividend × 10^shift / divisor` rounded to the nearest, halves away from zero as in Java's HALF_UP; nil when the divisor
  /// is 0 or the result has more than 38 digits.
  static func roundedHalfUp(_ dividend: Int128, shiftedBy shift: Int, by divisor: Int128) -> Int128? {
    let ahead = max(0, shift - 38)
    let (moved, overflow) = dividend.multipliedReportingOverflow(by: FixedDecimal.power(min(ahead, 38)))
    guard !overflow, let (quotient, remainder, by) = parts(moved, shift - ahead, divisor) else { return nil }
    return signed(quotient &+ (remainder >= by - remainder ? 1 : 0), negative: (dividend < 0) != (divisor < 0))
  }

  /// `dividend × 10^shift / divisor` rounded half to even; nil when the divisor is 0 or the result has more than 38 digits.
  static func roundedHalfEven(_ dividend: Int128, shiftedBy shift: Int, by divisor: Int128) -> Int128? {
    guard let (quotient, remainder, by) = parts(dividend, shift, divisor) else { return nil }
    // Compared without doubling, which could need a 129th bit.
    let rest = by - remainder
    let up = remainder > rest || (remainder == rest && quotient & 1 == 1)
    return signed(quotient &+ (up ? 1 : 0), negative: (dividend < 0) != (divisor < 0))
  }

  private static func parts(
    _ dividend: Int128, _ shift: Int, _ divisor: Int128
  ) -> (quotient: UInt128, remainder: UInt128, divisor: UInt128)? {
    guard divisor != 0, abs(shift) <= 38 else { return nil }
    let power = FixedDecimal.power(abs(shift)).magnitude
    if shift >= 0 {
      guard let (q, r) = UInt256(product: dividend.magnitude, power).divided(by: divisor.magnitude) else { return nil }
      return (q, r, divisor.magnitude)
    }
    let (by, overflow) = divisor.magnitude.multipliedReportingOverflow(by: power)
    guard !overflow else { return nil }
    let (q, r) = dividend.magnitude.quotientAndRemainder(dividingBy: by)
    return (q, r, by)
  }

  private static func signed(_ magnitude: UInt128, negative: Bool) -> Int128? {
    guard magnitude < FixedDecimal.power(38).magnitude else { return nil }
    return negative ? -Int128(magnitude) : Int128(magnitude)
  }
}
