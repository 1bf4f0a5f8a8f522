extension Literal {
  /// The exact decimal written as digits with at most one point, and its type as ksqlDB types it; nil beyond 38 digits.
  static func decimal(_ text: String, negative: Bool) -> (literal: Literal, type: SQLType)? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = parts.count > 1 ? parts[1] : ""
    let whole = parts[0].drop { $0 == "0" }
    let significant = (whole + fraction).drop { $0 == "0" }
    guard fraction.count <= 38, whole.count + fraction.count <= 38,
      let magnitude = significant.isEmpty ? 0 : Int128(String(significant))
    else { return nil }
    let precision = max(1, significant.count, fraction.count)
    let literal = Literal.decimal(unscaled: negative ? -magnitude : magnitude, scale: fraction.count)
    return (literal, .decimal(precision: precision, scale: fraction.count))
  }

  /// This literal as a value of `target`, when that loses nothing; nil otherwise.
  func widened(from source: SQLType, to target: SQLType) -> Literal? {
    switch (self, target) {
    case (.null, _): return .null
    case (_, source): return self
    case (.integer, .bigint) where source == .integer: return self
    case (.integer(let value), .double) where source.isInteger && value.magnitude <= 1 << 53:
      return .double(Double(value))
    case (.integer(let value), .decimal(let precision, let scale)) where source.isInteger:
      return Self.rescaled(Int128(value), from: 0, precision: precision, scale: scale)
    case (.decimal(let unscaled, let from), .decimal(let precision, let scale)):
      return Self.rescaled(unscaled, from: from, precision: precision, scale: scale)
    case (.decimal, .double): return Double(description).map { .double($0) }
    default: return nil
    }
  }

  private static func rescaled(_ unscaled: Int128, from: Int, precision: Int, scale: Int) -> Literal? {
    guard scale >= from else { return nil }
    var value = unscaled
    for _ in from..<scale {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      value = product
    }
    guard String(value.magnitude).count <= precision else { return nil }
    return .decimal(unscaled: value, scale: scale)
  }

  /// How many digits this whole number has; nil for anything else.
  var wholeDigits: Int? {
    guard case .integer(let value) = self else { return nil }
    return String(value.magnitude).count
  }
}

extension String {
  /// In quotes, those inside doubled.
  func quoted(by quote: Character) -> String {
    var quoted = String(quote)
    for character in self { quoted += character == quote ? "\(quote)\(quote)" : String(character) }
    return quoted + String(quote)
  }
}

extension Literal: CustomStringConvertible {
  /// As it could be written in a statement; times in their unit of storage.
  public var description: String {
    switch self {
    case .null: return "NULL"
    case .boolean(let value): return value ? "TRUE" : "FALSE"
    case .integer(let value): return String(value)
    case .double(let value): return String(value).contains("e") ? String(value) : "\(value)e0"
    case .string(let value): return value.quoted(by: "'")
    case .bytes(let value): return "\(value.count) bytes"
    case .decimal(let unscaled, let scale):
      let digits = String(unscaled.magnitude)
      let sign = unscaled < 0 ? "-" : ""
      if scale == 0 { return sign + digits + "." }
      let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
      return sign + padded.dropLast(scale) + "." + padded.suffix(scale)
    }
  }
}
