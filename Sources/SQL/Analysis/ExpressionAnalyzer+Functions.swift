extension ExpressionAnalyzer {
  /// A function call: scalar or aggregate, or refused by name.
  mutating func call(_ name: Name, _ syntax: [SyntaxExpression], _ range: SourceRange) throws(SQLError) -> Expression {
    if let function = FunctionNames.aggregates[name.text] {
      try checkAggregatesAllowed(range)
      let result = try aggregate(try aggregateSignature(function, name, try argumentsOfAggregate(syntax), range), range)
      // ksqlDB's deviation of fewer than two values is none, and not unknown.
      return name.text == "STDDEV_SAMPLE" ? .call(.coalesce, [result, .literal(.double(0), .double)], .double) : result
    }
    if let refused = FunctionNames.unsupported[name.text] { throw unsupported(name, refused) }
    guard let function = FunctionLibrary.function(named: name.text) else { throw unknown(name) }
    let arguments = try analyze(syntax)
    // What the engine computes a column at a time stays with it; the rest goes through the library row by row.
    if let scalar = FunctionNames.scalars[name.text], !arguments.contains(where: \.isOnlyForLibrary) {
      return try scalarCall(scalar, name, arguments, range)
    }
    return try libraryCall(function, name, arguments, range)
  }

  private mutating func argumentsOfAggregate(_ syntax: [SyntaxExpression]) throws(SQLError) -> [Typed] {
    let outer = clause
    clause = .aggregate
    defer { clause = outer }
    return try analyze(syntax)
  }

  private mutating func analyze(_ list: [SyntaxExpression]) throws(SQLError) -> [Typed] {
    var typed: [Typed] = []
    for syntax in list { typed.append(try analyze(syntax)) }
    return typed
  }

  private func unsupported(_ name: Name, _ advice: String) -> SQLError {
    text.error("the function \(name.text) is not supported; \(advice)", at: name.range)
  }

  private func unknown(_ name: Name) -> SQLError {
    let known = FunctionNames.aggregates.keys.sorted() + FunctionLibrary.all.filter { !$0.isAggregate }.map(\.name)
    return text.error("there is no function \(name.text)", at: name.range, suggestion: NearestName.of(name.text, in: known))
  }

  /// Refuses a wrong number of arguments; `shape` shows the right one.
  func check(_ count: Int, in allowed: ClosedRange<Int>, _ shape: String, _ range: SourceRange) throws(SQLError) {
    guard allowed.contains(count) else {
      throw text.error("a wrong number of arguments", at: range, expected: [shape])
    }
  }

  private func scalarCall(
    _ function: ScalarFunction, _ name: Name, _ arguments: [Typed], _ range: SourceRange
  ) throws(SQLError) -> Expression {
    let any = 1...100_000
    switch function {
    case .abs, .ceil, .floor:
      try check(arguments.count, in: 1...1, "\(name.text)(number)", range)
      let value = try number(arguments[0], name)
      return .call(function, [value], value.type)
    case .round: return try round(arguments, name, range)
    case .sqrt, .ln, .exp:
      try check(arguments.count, in: 1...1, "\(name.text)(number)", range)
      _ = try number(arguments[0], name)
      return .call(function, [coerce(arguments[0], to: .double)], .double)
    case .greatest, .least:
      try check(arguments.count, in: any, "\(name.text)(value, …)", range)
      return try unified(function, arguments, name, range, ordered: true)
    case .coalesce:
      try check(arguments.count, in: name.text == "IFNULL" ? 2...2 : any, "\(name.text)(value, other)", range)
      return try unified(function, arguments, name, range, ordered: false)
    case .nullIf:
      try check(arguments.count, in: 2...2, "NULLIF(value, other)", range)
      return try unified(function, arguments, name, range, ordered: false)
    case .concat: return try concat(arguments, name, range)
    case .upper, .lower, .trim:
      try check(arguments.count, in: 1...1, "\(name.text)(text)", range)
      return .call(function, [try string(arguments[0], name)], .string)
    case .length:
      try check(arguments.count, in: 1...1, "LEN(text)", range)
      return .call(function, [try string(arguments[0], name)], .integer)
    case .substring: return try substring(arguments, name, range)
    case .fromUnixTime:
      try check(arguments.count, in: 1...1, "FROM_UNIXTIME(milliseconds)", range)
      return .call(function, [try whole(arguments[0], name, as: .bigint)], .timestamp)
    case .unixTimestamp: return try unixTimestamp(arguments, range)
    default: throw unknown(name)
    }
  }

  private func number(_ value: Typed, _ name: Name) throws(SQLError) -> Expression {
    guard value.type.isNumeric, !value.isUntypedNull else {
      throw text.error("\(name.text) needs a number, not \(shown(value))", at: value.range)
    }
    return value.expression
  }

  private func whole(_ value: Typed, _ name: Name, as type: SQLType) throws(SQLError) -> Expression {
    guard value.isUntypedNull || value.type == .integer || value.type == type else {
      throw text.error("\(name.text) needs a whole number (\(type)) here, not \(shown(value))", at: value.range)
    }
    return coerce(value, to: type)
  }

  private func string(_ value: Typed, _ name: Name) throws(SQLError) -> Expression {
    guard value.type == .string else {
      throw text.error("\(name.text) needs a STRING, not \(value.type); use CAST(… AS STRING)", at: value.range)
    }
    return value.expression
  }

  /// Without digits a DOUBLE becomes BIGINT and a DECIMAL loses its places, as in ksqlDB; with digits the type stays.
  private func round(_ arguments: [Typed], _ name: Name, _ range: SourceRange) throws(SQLError) -> Expression {
    try check(arguments.count, in: 1...2, "ROUND(number[, digits])", range)
    let value = try number(arguments[0], name)
    if arguments.count == 2 {
      // By the digits that name the number, which the library looks at.
      if value.type == .double { return .function("ROUND", [value, try whole(arguments[1], name, as: .integer)], .double) }
      return .call(.round, [value, try whole(arguments[1], name, as: .integer)], value.type)
    }
    switch value.type {
    case .double: return .call(.round, [value], .bigint)
    case .decimal(let precision, let scale):
      return .call(.round, [value], .decimal(precision: min(38, precision - scale + 1), scale: 0))
    default: return .call(.round, [value], value.type)
    }
  }

  private func unified(
    _ function: ScalarFunction, _ arguments: [Typed], _ name: Name, _ range: SourceRange, ordered: Bool
  ) throws(SQLError) -> Expression {
    let arguments = ordered ? try withReadTexts(arguments) : arguments
    guard let type = try commonType(arguments, "the arguments of \(name.text)") else {
      throw text.error("every argument of \(name.text) is NULL; give one a type with CAST(NULL AS …)", at: range)
    }
    guard type.isOrdered || !ordered else {
      throw text.error("\(name.text) has no meaning for \(type)", at: arguments[0].range)
    }
    return .call(function, arguments.map { coerce($0, to: type) }, type)
  }

  /// ksqlDB's CONCAT takes NULL as empty, unlike `||`.
  private func concat(_ arguments: [Typed], _ name: Name, _ range: SourceRange) throws(SQLError) -> Expression {
    try check(arguments.count, in: 1...100_000, "CONCAT(text, …)", range)
    var parts: [Expression] = []
    for argument in arguments {
      let part = try string(argument, name)
      let empty = Expression.literal(.string(""), .string)
      let canBeNull = argument.literal == nil || argument.literal == .null
      parts.append(canBeNull ? .call(.coalesce, [part, empty], .string) : part)
    }
    return .call(.concat, parts, .string)
  }

  private func substring(_ arguments: [Typed], _ name: Name, _ range: SourceRange) throws(SQLError) -> Expression {
    try check(arguments.count, in: 2...3, "SUBSTRING(text, position[, length])", range)
    var parts = [try string(arguments[0], name)]
    for argument in arguments.dropFirst() { parts.append(try whole(argument, name, as: .integer)) }
    return .call(.substring, parts, .string)
  }

  private func unixTimestamp(_ arguments: [Typed], _ range: SourceRange) throws(SQLError) -> Expression {
    guard !arguments.isEmpty else {
      throw text.error(
        "UNIX_TIMESTAMP() of the present moment is not supported: a replay would differ; give it a TIMESTAMP column", at: range)
    }
    try check(arguments.count, in: 1...1, "UNIX_TIMESTAMP(timestamp)", range)
    guard arguments[0].type == .timestamp else {
      throw text.error("UNIX_TIMESTAMP needs a TIMESTAMP, not \(shown(arguments[0]))", at: arguments[0].range)
    }
    return .call(.unixTimestamp, [arguments[0].expression], .bigint)
  }
}
