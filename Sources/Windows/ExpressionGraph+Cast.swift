import Columns
import Foundation
import Market
import SQL

extension ExpressionGraph {
  private static let microsPerDay: Int64 = 86_400_000_000

  /// Exact conversion: a value that the new type cannot hold without losing digits fails its row. DOUBLE to a whole number
  /// drops the fraction, as everywhere in SQL; DOUBLE to DECIMAL takes the shortest decimal text of the double.
  func cast(_ a: Vector, to type: SQLType, node: Int) -> Vector {
    if a.type == type { return a }
    var result = castLane(a, to: type, node: node)
    result.type = type
    result.isConstant = a.isConstant
    result.validity = a.validity
    if let valid = a.validity, var failures = result.failures {
      for i in failures.indices where !valid[i] { failures[i] = a.isFailed(i) }
      result.failures = failures
    }
    result.failures = RowFlags.either(result.failures, a.failures)
    return result
  }

  private func castLane(_ a: Vector, to type: SQLType, node: Int) -> Vector {
    switch (a.type, type) {
    case (.string, _): return parsed(a, to: type)
    case (_, .string): return printed(a, node: node)
    case (.date, .timestamp): return Vector(type, .int64(a.int64s.map { $0 &* Self.microsPerDay }))
    case (.timestamp, .date):
      return Vector(type, .int64(a.int64s.map { $0.flooredQuotient(Self.microsPerDay) }))
    case (_, .double): return Vector(type, .double(a.doubles))
    case (.double, _): return fromDouble(a.doubles, to: type)
    case (_, .decimal):
      let (values, failures) = DecimalLane.rescaled(a, to: type.scale)
      return DecimalLane.pack(values, type, failures: failures)
    default:
      let (values, failures) = DecimalLane.rescaled(a, to: 0)
      return DecimalLane.pack(values, type, failures: failures)
    }
  }

  private func fromDouble(_ values: [Double], to type: SQLType) -> Vector {
    var failures: [Bool]?
    var out = [Int128](repeating: 0, count: values.count)
    for i in values.indices {
      if let value = Self.exact(values[i], type) { out[i] = value } else { DecimalLane.flag(&failures, i, values.count) }
    }
    return DecimalLane.pack(out, type, failures: failures)
  }

  private static func exact(_ value: Double, _ type: SQLType) -> Int128? {
    guard value.isFinite else { return nil }
    guard case .decimal(let precision, let scale) = type else {
      return Int128(exactly: value.rounded(.towardZero))
    }
    return try? FixedDecimal.parse("\(value)", precision: precision, scale: scale)
  }

  private func parsed(_ a: Vector, to type: SQLType) -> Vector {
    guard case .codes(let codes, let dictionary) = a.values else { return a }
    if type == .double || type == .boolean { return parsedLoosely(codes, dictionary, to: type) }
    var failures: [Bool]?
    var out = [Int128](repeating: 0, count: codes.count)
    let precision = type.isWhole ? 19 : type.precision
    for i in codes.indices {
      let text = dictionary.string(codes[i])
      if let value = try? FixedDecimal.parse(text, precision: precision, scale: type.scale) {
        out[i] = value
      } else {
        DecimalLane.flag(&failures, i, codes.count)
      }
    }
    return DecimalLane.pack(out, type, failures: failures)
  }

  private func parsedLoosely(_ codes: [Int32], _ dictionary: StringDictionary, to type: SQLType) -> Vector {
    var failures: [Bool]?
    var numbers = [Double](repeating: 0, count: codes.count)
    var flags = [Bool](repeating: false, count: codes.count)
    for i in codes.indices {
      let text = dictionary.string(codes[i])
      switch (type, text.lowercased()) {
      case (.boolean, "true"): flags[i] = true
      case (.boolean, "false"): break
      case (.double, _):
        if let value = Double(text) { numbers[i] = value } else { DecimalLane.flag(&failures, i, codes.count) }
      default: DecimalLane.flag(&failures, i, codes.count)
      }
    }
    return Vector(type, type == .double ? .double(numbers) : .bool(flags), failures: failures)
  }

  private func printed(_ a: Vector, node: Int) -> Vector {
    let dictionary = dictionary(for: node)
    let codes: [Int32]
    switch a.values {
    case .bool(let v): codes = v.map { dictionary.code(of: $0 ? "true" : "false") }
    case .double(let v): codes = v.map { dictionary.code(of: "\($0)") }
    default:
      let scale = a.type.scale
      codes = a.int128s.map { dictionary.code(of: FixedDecimal.text($0, scale: scale, trimmed: false)) }
    }
    return Vector(.string, .codes(codes, dictionary))
  }
}
