import Foundation
import Market
import SQL
import Values

/// Texts as values of a type: the fields of DELIMITED, and texts in JSON where a number is declared.
enum TextCoercion {
  static func value(_ text: String, as type: SQLType) throws(FormatError) -> Value {
    switch type {
    case .string: return .string(text)
    case .boolean: return .boolean(text.lowercased() == "true")
    case .integer: return .integer(try whole(text, type))
    case .bigint: return .bigint(try whole(text, type))
    case .double: return .double(try double(text))
    case .decimal(let precision, let scale): return try decimal(text, precision: precision, scale: scale)
    case .bytes: return .bytes(try base64(text))
    case .timestamp: return try timestamp(milliseconds: try whole(text, type))
    case .date: return .date(try whole(text, type))
    case .time: return try time(milliseconds: try whole(text, type))
    case .array, .map, .structure: throw mismatch("a text", type)
    }
  }

  static func mismatch(_ found: String, _ type: SQLType) -> FormatError {
    FormatError(.undecodable, "\(found) where \(type) is declared")
  }

  /// A whole number as Java's `parseInt` and `parseLong` read it.
  private static func whole<T: FixedWidthInteger>(_ text: String, _ type: SQLType) throws(FormatError) -> T {
    guard let value = T(text) else { throw mismatch("a text that is no number in range", type) }
    return value
  }

  /// A number as Java's `parseDouble` reads it: white space around it, `NaN` and `Infinity` are allowed.
  static func double(_ text: String) throws(FormatError) -> Double {
    let trimmed = text.trimmingCharacters(in: .whitespaces)
    switch trimmed {
    case "NaN": return .nan
    case "Infinity", "+Infinity": return .infinity
    case "-Infinity": return -.infinity
    default: break
    }
    let isNumber = trimmed.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || [0x2b, 0x2d, 0x2e, 0x65, 0x45].contains(byte)
    }
    // A point may begin or end a number in Java.
    let spelled = trimmed.hasPrefix(".") ? "0\(trimmed)" : trimmed.hasSuffix(".") ? "\(trimmed)0" : trimmed
    guard isNumber, let value = Double(spelled) else { throw mismatch("a text that is no number", .double) }
    return value
  }

  /// A decimal that fits without rounding.
  static func decimal(_ text: String, precision: Int, scale: Int) throws(FormatError) -> Value {
    let type = SQLType.decimal(precision: precision, scale: scale)
    guard let number = DecimalText(text) else { throw mismatch("a text that is no number", type) }
    guard let unscaled = number.unscaled(precision: precision, scale: scale) else {
      throw FormatError(.undecodable, "a number that does not fit \(type) without rounding")
    }
    return .decimal(unscaled: unscaled, scale: scale)
  }

  static func base64(_ text: String) throws(FormatError) -> [UInt8] {
    guard let data = Data(base64Encoded: text) else { throw FormatError(.undecodable, "a text that is no Base64") }
    return Array(data)
  }

  static func timestamp(milliseconds: Int64) throws(FormatError) -> Value {
    let (micros, overflow) = milliseconds.multipliedReportingOverflow(by: 1000)
    guard !overflow else { throw FormatError(.undecodable, "a TIMESTAMP out of range") }
    return .timestamp(micros)
  }

  static func time(milliseconds: Int64) throws(FormatError) -> Value {
    guard (0..<86_400_000).contains(milliseconds) else {
      throw FormatError(.undecodable, "a TIME outside of the day's 86400000 milliseconds")
    }
    return .time(milliseconds * 1000)
  }
}

/// A number's digits and exponent, read as Java's `BigDecimal` reads them.
struct DecimalText {
  private var isNegative = false
  private var digits: [UInt8] = []
  private var exponent = 0

  /// Whether a fraction or an exponent was written.
  private(set) var isWhole = true

  init?(_ text: String) {
    var rest = Substring(text).utf8
    if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { isNegative = rest.removeFirst() == UInt8(ascii: "-") }
    var hasPoint = false
    while let byte = rest.first {
      if (0x30...0x39).contains(byte) {
        digits.append(byte - 0x30)
        if hasPoint { exponent -= 1 }
      } else if byte == UInt8(ascii: "."), !hasPoint {
        hasPoint = true
        isWhole = false
      } else {
        break
      }
      rest.removeFirst()
    }
    guard !digits.isEmpty, digits.count <= 4096 else { return nil }
    if let mark = rest.first {
      guard mark | 0x20 == UInt8(ascii: "e"), let power = Int32(String(decoding: rest.dropFirst(), as: UTF8.self)) else {
        return nil
      }
      exponent += Int(power)
      isWhole = false
    }
  }

  /// The value times `10^scale`, or nil when digits would be lost or there are more than `precision`.
  func unscaled(precision: Int, scale: Int) -> Int128? {
    var digits = Array(self.digits.drop { $0 == 0 })
    var exponent = exponent
    while digits.last == 0 {
      digits.removeLast()
      exponent += 1
    }
    guard !digits.isEmpty else { return 0 }
    let shift = exponent + scale
    guard shift >= 0, digits.count + shift <= min(precision, 38) else { return nil }
    let magnitude = digits.reduce(Int128(0)) { $0 * 10 + Int128($1) } * FixedDecimal.power(shift)
    return isNegative ? -magnitude : magnitude
  }
}
