import JSON
import SQL

extension Library {
  static let json: [String: Library] = [
    "EXTRACTJSONFIELD": Library { arguments, _ throws(ValueError) in
      let path = try JSONPath(try arguments.text(1))
      return .optional(path.value(in: try parsed(try arguments.text(0))).map { plain($0) })
    },
    "IS_JSON_STRING": Library(seesNulls: true) { arguments, _ in
      guard case .string(let text) = arguments[0] else { return .boolean(false) }
      return .boolean((try? JSONValue(parsing: text)) != nil)
    },
    "JSON_ARRAY_CONTAINS": Library(seesNulls: true) { arguments, _ throws(ValueError) in
      if arguments[0].isNull { return .null }
      guard case .array(let elements) = try parsed(try arguments.text(0)) else { return .boolean(false) }
      return .boolean(elements.contains { matches($0, arguments[1]) })
    },
    "JSON_ARRAY_LENGTH": Library { arguments, _ throws(ValueError) in
      guard case .array(let elements) = try parsed(try arguments.text(0)) else { return .null }
      return try .int(elements.count)
    },
    "JSON_CONCAT": Library { arguments, _ throws(ValueError) in try concatenated(arguments) },
    "JSON_ITEMS": Library { arguments, _ throws(ValueError) in
      guard case .array(let elements) = try parsed(try arguments.text(0)) else {
        throw .invalid("JSON_ITEMS of JSON that is no array")
      }
      return .array(elements.map { .string($0.text) })
    },
    "JSON_KEYS": Library { arguments, _ throws(ValueError) in
      guard case .object(let members) = try parsed(try arguments.text(0)) else { return .null }
      return .array(members.map { .string($0.name) })
    },
    "JSON_RECORDS": Library { arguments, _ throws(ValueError) in
      guard case .object(let members) = try parsed(try arguments.text(0)) else { return .null }
      return .map(of: members.map { (key: .string($0.name), value: .string(plain($0.value))) })
    },
    "TO_JSON_STRING": Library(seesNulls: true) { arguments, call in
      .string(sorted(arguments[0].json(as: call.arguments[0], times: .texts)).text)
    },
  ]

  private static func parsed(_ text: String) throws(ValueError) -> JSONValue {
    do { return try JSONValue(parsing: text) } catch { throw .invalid(error.description) }
  }

  /// A text as it is, all else as JSON.
  private static func plain(_ value: JSONValue) -> String { value.stringValue ?? value.text }

  private static func concatenated(_ arguments: [Value]) throws(ValueError) -> Value {
    var values: [JSONValue] = []
    for index in arguments.indices { values.append(try parsed(try arguments.text(index))) }
    guard values.allSatisfy({ $0.members != nil }) else {
      return .string(JSONValue.array(values.flatMap { $0.arrayValue ?? [$0] }).text)
    }
    var members: [JSONValue.Member] = []
    var places: [String: Int] = [:]
    for member in values.flatMap({ $0.members ?? [] }) {
      if let place = places[member.name] {
        members[place] = member
      } else {
        places[member.name] = members.count
        members.append(member)
      }
    }
    return .string(JSONValue.object(members).text)
  }

  /// Whether both are the same value of the same kind: 1 is not 1.0, as in ksqlDB.
  private static func matches(_ json: JSONValue, _ value: Value) -> Bool {
    switch (json, value) {
    case (.null, .null): return true
    case (.bool(let a), .boolean(let b)): return a == b
    case (.string(let a), .string(let b)): return a.utf8.elementsEqual(b.utf8)
    case (.number(let text), .double(let b)): return text.contains { ".eE".contains($0) } && Double(text) == b
    case (.number(let text), .integer), (.number(let text), .bigint):
      return Int64(text).map { Value.bigint($0).compared(to: value) == 0 } ?? false
    default: return false
    }
  }

  /// Members of objects in the order of their names, so that equal values give equal texts.
  private static func sorted(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): .array(elements.map { sorted($0) })
    case .object(let members):
      .object(members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }.map { .init($0.name, sorted($0.value)) })
    default: value
    }
  }
}

/// A path into JSON: `$`, then `.name`, `[0]`, `['name']` or `["name"]`, any number of times.
struct JSONPath {
  private var steps: [String] = []

  init(_ text: String) throws(ValueError) {
    var rest = text[...]
    guard rest.popFirst() == "$" else { throw Self.unreadable }
    while let mark = rest.popFirst() {
      switch mark {
      case ".":
        let name = rest.prefix { $0 != "." && $0 != "[" }
        guard !name.isEmpty else { throw Self.unreadable }
        steps.append(String(name))
        rest = rest[name.endIndex...]
      case "[": steps.append(try Self.bracketed(&rest))
      default: throw Self.unreadable
      }
    }
  }

  private static var unreadable: ValueError { .invalid("a path that is not of the form $.name[0]") }

  private static func bracketed(_ rest: inout Substring) throws(ValueError) -> String {
    var step = ""
    if let quote = rest.first, quote == "\"" || quote == "'" {
      rest.removeFirst()
      var isEscaped = false
      while let next = rest.popFirst() {
        if !isEscaped, next == quote { break }
        isEscaped = !isEscaped && next == "\\"
        if !isEscaped { step.append(next) }
      }
    } else {
      // No array has a place before its first, so that nothing stands there, as in ksqlDB.
      if rest.first == "-" { step.append(rest.removeFirst()) }
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard !digits.isEmpty else { throw unreadable }
      step += digits
      rest = rest.dropFirst(digits.count)
    }
    guard rest.popFirst() == "]" else { throw unreadable }
    return step
  }

  /// What stands there; nil when nothing does.
  func value(in json: JSONValue) -> JSONValue? {
    var current = json
    for step in steps {
      switch current {
      case .object:
        guard let next = current[step] else { return nil }
        current = next
      case .array(let elements):
        guard let index = Int(step), elements.indices.contains(index) else { return nil }
        current = elements[index]
      default: return nil
      }
    }
    return current
  }
}
