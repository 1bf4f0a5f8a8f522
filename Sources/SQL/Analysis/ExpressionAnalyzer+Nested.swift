extension ExpressionAnalyzer {
  /// `base[index]`: an element of an ARRAY by its position from 1, or of a MAP by its key. NULL where there is none.
  mutating func element(_ base: SyntaxExpression, _ index: SyntaxExpression) throws(SQLError) -> Expression {
    let base = try analyze(base)
    let index = try analyze(index)
    switch base.type {
    case .array(let element) where !base.isUntypedNull:
      guard index.type.isInteger, !index.isUntypedNull else {
        throw text.error("the position in an ARRAY is a whole number, not \(shown(index))", at: index.range)
      }
      guard index.literal != .integer(0) else {
        throw text.error("positions in an ARRAY begin at 1; -1 is the last", at: index.range)
      }
      return .function("[]", [base.expression, index.expression], element)
    case .map(let key, let value) where !base.isUntypedNull:
      guard !index.isUntypedNull, index.type.common(with: key) == key else {
        throw text.error("the keys of this MAP are of type \(key), not \(shown(index))", at: index.range)
      }
      return .function("[]", [base.expression, coerce(index, to: key)], value)
    default: throw text.error("[ ] reads from an ARRAY or a MAP, not from \(shown(base))", at: base.range)
    }
  }

  /// `base->name`: a field of a STRUCT; NULL where the STRUCT is NULL.
  mutating func member(_ base: SyntaxExpression, _ name: Name) throws(SQLError) -> Expression {
    if case .column(nil, let column) = base.kind, scope.relations.contains(where: { $0.qualifier == column.text }),
      !scope.columns.contains(where: { $0.name == column.text })
    {
      throw text.error(
        "\(column.text) is a source; its columns are read with a point", at: base.range, expected: ["\(column.text).\(name.text)"]
      )
    }
    let base = try analyze(base)
    guard case .structure(let members) = base.type, !base.isUntypedNull else {
      throw text.error("-> reads a field of a STRUCT, not of \(shown(base))", at: base.range)
    }
    guard let member = members.first(where: { $0.name == name.text }) else {
      throw text.error(
        "this STRUCT has no field \(name.text)", at: name.range, suggestion: NearestName.of(name.text, in: members.map(\.name)))
    }
    return .function("->", [base.expression, .literal(.string(member.name), .string)], member.type)
  }

  /// `base->*`: every field of a STRUCT, by name.
  mutating func allMembers(_ base: SyntaxExpression) throws(SQLError) -> [(name: String, expression: Expression)] {
    let base = try analyze(base)
    guard case .structure(let members) = base.type, !base.isUntypedNull else {
      throw text.error("->* reads the fields of a STRUCT, not of \(shown(base))", at: base.range)
    }
    try checkRepeatable([base])
    return members.map { member in
      (member.name, .function("->", [base.expression, .literal(.string(member.name), .string)], member.type))
    }
  }

  mutating func array(_ elements: [SyntaxExpression], _ range: SourceRange) throws(SQLError) -> Expression {
    var values: [Typed] = []
    for element in elements { values.append(try analyze(element)) }
    values = try withReadTexts(values)
    guard let type = try commonType(values, "the elements of an ARRAY", unitesFields: true) else {
      throw text.error("the type of this ARRAY's elements is not known; write CAST(… AS …) for one of them", at: range)
    }
    return .function("ARRAY", values.map { coerce($0, to: type) }, .array(type))
  }

  mutating func map(_ entries: [SyntaxExpression.Entry], _ range: SourceRange) throws(SQLError) -> Expression {
    var keys: [Typed] = []
    var values: [Typed] = []
    for entry in entries {
      keys.append(try analyze(entry.key))
      values.append(try analyze(entry.value))
    }
    (keys, values) = (try withReadTexts(keys), try withReadTexts(values))
    if let null = keys.first(where: \.isUntypedNull) { throw text.error("a key of a MAP cannot be NULL", at: null.range) }
    guard let key = try commonType(keys, "the keys of a MAP"),
      let value = try commonType(values, "the values of a MAP", unitesFields: true)
    else {
      throw text.error("the types of this MAP are not known; write CAST(… AS …) for one of its values", at: range)
    }
    guard !key.isNested else { throw text.error("the keys of a MAP are no ARRAY, MAP or STRUCT", at: keys[0].range) }
    let pairs = zip(keys, values).flatMap { [coerce($0, to: key), coerce($1, to: value)] }
    return .function("MAP", pairs, .map(key, value))
  }

  mutating func structure(_ fields: [SyntaxExpression.NamedValue], _ range: SourceRange) throws(SQLError) -> Expression {
    guard !fields.isEmpty else { throw text.error("a STRUCT has at least one field", at: range) }
    var members: [SQLType.Member] = []
    var values: [Expression] = []
    for field in fields {
      guard !members.contains(where: { $0.name == field.name.text }) else {
        throw text.error("the field \(field.name.text) is given twice", at: field.name.range)
      }
      let value = try analyze(field.value)
      guard !value.isUntypedNull else {
        throw text.error("this field has no type; write CAST(NULL AS …)", at: value.range)
      }
      members.append(SQLType.Member(name: field.name.text, type: value.type))
      values.append(value.expression)
    }
    return .function("STRUCT", values, .structure(members))
  }
}
