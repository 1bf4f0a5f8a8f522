extension ExpressionAnalyzer {
  /// The arguments as the aggregate works on them, and the type of its result.
  func aggregateSignature(
    _ function: AggregateFunction, _ name: Name, _ arguments: [Typed], _ range: SourceRange
  ) throws(SQLError) -> ([Expression], SQLType) {
    for argument in arguments where argument.isUntypedNull {
      throw text.error("\(name.text) of NULL is always NULL; name a column", at: argument.range)
    }
    switch function {
    case .countAll, .count:
      try check(arguments.count, in: 1...1, "COUNT(value) or COUNT(*)", range)
      return ([arguments[0].expression], .bigint)
    case .sum:
      let value = try numeric(arguments, name, range)
      return ([value], Self.sumType(value.type))
    case .average, .varianceSample, .standardDeviationSample:
      return ([try numeric(arguments, name, range)], .double)
    case .min, .max:
      try check(arguments.count, in: 1...1, "\(name.text)(value)", range)
      try checkOrdered(arguments, name)
      return ([arguments[0].expression], arguments[0].type)
    case .firstBy, .lastBy:
      try check(arguments.count, in: 2...9, "\(name.text)(value, order, …)", range)
      try checkNotBytes(arguments[0], name)
      try checkOrdered(Array(arguments.dropFirst()), name)
      for order in arguments.dropFirst() where order.type == .string {
        throw text.error("\(name.text) by a STRING is not supported yet; use a number or a time", at: order.range)
      }
      return (arguments.map(\.expression), arguments[0].type)
    case .earliestByOffset, .latestByOffset:
      try check(arguments.count, in: 1...1, "\(name.text)(value)", range)
      try checkNotBytes(arguments[0], name)
      return ([arguments[0].expression], arguments[0].type)
    case .vwap:
      try check(arguments.count, in: 2...2, "VWAP(price, quantity)", range)
      let exact = [try exact(arguments[0], name), try exact(arguments[1], name)]
      guard exact[0].type.result(of: .multiply, with: exact[1].type) != nil else {
        throw text.error(
          "\(name.text) of these has more than 38 digits after the point; CAST an argument to fewer", at: range)
      }
      return (exact, .decimal(precision: 38, scale: 16))
    }
  }

  private static func sumType(_ type: SQLType) -> SQLType {
    switch type {
    case .decimal(_, let scale): .decimal(precision: 38, scale: scale)
    case .double: .double
    default: .bigint
    }
  }

  /// One number; INT widened to BIGINT, so that aggregates need to know three types only.
  private func numeric(_ arguments: [Typed], _ name: Name, _ range: SourceRange) throws(SQLError) -> Expression {
    try check(arguments.count, in: 1...1, "\(name.text)(number)", range)
    guard arguments[0].type.isNumeric else {
      throw text.error("\(name.text) needs a number, not \(arguments[0].type)", at: arguments[0].range)
    }
    return arguments[0].type == .integer ? coerce(arguments[0], to: .bigint) : arguments[0].expression
  }

  private func exact(_ value: Typed, _ name: Name) throws(SQLError) -> Expression {
    guard let decimal = value.type.asDecimal else {
      throw text.error("\(name.text) is exact and needs DECIMALs, not \(value.type); use CAST", at: value.range)
    }
    return coerce(value, to: .decimal(precision: decimal.precision, scale: decimal.scale))
  }

  private func checkNotBytes(_ value: Typed, _ name: Name) throws(SQLError) {
    guard value.type != .bytes else {
      throw text.error("\(name.text) of BYTES is not supported yet; declare the column as STRING", at: value.range)
    }
  }

  private func checkOrdered(_ arguments: [Typed], _ name: Name) throws(SQLError) {
    for argument in arguments where !argument.type.isOrdered {
      throw text.error("\(name.text) cannot order values of type \(argument.type)", at: argument.range)
    }
  }
}
