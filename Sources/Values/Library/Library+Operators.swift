import SQL

extension Library {
  /// `array[n]`, counted from 1 or, when negative, from the end; `map[key]`. NULL where there is nothing.
  static func element(_ arguments: [Value]) throws(ValueError) -> Value {
    if case .map(let entries) = arguments[0] { return entries.first { $0.key == arguments[1] }?.value ?? .null }
    let list = try arguments.list(0)
    let position = try arguments.whole(1)
    let index = position > 0 ? position - 1 : position < 0 ? list.count + position : -1
    return list.indices.contains(index) ? list[index] : .null
  }

  /// `structure->name`.
  static func member(_ arguments: [Value], _ call: LibraryCall) throws(ValueError) -> Value {
    let name = try arguments.text(1)
    guard case .structure(let values) = arguments[0], case .structure(let members) = call.arguments[0],
      let index = members.firstIndex(where: { $0.name == name }), values.indices.contains(index)
    else { throw .invalid("-> of a STRUCT without such a field") }
    return values[index]
  }

  /// A pattern of LIKE with the escape that stands behind it.
  static func escaped(_ arguments: [Value]) throws(ValueError) -> Value {
    guard let mark = try arguments.text(1).unicodeScalars.first else { throw .invalid("an ESCAPE that is no character") }
    return .string(LikeEscape.pattern(try arguments.text(0), escapedBy: mark))
  }

  static func array(_ arguments: [Value], _ call: LibraryCall) throws(ValueError) -> Value {
    guard case .array(let element) = call.result else { throw .invalid("ARRAY of another type") }
    var values: [Value] = []
    for (index, argument) in arguments.enumerated() { values.append(try argument.cast(from: call.arguments[index], to: element)) }
    return .array(values)
  }

  static func map(_ arguments: [Value], _ call: LibraryCall) throws(ValueError) -> Value {
    guard case .map(let key, let value) = call.result else { throw .invalid("MAP of another type") }
    var pairs: [(key: Value, value: Value)] = []
    for index in stride(from: 0, to: arguments.count - 1, by: 2) {
      guard !arguments[index].isNull else { throw .invalid("a MAP with a key that is NULL") }
      pairs.append(
        (
          key: try arguments[index].cast(from: call.arguments[index], to: key),
          value: try arguments[index + 1].cast(from: call.arguments[index + 1], to: value)
        ))
    }
    return .map(of: pairs)
  }

  static func structure(_ arguments: [Value], _ call: LibraryCall) throws(ValueError) -> Value {
    guard case .structure(let members) = call.result else { throw .invalid("STRUCT of another type") }
    var values: [Value] = []
    for (index, member) in members.enumerated() {
      values.append(try arguments[index].cast(from: call.arguments[index], to: member.type))
    }
    return .structure(values)
  }
}
