import JSON
import SQL

/// Whether a value that came out is the one a case expects.
///
/// Numbers are compared by value: exactly, but those of DOUBLE columns as doubles, which two ways of adding up may give in
/// other last digits. Objects must have the same members; a name that is not found as it stands is looked for in upper case.
struct ValueMatch {
  /// How far apart two doubles may lie that count as the same, relative to the larger.
  static let tolerance = 1e-9
  /// Whether texts may stand for numbers and the reverse, as decimals may where the type is known.
  var allowsTextForNumbers = false

  func matches(_ expected: JSONValue, _ actual: JSONValue, _ type: SQLType?) -> Bool {
    switch (expected, actual) {
    case (.null, .null): return true
    case (.bool(let a), .bool(let b)): return a == b
    case (.string(let a), .string(let b)): return a == b
    case (.number(let a), .number(let b)): return numbers(a, b, type)
    case (.string(let a), .number(let b)), (.number(let b), .string(let a)):
      return (allowsTextForNumbers || type.isDecimal) && numbers(a, b, type)
    case (.array(let a), .array(let b)): return arrays(a, b, type)
    case (.object(let a), .object(let b)): return objects(a, b, type)
    default: return false
    }
  }

  private func numbers(_ a: String, _ b: String, _ type: SQLType?) -> Bool {
    if let x = ExactNumber(a), let y = ExactNumber(b), x == y { return true }
    guard type == .double, let x = Double(a), let y = Double(b) else { return false }
    return abs(x - y) <= Self.tolerance * max(abs(x), abs(y))
  }

  private func arrays(_ a: [JSONValue], _ b: [JSONValue], _ type: SQLType?) -> Bool {
    let element: SQLType? = if case .array(let element)? = type { element } else { nil }
    return a.count == b.count && zip(a, b).allSatisfy { matches($0, $1, element) }
  }

  private func objects(_ a: [JSONValue.Member], _ b: [JSONValue.Member], _ type: SQLType?) -> Bool {
    guard a.count == b.count else { return false }
    let members = Dictionary(b.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    return a.allSatisfy { member in
      let name = members[member.name] == nil ? member.name.uppercased() : member.name
      return members[name].map { matches(member.value, $0, Self.type(of: name, in: type)) } ?? false
    }
  }

  private static func type(of name: String, in type: SQLType?) -> SQLType? {
    switch type {
    case .structure(let members): members.first { $0.name == name }?.type
    case .map(_, let value): value
    default: nil
    }
  }
}

extension SQLType? {
  fileprivate var isDecimal: Bool {
    if case .decimal? = self { true } else { false }
  }
}
