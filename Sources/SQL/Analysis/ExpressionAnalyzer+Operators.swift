extension ExpressionAnalyzer {
  func binary(
    _ operation: SyntaxExpression.Binary, _ left: Typed, _ right: Typed, _ range: SourceRange
  ) throws(SQLError) -> Expression {
    switch operation {
    case .and, .or:
      let operands = [try boolean(left, operation.rawValue), try boolean(right, operation.rawValue)]
      return .call(operation == .and ? .and : .or, operands, .boolean)
    case .equal: return try writtenComparison(.equal, left, right)
    case .notEqual: return try writtenComparison(.notEqual, left, right)
    case .less: return try writtenComparison(.less, left, right)
    case .lessOrEqual: return try writtenComparison(.lessOrEqual, left, right)
    case .greater: return try writtenComparison(.greater, left, right)
    case .greaterOrEqual: return try writtenComparison(.greaterOrEqual, left, right)
    case .concat: return try concatenation(left, right, "||")
    case .add where left.type == .string && right.type == .string: return try concatenation(left, right, "+")
    case .add: return try arithmetic(.add, left, right, range)
    case .subtract: return try arithmetic(.subtract, left, right, range)
    case .multiply: return try arithmetic(.multiply, left, right, range)
    case .divide: return try arithmetic(.divide, left, right, range)
    case .modulo: return try arithmetic(.modulo, left, right, range)
    }
  }

  private func writtenComparison(
    _ operation: ScalarFunction, _ left: Typed, _ right: Typed
  ) throws(SQLError) -> Expression {
    if let null = [left, right].first(where: \.isUntypedNull) {
      throw text.error(
        "nothing is \(operation.rawValue) NULL", at: null.range, expected: ["IS NULL", "IS NOT NULL", "IS DISTINCT FROM"])
    }
    return try comparison(operation, left, right)
  }

  func comparison(_ operation: ScalarFunction, _ left: Typed, _ right: Typed) throws(SQLError) -> Expression {
    let (values, type) = try comparable([left, right], operation.rawValue)
    guard type.isOrdered || operation == .equal || operation == .notEqual else {
      throw text.error("\(operation.rawValue) has no meaning for \(type); use = or <>", at: left.range.through(right.range))
    }
    return .call(operation, values, .boolean)
  }

  private func concatenation(_ left: Typed, _ right: Typed, _ operation: String) throws(SQLError) -> Expression {
    for side in [left, right] where side.type != .string || side.isUntypedNull {
      throw text.error("\(operation) joins STRINGs, not \(shown(side)); use CAST(… AS STRING)", at: side.range)
    }
    return .call(.concat, [left.expression, right.expression], .string)
  }

  private func arithmetic(
    _ operation: ScalarFunction, _ left: Typed, _ right: Typed, _ range: SourceRange
  ) throws(SQLError) -> Expression {
    for side in [left, right] where side.isUntypedNull || !side.type.isNumeric {
      throw text.error("\(operation.rawValue) needs numbers, not \(shown(side))", at: side.range)
    }
    if operation == .divide || operation == .modulo, isExactZero(right) {
      throw text.error("this divides by zero", at: right.range)
    }
    guard let type = left.type.result(of: operation, with: right.type) else {
      throw text.error(
        "an exact result of \(left.type) \(operation.rawValue) \(right.type) has more than 38 digits after the point; "
          + "CAST an operand to fewer", at: range)
    }
    return .call(operation, [operand(left, operation, type), operand(right, operation, type)], type)
  }

  private func isExactZero(_ value: Typed) -> Bool {
    switch value.literal {
    case .integer(0), .decimal(unscaled: 0, _): true
    default: false
    }
  }

  /// Operands as the function works on them: all DOUBLE, all of one integer type, or all DECIMAL; of one scale except
  /// for `*` and `/`.
  private func operand(_ value: Typed, _ operation: ScalarFunction, _ result: SQLType) -> Expression {
    guard case .decimal(_, let scale) = result, let own = value.type.asDecimal else { return coerce(value, to: result) }
    let isScaled = operation == .multiply || operation == .divide || own.scale == scale
    let target = isScaled ? own : (precision: min(38, own.precision - own.scale + scale), scale: scale)
    return coerce(value, to: .decimal(precision: target.precision, scale: target.scale))
  }

  func between(_ value: Typed, _ low: Typed, _ high: Typed) throws(SQLError) -> Expression {
    try checkRepeatable([value])
    return .call(
      .and, [try comparison(.greaterOrEqual, value, low), try comparison(.lessOrEqual, value, high)], .boolean)
  }

  mutating func isIn(_ value: SyntaxExpression, _ list: [SyntaxExpression]) throws(SQLError) -> Expression {
    var values = [try analyze(value)]
    for element in list { values.append(try analyze(element)) }
    return .call(.isIn, try comparable(try withReadTexts(values), "IN", unitesFields: true).values, .boolean)
  }

  func like(_ value: Typed, _ pattern: Typed, _ escape: Name?) throws(SQLError) -> Expression {
    for side in [value, pattern] where side.type != .string || side.isUntypedNull {
      throw text.error("LIKE works on STRINGs, not \(shown(side))", at: side.range)
    }
    let expression = try escape.map { escape throws(SQLError) in try escaped(pattern, by: escape) }
    return .call(.like, [value.expression, expression ?? pattern.expression], .boolean)
  }

  /// The pattern with the engine's own escape, the backslash, in the place of the one the statement names.
  private func escaped(_ pattern: Typed, by escape: Name) throws(SQLError) -> Expression {
    guard escape.text.unicodeScalars.count == 1, let mark = escape.text.unicodeScalars.first else {
      throw text.error("ESCAPE is one character", at: escape.range)
    }
    guard case .string(let string)? = pattern.literal else {
      return .function("ESCAPED", [pattern.expression, .literal(.string(escape.text), .string)], .string)
    }
    return .literal(.string(LikeEscape.pattern(string, escapedBy: mark)), .string)
  }

  /// NULLs are equal to one another and different from everything else.
  func isDistinct(_ left: Typed, _ right: Typed) throws(SQLError) -> Expression {
    try checkRepeatable([left, right])
    let (values, _) = try comparable([left, right], "IS DISTINCT FROM")
    let isNull = values.map { Expression.call(.isNull, [$0], .boolean) }
    let isNotNull = values.map { Expression.call(.isNotNull, [$0], .boolean) }
    return .conditional(
      [
        Expression.Branch(condition: isNull[0], result: isNotNull[1]),
        Expression.Branch(condition: isNull[1], result: .literal(.boolean(true), .boolean)),
      ],
      otherwise: .call(.notEqual, values, .boolean), .boolean)
  }

  mutating func conditional(
    _ operand: SyntaxExpression?, _ whens: [SyntaxExpression.When], _ otherwise: SyntaxExpression?
  ) throws(SQLError) -> Expression {
    var subject: Typed?
    if let operand {
      let typed = try analyze(operand)
      try checkRepeatable([typed])
      subject = typed
    }
    var conditions: [Expression] = []
    var results: [Typed] = []
    for when in whens {
      let condition = try analyze(when.condition)
      if let subject {
        conditions.append(try comparison(.equal, subject, condition))
      } else {
        conditions.append(try boolean(condition, "WHEN"))
      }
      results.append(try analyze(when.result))
    }
    let last = try otherwise.map { syntax throws(SQLError) in try analyze(syntax) }
    guard let type = try commonType(results + [last].compactMap(\.self), "the results of CASE") else {
      throw text.error("every result of this CASE is NULL; give one a type with CAST(NULL AS …)", at: results[0].range)
    }
    let branches = zip(conditions, results).map { Expression.Branch(condition: $0, result: coerce($1, to: type)) }
    return .conditional(branches, otherwise: last.map { coerce($0, to: type) } ?? .literal(.null, type), type)
  }
}
