import JSON
import SQL
import Values

/// JSON as values of declared types, by ksqlDB's conversions: texts that spell numbers are numbers, anything can be a STRING,
/// names of members are looked for as declared and then without regard to case.
///
/// Where ksqlDB cuts digits off (1.5 read as INT, a number beyond 64 bits), the record is refused.
enum JSONCoercion {
  static func value(_ json: JSONValue, as type: SQLType) throws(FormatError) -> Value {
    switch (json, type) {
    case (.null, _): return .null
    case (.bool(let value), .boolean): return .boolean(value)
    case (_, .boolean): throw mismatch(json, type)
    case (_, .string): return .string(try text(json))
    case (.array(let elements), .array(let element)): return .array(try array(elements, element))
    case (.object(let members), .map(let key, let value)): return try map(members, key, value)
    case (.object(let members), .structure(let declared)):
      return .structure(try structure(members, declared.map { ($0.name, $0.type) }))
    case (.number(let text), _): return try number(text, as: type)
    case (.string(let text), _): return try self.text(text, as: type)
    default: throw mismatch(json, type)
    }
  }

  private static func mismatch(_ json: JSONValue, _ type: SQLType) -> FormatError {
    let found =
      switch json {
      case .null: "null"
      case .bool: "a boolean"
      case .number: "a number"
      case .string: "a text"
      case .array: "a list"
      case .object: "an object"
      }
    return TextCoercion.mismatch(found, type)
  }

  /// Texts that spell values of other types.
  private static func text(_ text: String, as type: SQLType) throws(FormatError) -> Value {
    if type.isNested { throw TextCoercion.mismatch("a text", type) }
    return try TextCoercion.value(text, as: type)
  }

  private static func number(_ text: String, as type: SQLType) throws(FormatError) -> Value {
    switch type {
    case .double: return .double(try TextCoercion.double(text))
    case .decimal(let precision, let scale): return try TextCoercion.decimal(text, precision: precision, scale: scale)
    case .integer: return .integer(try whole(text, type))
    case .bigint: return .bigint(try whole(text, type))
    case .date: return .date(try whole(text, type))
    case .timestamp: return try TextCoercion.timestamp(milliseconds: try whole(text, type))
    case .time: return try TextCoercion.time(milliseconds: try whole(text, type))
    default: throw TextCoercion.mismatch("a number", type)
    }
  }

  private static func whole<T: FixedWidthInteger>(_ text: String, _ type: SQLType) throws(FormatError) -> T {
    guard let exact = DecimalText(text)?.unscaled(precision: 38, scale: 0), let value = T(exactly: exact) else {
      throw FormatError(.undecodable, "a number that does not fit \(type) without losing digits")
    }
    return value
  }

  private static func array(_ elements: [JSONValue], _ type: SQLType) throws(FormatError) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      do throws(FormatError) { values.append(try value(element, as: type)) } catch { throw error.inside("[\(index)]") }
    }
    return values
  }

  private static func map(_ members: [JSONValue.Member], _ key: SQLType, _ type: SQLType) throws(FormatError) -> Value {
    var pairs: [(key: Value, value: Value)] = []
    for member in members {
      do throws(FormatError) {
        pairs.append((try TextCoercion.value(member.name, as: key), try value(member.value, as: type)))
      } catch {
        throw error.inside("an entry")
      }
    }
    return .map(of: pairs)
  }

  /// The declared members, in their order; those that are missing are NULL and those that are not declared are left out.
  static func structure(_ members: [JSONValue.Member], _ declared: [(String, SQLType)]) throws(FormatError) -> [Value] {
    let exact = Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    var upper: [String: JSONValue]?
    var values: [Value] = []
    values.reserveCapacity(declared.count)
    for (name, type) in declared {
      var found = exact[name]
      if found == nil {
        let folded = upper ?? Dictionary(members.map { ($0.name.uppercased(), $0.value) }, uniquingKeysWith: { $1 })
        upper = folded
        found = folded[name]
      }
      do throws(FormatError) {
        values.append(try value(found ?? .null, as: type))
      } catch {
        throw error.inside(name)
      }
    }
    return values
  }

  /// What a STRING column holds of any JSON: texts as they are, numbers and booleans as they are written, objects as JSON,
  /// lists as `[a, b]`.
  private static func text(_ json: JSONValue) throws(FormatError) -> String {
    switch json {
    case .string(let text): return text
    case .number(let text): return decimal(text)
    case .bool(let value): return value ? "true" : "false"
    case .object: return json.text
    case .null: return "null"
    case .array(let elements):
      var parts: [String] = []
      for element in elements { parts.append(try text(element)) }
      return "[\(parts.joined(separator: ", "))]"
    }
  }

  /// Java writes an exponent with a capital letter and its sign.
  private static func decimal(_ text: String) -> String {
    guard let mark = text.firstIndex(where: { $0 == "e" || $0 == "E" }) else { return text }
    let power = text[text.index(after: mark)...]
    return "\(text[..<mark])E\(power.first == "-" || power.first == "+" ? "" : "+")\(power)"
  }
}
