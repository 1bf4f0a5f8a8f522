/// An unsigned integer of 256 bits: just what exact sums of squares and quotients of 128-bit sums need.
struct UInt256: Equatable {
  var high: UInt128
  var low: UInt128

  static let zero = UInt256(high: 0, low: 0)

  init(high: UInt128, low: UInt128) {
    self.high = high
    self.low = low
  }

  /// The exact product of two 128-bit integers.
  init(product a: UInt128, _ b: UInt128) {
    // Values of up to 64 bits are the rule (prices, quantities), and one multiplication does for them.
    if (a | b) >> 64 == 0 {
      self.init(high: 0, low: a &* b)
    } else {
      let (high, low) = a.multipliedFullWidth(by: b)
      self.init(high: high, low: low)
    }
  }

  /// The sum, and whether it needed more than 256 bits.
  func adding(_ other: UInt256) -> (sum: UInt256, overflow: Bool) {
    let (low, carry) = self.low.addingReportingOverflow(other.low)
    let (partial, o1) = high.addingReportingOverflow(other.high)
    let (high, o2) = partial.addingReportingOverflow(carry ? 1 : 0)
    return (UInt256(high: high, low: low), o1 || o2)
  }

  /// The difference; `other` is not larger.
  func subtracting(_ other: UInt256) -> UInt256 {
    let (low, borrow) = self.low.subtractingReportingOverflow(other.low)
    return UInt256(high: high &- other.high &- (borrow ? 1 : 0), low: low)
  }

  /// Quotient and remainder; nil when the quotient needs more than 128 bits or the divisor is zero.
  func divided(by divisor: UInt128) -> (quotient: UInt128, remainder: UInt128)? {
    guard divisor > high else { return nil }
    if high == 0 { return low.quotientAndRemainder(dividingBy: divisor) }
    return divisor.dividingFullWidth((high, low))
  }
}

/// A non-negative integer of any size, in 64-bit words from the least significant: used once per emitted value, so plain
/// schoolbook methods do.
struct BigMagnitude: Equatable {
  var words: [UInt64]

  init(_ words: [UInt64]) {
    self.words = words
    trim()
  }

  init(_ value: UInt128) { self.init([UInt64(truncatingIfNeeded: value), UInt64(truncatingIfNeeded: value >> 64)]) }

  init(_ value: UInt256) {
    self.init(
      [value.low, value.low >> 64, value.high, value.high >> 64].map { UInt64(truncatingIfNeeded: $0) })
  }

  private mutating func trim() { while words.last == 0 { words.removeLast() } }

  var isZero: Bool { words.isEmpty }

  var bitWidth: Int { words.isEmpty ? 0 : words.count * 64 - words[words.count - 1].leadingZeroBitCount }

  func times(_ other: BigMagnitude) -> BigMagnitude {
    var out = [UInt64](repeating: 0, count: words.count + other.words.count)
    for i in words.indices {
      var carry: UInt64 = 0
      for j in other.words.indices {
        let (high, low) = words[i].multipliedFullWidth(by: other.words[j])
        let (s1, c1) = low.addingReportingOverflow(out[i + j])
        let (s2, c2) = s1.addingReportingOverflow(carry)
        out[i + j] = s2
        carry = high &+ (c1 ? 1 : 0) &+ (c2 ? 1 : 0)
      }
      out[i + other.words.count] = carry
    }
    return BigMagnitude(out)
  }

  func plus(_ other: BigMagnitude) -> BigMagnitude {
    var out: [UInt64] = []
    var carry = false
    for i in 0..<Swift.max(words.count, other.words.count) {
      let (s1, c1) = (i < words.count ? words[i] : 0).addingReportingOverflow(i < other.words.count ? other.words[i] : 0)
      let (s2, c2) = s1.addingReportingOverflow(carry ? 1 : 0)
      out.append(s2)
      carry = c1 || c2
    }
    return BigMagnitude(carry ? out + [1] : out)
  }

  /// The difference; `other` must not be larger.
  func minus(_ other: BigMagnitude) -> BigMagnitude {
    var out = words
    var borrow = false
    for i in out.indices {
      let (d1, b1) = out[i].subtractingReportingOverflow(i < other.words.count ? other.words[i] : 0)
      let (d2, b2) = d1.subtractingReportingOverflow(borrow ? 1 : 0)
      out[i] = d2
      borrow = b1 || b2
    }
    return BigMagnitude(out)
  }

  static func < (a: BigMagnitude, b: BigMagnitude) -> Bool {
    if a.words.count != b.words.count { return a.words.count < b.words.count }
    for i in a.words.indices.reversed() where a.words[i] != b.words[i] { return a.words[i] < b.words[i] }
    return false
  }

  func shiftedLeft(_ bits: Int) -> BigMagnitude {
    let (whole, part) = (bits / 64, bits % 64)
    var out = [UInt64](repeating: 0, count: whole) + words + [0]
    guard part > 0 else { return BigMagnitude(out) }
    for i in out.indices.reversed() where i >= whole {
      out[i] = out[i] << UInt64(part) | (i > whole ? out[i - 1] >> UInt64(64 - part) : 0)
    }
    return BigMagnitude(out)
  }

  /// `self / divisor` as the nearest double (ties to even). The divisor is not zero.
  func quotient(by divisor: BigMagnitude) -> Double {
    guard !isZero else { return 0 }
    // Scaled so that the integer quotient has 64 or 65 bits: 53 to keep, the rest to round by.
    let shift = 64 - (bitWidth - divisor.bitWidth)
    var remainder = shift > 0 ? shiftedLeft(shift) : self
    let scaled = shift < 0 ? divisor.shiftedLeft(-shift) : divisor
    var quotient: UInt128 = 0
    for bit in stride(from: 65, through: 0, by: -1) {
      let part = scaled.shiftedLeft(bit)
      if part < remainder || part == remainder {
        remainder = remainder.minus(part)
        quotient |= 1 << UInt128(bit)
      }
    }
    // A sticky last bit keeps "just above a tie" apart from "a tie".
    let sticky = quotient << 1 | (remainder.isZero ? 0 : 1)
    return Double(sign: .plus, exponent: -shift - 1, significand: Double(sticky))
  }
}

/// Exact decimals as doubles, correctly rounded.
enum DoubleConversion {
  private static let exactPowers: [Double] = (0...22).map { exponent in
    (0..<exponent).reduce(1.0) { value, _ in value * 10 }
  }

  /// `unscaled × 10^-scale` as the nearest double.
  static func double(_ unscaled: Int128, scale: Int) -> Double {
    guard scale > 0 else { return Double(unscaled) }
    // Both sides exact: one division rounds once.
    if unscaled.magnitude < 1 << 53, scale <= 22 { return Double(unscaled) / exactPowers[scale] }
    let magnitude = BigMagnitude(unscaled.magnitude).quotient(by: power(scale))
    return unscaled < 0 ? -magnitude : magnitude
  }

  /// Ten to the power of `exponent`, of any size.
  static func power(_ exponent: Int) -> BigMagnitude {
    let ten19 = BigMagnitude(10_000_000_000_000_000_000)
    var result = BigMagnitude(1)
    var left = exponent
    while left >= 19 {
      result = result.times(ten19)
      left -= 19
    }
    var small: UInt128 = 1
    for _ in 0..<left { small *= 10 }
    return result.times(BigMagnitude(small))
  }
}
