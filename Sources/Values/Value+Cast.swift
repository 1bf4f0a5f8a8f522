import Columns
import Foundation
import Market
import SQL

extension Value {
  /// CAST: exact, or an error. NULL stays NULL.
  ///
  /// - Throws: when digits would be lost, when a text is no value of the type, or when the types have no conversion.
  public func cast(from source: SQLType, to target: SQLType) throws(ValueError) -> Value {
    if isNull { return .null }
    if source == target { return self }
    switch target {
    case .string: return .optional(text(as: source))
    case .array, .map, .structure: return try castNested(source, target)
    default: break
    }
    switch self {
    case .string(let text): return try Self.parse(text.trimmingCharacters(in: .whitespacesAndNewlines), target)
    case .integer, .bigint, .decimal: return try castExact(to: target)
    case .double(let value): return try Self.castDouble(value, to: target)
    case .timestamp(let micros): return try Self.castTimestamp(micros, to: target)
    case .date(let days) where target == .timestamp: return .timestamp(try TimeText.midnight(Int(days)))
    default: throw .invalid("a CAST to \(target) that has no meaning")
    }
  }

  /// Whether any value of one type can become one of the other.
  public static func canBeCast(_ source: SQLType, to target: SQLType) -> Bool {
    switch (source, target) {
    case _ where source == target: true
    case (.array(let from), .array(let to)): canBeCast(from, to: to)
    case (.map(let fromKey, let from), .map(let toKey, let to)): canBeCast(fromKey, to: toKey) && canBeCast(from, to: to)
    case (.structure(let from), .structure(let to)):
      to.allSatisfy { member in from.first { $0.name == member.name }.map { canBeCast($0.type, to: member.type) } ?? true }
    case (_, .array), (_, .map), (_, .structure), (.array, _), (.map, _), (.structure, _): target == .string
    case (.string, _), (_, .string): source != .bytes
    case (.timestamp, _): target == .date || target == .time
    case (.date, _): target == .timestamp
    default: source.isNumber && target.isNumber
    }
  }

  private func castExact(to target: SQLType) throws(ValueError) -> Value {
    guard let exact else { throw .invalid("a CAST to \(target) that has no meaning") }
    switch target {
    case .double: return .double(Decimals.double(exact.unscaled, scale: exact.scale))
    case .decimal(let precision, let scale):
      return .decimal(
        unscaled: try Decimals.exactly(exact.unscaled, scale: exact.scale, toScale: scale, precision: precision), scale: scale)
    default: return try Self.whole(try Decimals.exactly(exact.unscaled, scale: exact.scale, toScale: 0, precision: 38), target)
    }
  }

  private static func whole(_ value: Int128, _ target: SQLType) throws(ValueError) -> Value {
    switch target {
    case .integer:
      guard let narrow = Int32(exactly: value) else { throw .overflow("a number too large for INT") }
      return .integer(narrow)
    case .bigint:
      guard let long = Int64(exactly: value) else { throw .overflow("a number too large for BIGINT") }
      return .bigint(long)
    default: throw .invalid("a CAST to \(target) that has no meaning")
    }
  }

  /// To a whole number without the fraction, to a DECIMAL by the shortest digits that name the double.
  private static func castDouble(_ value: Double, to target: SQLType) throws(ValueError) -> Value {
    guard value.isFinite else { throw .invalid("a CAST of a DOUBLE that is no number") }
    if case .decimal = target { return try parse("\(value)", target) }
    guard let whole = Int128(exactly: value.rounded(.towardZero)) else { throw .overflow("a number too large for \(target)") }
    return try self.whole(whole, target)
  }

  private static func castTimestamp(_ micros: Int64, to target: SQLType) throws(ValueError) -> Value {
    switch target {
    case .date: return .date(Int32(micros.flooredQuotient(TimeText.microsPerDay)))
    case .time: return .time(micros.flooredRemainder(TimeText.microsPerDay))
    default: throw .invalid("a CAST to \(target) that has no meaning")
    }
  }

  private func castNested(_ source: SQLType, _ target: SQLType) throws(ValueError) -> Value {
    switch (self, source, target) {
    case (.array(let values), .array(let from), .array(let to)):
      var cast: [Value] = []
      for value in values { cast.append(try value.cast(from: from, to: to)) }
      return .array(cast)
    case (.map(let entries), .map(let fromKey, let from), .map(let toKey, let to)):
      var pairs: [(key: Value, value: Value)] = []
      for entry in entries {
        pairs.append((key: try entry.key.cast(from: fromKey, to: toKey), value: try entry.value.cast(from: from, to: to)))
      }
      return .map(of: pairs)
    case (.structure(let values), .structure(let from), .structure(let to)):
      // By name: fields that the target does not have go, those that the source does not have are NULL.
      var cast: [Value] = []
      for member in to {
        guard let index = from.firstIndex(where: { $0.name == member.name }), values.indices.contains(index) else {
          cast.append(.null)
          continue
        }
        cast.append(try values[index].cast(from: from[index].type, to: member.type))
      }
      return .structure(cast)
    default: throw .invalid("a CAST to \(target) that has no meaning")
    }
  }
}

/// Texts as values.
extension Value {
  private static func parse(_ text: String, _ target: SQLType) throws(ValueError) -> Value {
    switch target {
    case .boolean: return .boolean(try boolean(text))
    case .integer, .bigint: return try whole(try digits(text, precision: 19, scale: 0), target)
    case .decimal(let precision, let scale):
      return .decimal(unscaled: try digits(text, precision: precision, scale: scale), scale: scale)
    case .double:
      guard let value = Double(text) else { throw .invalid("a text that is no DOUBLE") }
      return .double(value)
    case .bytes:
      guard let data = Data(base64Encoded: text) else { throw .invalid("a text that is not Base64") }
      return .bytes(Array(data))
    default: return try time(text, target)
    }
  }

  private static func digits(_ text: String, precision: Int, scale: Int) throws(ValueError) -> Int128 {
    do {
      return try FixedDecimal.parse(text, precision: precision, scale: scale)
    } catch {
      throw error == .syntax ? .invalid("a text that is no number") : .overflow("a number with too many digits")
    }
  }

  /// Any beginning of `true`, `yes`, `false` or `no`, letter case aside, as in ksqlDB.
  private static func boolean(_ text: String) throws(ValueError) -> Bool {
    let small = text.lowercased()
    if !small.isEmpty, "true".hasPrefix(small) || "yes".hasPrefix(small) { return true }
    if !small.isEmpty, "false".hasPrefix(small) || "no".hasPrefix(small) { return false }
    throw .invalid("a text that is no BOOLEAN")
  }

  /// ISO-8601, also in part: `2026`, `2026-01-31T09:30`, `09:30:15.5`.
  private static func time(_ text: String, _ target: SQLType) throws(ValueError) -> Value {
    switch target {
    case .timestamp:
      guard let micros = TimeLiteral.timestamp(text) else { throw .invalid("a text that is no TIMESTAMP") }
      return .timestamp(micros)
    case .date:
      guard let days = TimeLiteral.date(text), let narrow = Int32(exactly: days) else { throw .invalid("a text that is no DATE") }
      return .date(narrow)
    case .time:
      guard let micros = TimeLiteral.time(text) else { throw .invalid("a text that is no TIME") }
      return .time(micros)
    default: throw .invalid("a CAST to \(target) that has no meaning")
    }
  }
}

extension SQLType {
  fileprivate var isNumber: Bool {
    switch self {
    case .integer, .bigint, .double, .decimal: true
    default: false
    }
  }
}
