/// A decimal number by its value: `1.50e2`, `150` and `150.0` are equal, `0.1` is no nearby double.
struct ExactNumber: Hashable {
  private var isNegative = false
  /// Without zeros at either end; empty for zero.
  private var digits: [UInt8] = []
  /// Of the last digit, as a power of ten.
  private var exponent = 0

  /// A number by the grammar of JSON; nil for anything else.
  init?(_ text: String) {
    var rest = text.utf8[...]
    if rest.first == UInt8(ascii: "-") {
      isNegative = true
      rest.removeFirst()
    }
    guard let mantissa = Self.mantissa(&rest) else { return nil }
    digits = mantissa.digits
    exponent = mantissa.exponent
    if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
      guard let power = Int(String(decoding: rest.dropFirst(), as: UTF8.self)), abs(power) < 1 << 30 else { return nil }
      exponent += power
      rest = rest[rest.endIndex...]
    }
    guard rest.isEmpty else { return nil }
    normalize()
  }

  private static func mantissa(_ rest: inout String.UTF8View.SubSequence) -> (digits: [UInt8], exponent: Int)? {
    var digits: [UInt8] = []
    var exponent = 0
    var hasPoint = false
    while let byte = rest.first {
      if (0x30...0x39).contains(byte) {
        digits.append(byte)
        if hasPoint { exponent -= 1 }
      } else if byte == UInt8(ascii: "."), !hasPoint {
        hasPoint = true
      } else {
        break
      }
      rest.removeFirst()
    }
    return digits.isEmpty ? nil : (digits, exponent)
  }

  private mutating func normalize() {
    let zero = UInt8(ascii: "0")
    digits = Array(digits.drop { $0 == zero })
    while digits.last == zero {
      digits.removeLast()
      exponent += 1
    }
    if digits.isEmpty { (isNegative, exponent) = (false, 0) }
  }
}
