/// Why a text or a number cannot be held exactly as a decimal of a given shape.
public enum DecimalError: Error, Equatable, Sendable {
  /// Not of the form `[+-]digits[.digits][e[+-]digits]`.
  case syntax
  /// More digits before the point than the precision leaves room for.
  case overflow
  /// A non-zero digit beyond the scale: rounding would change the value.
  case digitsLost
}

/// An exact decimal: `unscaled × 10^-scale`. Never rounds on its own.
public struct FixedDecimal: Hashable, Sendable {
  /// The value times 10^scale.
  public var unscaled: Int128
  /// Decimal digits after the point, 0…38.
  public var scale: Int

  public init(unscaled: Int128, scale: Int) {
    self.unscaled = unscaled
    self.scale = scale
  }

  /// Ten to the power of `exponent`, 0…38.
  @inlinable
  public static func power(_ exponent: Int) -> Int128 { powersOfTen[exponent] }

  public static let powersOfTen: [Int128] = {
    var powers: [Int128] = [1]
    for _ in 1...38 { powers.append(powers[powers.count - 1] * 10) }
    return powers
  }()

  /// Whether `unscaled` has at most `precision` digits.
  @inlinable
  public static func fits(_ unscaled: Int128, precision: Int) -> Bool {
    let bound = powersOfTen[precision]
    return unscaled < bound && unscaled > -bound
  }

  /// The same value at another scale, or an error when digits would be lost or the result has more than 38.
  public func rescaled(to newScale: Int) throws(DecimalError) -> FixedDecimal {
    if newScale == scale { return self }
    if newScale > scale {
      guard newScale - scale <= 38 else { throw .overflow }
      let (value, overflow) = unscaled.multipliedReportingOverflow(by: Self.power(newScale - scale))
      guard !overflow, Self.fits(value, precision: 38) else { throw .overflow }
      return FixedDecimal(unscaled: value, scale: newScale)
    }
    guard scale - newScale <= 38 else {
      if unscaled == 0 { return FixedDecimal(unscaled: 0, scale: newScale) }
      throw .digitsLost
    }
    let (quotient, remainder) = unscaled.quotientAndRemainder(dividingBy: Self.power(scale - newScale))
    guard remainder == 0 else { throw .digitsLost }
    return FixedDecimal(unscaled: quotient, scale: newScale)
  }
}

extension FixedDecimal: CustomStringConvertible {
  /// The shortest exact text: no exponent, no trailing zeros after the point.
  public var description: String { Self.text(unscaled, scale: scale, trimmed: true) }

  /// The text of `unscaled × 10^-scale`; with `trimmed` trailing zeros after the point are left out.
  public static func text(_ unscaled: Int128, scale: Int, trimmed: Bool) -> String {
    let digits = String(unscaled.magnitude)
    let sign = unscaled < 0 ? "-" : ""
    guard scale > 0 else { return sign + digits }
    let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
    let whole = padded.dropLast(scale)
    var fraction = padded.suffix(scale)
    if trimmed { while fraction.last == "0" { fraction = fraction.dropLast() } }
    return sign + whole + (fraction.isEmpty ? "" : "." + fraction)
  }
}
