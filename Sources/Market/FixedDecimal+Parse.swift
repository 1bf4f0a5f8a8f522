extension FixedDecimal {
  /// Parses `text` exactly into an unscaled integer of `scale` digits after the point.
  ///
  /// Accepts a sign, digits, a point and an exponent (`1.5e-3`). Zeros beyond the scale are fine; other digits there are
  /// an error, as is a value of more than `precision` digits. No allocation.
  public static func parse(
    _ text: UnsafeBufferPointer<UInt8>, precision: Int, scale: Int
  ) throws(DecimalError) -> Int128 {
    var scan = DecimalScan(text)
    try scan.run()
    return try scan.value(precision: precision, scale: scale)
  }

  /// `parse` for a string.
  public static func parse(_ text: String, precision: Int, scale: Int) throws(DecimalError) -> Int128 {
    let bytes = Array(text.utf8)
    var result: Result<Int128, DecimalError> = .failure(.syntax)
    bytes.withUnsafeBufferPointer { buffer in
      do throws(DecimalError) { result = .success(try parse(buffer, precision: precision, scale: scale)) } catch {
        result = .failure(error)
      }
    }
    return try result.get()
  }
}

/// Reads the parts of a decimal literal: the digits as one integer and the power of ten they are to be divided by.
private struct DecimalScan {
  let text: UnsafeBufferPointer<UInt8>
  var position = 0
  var negative = false
  var mantissa: Int128 = 0
  var fractionDigits = 0
  /// Zeros seen since the last non-zero digit; held back so that padding never overflows the mantissa.
  var pendingZeros = 0
  var pendingFraction = 0
  var digits = 0
  var exponent = 0

  init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

  mutating func run() throws(DecimalError) {
    readSign()
    try readDigits(fraction: false)
    if position < text.count, text[position] == UInt8(ascii: ".") {
      position += 1
      try readDigits(fraction: true)
    }
    guard digits > 0 else { throw .syntax }
    if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") { try readExponent() }
    guard position == text.count else { throw .syntax }
  }

  private mutating func readSign() {
    guard let first = text.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") else { return }
    negative = first == UInt8(ascii: "-")
    position = 1
  }

  private mutating func readDigits(fraction: Bool) throws(DecimalError) {
    while position < text.count {
      let digit = text[position] &- UInt8(ascii: "0")
      guard digit <= 9 else { return }
      position += 1
      digits += 1
      if digit == 0 {
        pendingZeros += 1
        if fraction { pendingFraction += 1 }
      } else {
        try take(digit, fraction: fraction)
      }
    }
  }

  private mutating func take(_ digit: UInt8, fraction: Bool) throws(DecimalError) {
    if mantissa == 0 {
      pendingZeros = 0
    }
    guard pendingZeros < 38 else { throw fraction ? .digitsLost : .overflow }
    let (shifted, o1) = mantissa.multipliedReportingOverflow(by: FixedDecimal.power(pendingZeros + 1))
    let (sum, o2) = shifted.addingReportingOverflow(Int128(digit))
    guard !o1, !o2 else { throw fraction ? .digitsLost : .overflow }
    mantissa = sum
    fractionDigits += pendingFraction + (fraction ? 1 : 0)
    pendingZeros = 0
    pendingFraction = 0
  }

  private mutating func readExponent() throws(DecimalError) {
    position += 1
    var minus = false
    if position < text.count, text[position] == UInt8(ascii: "-") || text[position] == UInt8(ascii: "+") {
      minus = text[position] == UInt8(ascii: "-")
      position += 1
    }
    let start = position
    while position < text.count {
      let digit = text[position] &- UInt8(ascii: "0")
      guard digit <= 9 else { break }
      exponent = min(exponent * 10 + Int(digit), 100_000)
      position += 1
    }
    guard position > start else { throw .syntax }
    if minus { exponent = -exponent }
  }

  func value(precision: Int, scale: Int) throws(DecimalError) -> Int128 {
    guard mantissa != 0 else { return 0 }
    // The digits end at 10^-fractionDigits; zeros held back after the last non-zero whole digit shift them left.
    let shift = scale - fractionDigits + (pendingZeros - pendingFraction) + exponent
    let magnitude = try shifted(by: shift)
    guard FixedDecimal.fits(magnitude, precision: precision) else { throw .overflow }
    return negative ? -magnitude : magnitude
  }

  private func shifted(by shift: Int) throws(DecimalError) -> Int128 {
    if shift >= 0 {
      guard shift <= 38 else { throw .overflow }
      let (value, overflow) = mantissa.multipliedReportingOverflow(by: FixedDecimal.power(shift))
      guard !overflow else { throw .overflow }
      return value
    }
    guard -shift <= 38 else { throw .digitsLost }
    let (quotient, remainder) = mantissa.quotientAndRemainder(dividingBy: FixedDecimal.power(-shift))
    guard remainder == 0 else { throw .digitsLost }
    return quotient
  }
}
