import Columns
import Foundation
import SQL

extension Value {
  /// What CAST(… AS STRING) gives; nil for NULL. Numbers as Java writes them, BYTES in Base64, nested values as
  /// `[1, 2]`, `{a=1}` and `Struct{A=1,B=2}`, with `null` inside.
  public func text(as type: SQLType) -> String? {
    switch (self, type) {
    case (.null, _): return nil
    case (.array(let values), .array(let element)):
      return "[" + values.map { $0.text(as: element) ?? "null" }.joined(separator: ", ") + "]"
    case (.map(let entries), .map(let key, let value)):
      let parts = entries.map { "\($0.key.text(as: key) ?? "null")=\($0.value.text(as: value) ?? "null")" }
      return "{" + parts.joined(separator: ", ") + "}"
    case (.structure(let values), .structure(let members)):
      let parts = zip(members, values).compactMap { member, value in
        value.text(as: member.type).map { "\(member.name)=\($0)" }
      }
      return "Struct{" + parts.joined(separator: ",") + "}"
    default: return scalarText
    }
  }

  /// The text of a value that is not nested; nil for NULL and nested values.
  var scalarText: String? {
    switch self {
    case .null, .array, .map, .structure: nil
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .bigint(let value): String(value)
    case .double(let value): JavaDouble.text(value)
    case .decimal(let unscaled, let scale): Decimals.text(unscaled, scale: scale)
    case .string(let value): value
    case .bytes(let value): Data(value).base64EncodedString()
    case .timestamp(let micros): TimeText.timestamp(micros)
    case .date(let days): TimeText.date(Int(days))
    case .time(let micros): TimeText.time(micros)
    }
  }
}

/// ISO-8601 texts of times, in UTC.
enum TimeText {
  static let microsPerDay: Int64 = 86_400_000_000

  /// Microseconds since the epoch at the beginning of a day.
  static func midnight(_ days: Int) throws(ValueError) -> Int64 {
    let (micros, overflow) = Int64(days).multipliedReportingOverflow(by: microsPerDay)
    guard !overflow else { throw .overflow("a moment beyond the calendar") }
    return micros
  }

  /// `2026-01-31T09:30:00.000`; six decimals where three would lose any.
  static func timestamp(_ micros: Int64) -> String {
    date(Int(micros.flooredQuotient(microsPerDay))) + "T" + clock(micros.flooredRemainder(microsPerDay), millis: true)
  }

  /// `2026-01-31`; years beyond 9999 with a plus, those before 0 with a minus.
  static func date(_ days: Int) -> String {
    let date = CivilDate(days: days)
    let year = padded(abs(date.year), 4)
    let sign = date.year < 0 ? "-" : date.year > 9999 ? "+" : ""
    return "\(sign)\(year)-\(padded(date.month, 2))-\(padded(date.day, 2))"
  }

  /// `09:30`, with seconds and decimals where they are not zero.
  static func time(_ micros: Int64) -> String { clock(micros, millis: false) }

  private static func clock(_ micros: Int64, millis: Bool) -> String {
    let (seconds, fraction) = (Int(micros.flooredQuotient(1_000_000)), Int(micros.flooredRemainder(1_000_000)))
    var text = "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2))"
    if millis || seconds % 60 != 0 || fraction != 0 { text += ":\(padded(seconds % 60, 2))" }
    if fraction % 1000 != 0 { return text + "." + padded(fraction, 6) }
    return millis || fraction != 0 ? text + "." + padded(fraction / 1000, 3) : text
  }

  static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

/// Doubles as Java's `Double.toString` writes them: `100.0`, `1.0E10`, `NaN`.
enum JavaDouble {
  static func text(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    let sign = value.sign == .minus ? "-" : ""
    if value == 0 { return sign + "0.0" }
    var (digits, exponent) = shortest(value.magnitude)
    // Java writes two digits, the nearest ones: the smallest double is 4.9E-324.
    if digits.count == 1, exponent < -300 { (digits, exponent) = shortest(String(format: "%.1e", value.magnitude)) }
    if (-3..<7).contains(exponent) { return sign + plain(digits, exponent) }
    let fraction = digits.dropFirst()
    return "\(sign)\(digits.prefix(1)).\(fraction.isEmpty ? "0" : String(fraction))E\(exponent)"
  }

  /// The fewest digits that name `value` and no other double, and the power of ten of the first.
  static func shortest(_ value: Double) -> (digits: String, exponent: Int) { shortest("\(value)") }

  private static func shortest(_ text: String) -> (digits: String, exponent: Int) {
    let parts = text.split(separator: "e")
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let fraction = mantissa.count > 1 ? mantissa[1] : ""
    var digits = Substring(mantissa[0] + fraction)
    var exponent = mantissa[0].count - 1 + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
    while digits.count > 1, digits.first == "0" {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.count > 1, digits.last == "0" { digits.removeLast() }
    return (String(digits), exponent)
  }

  private static func plain(_ digits: String, _ exponent: Int) -> String {
    if exponent < 0 { return "0." + String(repeating: "0", count: -exponent - 1) + digits }
    let padded = digits + String(repeating: "0", count: max(0, exponent + 2 - digits.count))
    return padded.prefix(exponent + 1) + "." + padded.dropFirst(exponent + 1)
  }
}
