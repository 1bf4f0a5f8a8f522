extension ExpressionAnalyzer {
  /// The call as the aggregate works on it: its arguments, the constants after them, and the type of its result.
  func aggregateSignature(
    _ function: AggregateFunction, _ name: Name, _ arguments: [Typed], _ range: SourceRange
  ) throws(SQLError) -> AggregateCall {
    for argument in arguments where argument.isUntypedNull {
      throw text.error("\(name.text) of NULL is always NULL; name a column", at: argument.range)
    }
    switch function {
    case .countAll, .count:
      if arguments.isEmpty { return AggregateCall(function: .countAll, arguments: [], type: .bigint) }
      try check(arguments.count, in: 1...1, "COUNT(value), COUNT(*) or COUNT()", range)
      return AggregateCall(function: function, arguments: [arguments[0].expression], type: .bigint)
    case .sum:
      let value = try numeric(arguments, name, range)
      return AggregateCall(function: function, arguments: [value], type: Self.sumType(value.type))
    case .average, .varianceSample, .standardDeviationSample:
      return AggregateCall(function: function, arguments: [try numeric(arguments, name, range)], type: .double)
    case .min, .max:
      try check(arguments.count, in: 1...1, "\(name.text)(value)", range)
      try checkOrdered(arguments, name)
      return AggregateCall(function: function, arguments: [arguments[0].expression], type: arguments[0].type)
    case .firstBy, .lastBy:
      let mostOrders = name.text.hasPrefix("ARG_") ? 2 : 9
      try check(arguments.count, in: 2...mostOrders, "\(name.text)(value, order\(mostOrders > 2 ? ", …" : ""))", range)
      try checkOrders(Array(arguments.dropFirst()), name)
      return AggregateCall(function: function, arguments: arguments.map(\.expression), type: arguments[0].type)
    case .earliestByOffset, .latestByOffset: return try byOffset(function, name, arguments, range)
    case .vwap: return try vwap(name, arguments, range)
    case .topK, .topKDistinct: return try topK(function, name, arguments, range)
    case .correlation, .realizedVolatility: return try ofDoubles(function, name, arguments, range)
    case .collectList, .collectSet, .countDistinct, .histogram, .attribute, .sumList:
      return try collection(function, name, arguments, range)
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
    try checkNumber(arguments[0], name)
    return arguments[0].type == .integer ? coerce(arguments[0], to: .bigint) : arguments[0].expression
  }

  private func vwap(_ name: Name, _ arguments: [Typed], _ range: SourceRange) throws(SQLError) -> AggregateCall {
    try check(arguments.count, in: 2...2, "VWAP(price, quantity)", range)
    let exact = [try exact(arguments[0], name), try exact(arguments[1], name)]
    guard exact[0].type.result(of: .multiply, with: exact[1].type) != nil else {
      throw text.error("\(name.text) of these has more than 38 digits after the point; CAST an argument to fewer", at: range)
    }
    return AggregateCall(function: .vwap, arguments: exact, type: .decimal(precision: 38, scale: 16))
  }

  private func exact(_ value: Typed, _ name: Name) throws(SQLError) -> Expression {
    guard let decimal = value.type.asDecimal else {
      throw text.error("\(name.text) is exact and needs DECIMALs, not \(value.type); use CAST", at: value.range)
    }
    return coerce(value, to: .decimal(precision: decimal.precision, scale: decimal.scale))
  }

  private func checkNumber(_ value: Typed, _ name: Name) throws(SQLError) {
    guard value.type.isNumeric else {
      throw text.error("\(name.text) needs a number, not \(value.type)", at: value.range)
    }
  }

  private func checkOrdered(_ arguments: [Typed], _ name: Name) throws(SQLError) {
    for argument in arguments where !argument.type.isOrdered {
      throw text.error("\(name.text) cannot order values of type \(argument.type)", at: argument.range)
    }
  }

  private func checkOrders(_ arguments: [Typed], _ name: Name) throws(SQLError) {
    try checkOrdered(arguments, name)
    for order in arguments where order.type == .string || order.type == .bytes {
      throw text.error("\(name.text) by a \(order.type) is not supported yet; use a number or a time", at: order.range)
    }
  }
}

/// Aggregates with constants after their arguments, and those that collect.
extension ExpressionAnalyzer {
  /// The most values that TOPK and its like keep: each open window holds as many.
  private static let mostKept: Int64 = 10_000

  /// EARLIEST_BY_OFFSET(value [, count] [, ignoreNulls]).
  private func byOffset(
    _ function: AggregateFunction, _ name: Name, _ arguments: [Typed], _ range: SourceRange
  ) throws(SQLError) -> AggregateCall {
    try check(arguments.count, in: 1...3, "\(name.text)(value[, count][, ignoreNulls])", range)
    var rest = arguments.dropFirst()
    var parameters: [Literal] = []
    var type = arguments[0].type
    if let next = rest.first, next.type != .boolean {
      parameters.append(try count(next, name))
      type = .array(type)
      rest = rest.dropFirst()
    }
    if let next = rest.first {
      guard case .boolean(let ignoresNulls)? = next.literal, rest.count == 1 else {
        throw text.error("\(name.text) needs TRUE or FALSE here: whether NULLs are ignored", at: next.range)
      }
      if !ignoresNulls { parameters.append(.boolean(false)) }
    }
    return AggregateCall(function: function, arguments: [arguments[0].expression], parameters: parameters, type: type)
  }

  private func count(_ value: Typed, _ name: Name) throws(SQLError) -> Literal {
    guard case .integer(let count)? = value.literal, value.type.isInteger, (1...Self.mostKept).contains(count) else {
      throw text.error(
        "\(name.text) needs to know how many values to keep: a number from 1 to \(Self.mostKept)", at: value.range)
    }
    return .integer(count)
  }

  private func topK(
    _ function: AggregateFunction, _ name: Name, _ arguments: [Typed], _ range: SourceRange
  ) throws(SQLError) -> AggregateCall {
    let isDistinct = function == .topKDistinct
    try check(
      arguments.count, in: 2...(isDistinct ? 2 : 9), "\(name.text)(value\(isDistinct ? "" : "[, other, …]"), count)", range)
    let values = Array(arguments.dropLast())
    try checkOrdered([values[0]], name)
    let count = try count(arguments[arguments.count - 1], name)
    var kept = values[0].type
    if values.count > 1 {
      var members = [SQLType.Member(name: "sort_col", type: kept)]
      for (index, other) in values.dropFirst().enumerated() { members.append(.init(name: "col\(index)", type: other.type)) }
      kept = .structure(members)
    }
    return AggregateCall(
      function: function, arguments: values.map(\.expression), parameters: [count], type: .array(kept))
  }

  private func ofDoubles(
    _ function: AggregateFunction, _ name: Name, _ arguments: [Typed], _ range: SourceRange
  ) throws(SQLError) -> AggregateCall {
    if function == .correlation {
      try check(arguments.count, in: 2...2, "CORRELATION(x, y)", range)
      for argument in arguments { try checkNumber(argument, name) }
      return AggregateCall(function: function, arguments: arguments.map { coerce($0, to: .double) }, type: .double)
    }
    try check(arguments.count, in: 2...9, "REALIZED_VOL(price, order, …)", range)
    try checkNumber(arguments[0], name)
    try checkOrders(Array(arguments.dropFirst()), name)
    let price = coerce(arguments[0], to: .double)
    return AggregateCall(function: function, arguments: [price] + arguments.dropFirst().map(\.expression), type: .double)
  }

  private func collection(
    _ function: AggregateFunction, _ name: Name, _ arguments: [Typed], _ range: SourceRange
  ) throws(SQLError) -> AggregateCall {
    let isCount = function == .countDistinct
    try check(arguments.count, in: 1...(isCount ? 9 : 1), "\(name.text)(value\(isCount ? ", …" : ""))", range)
    let value = arguments[0]
    let type: SQLType
    switch (function, value.type) {
    case (.countDistinct, _): type = .bigint
    case (.attribute, _): type = value.type
    case (.histogram, .string): type = .map(.string, .bigint)
    case (.histogram, _):
      throw text.error("HISTOGRAM counts STRINGs, not \(value.type); use CAST(… AS STRING)", at: value.range)
    case (.sumList, .array(let element)) where element.isNumeric: type = Self.sumType(element)
    case (.sumList, _): throw text.error("SUM_LIST needs an ARRAY of numbers, not \(value.type)", at: value.range)
    default: type = .array(value.type)
    }
    let limit = function == .collectList ? settings.collectListLimit : settings.collectSetLimit
    let isLimited = (function == .collectList || function == .collectSet) && limit != SQLSettings.collectLimit
    return AggregateCall(
      function: function, arguments: arguments.map(\.expression), parameters: isLimited ? [.integer(Int64(limit))] : [],
      type: type)
  }
}
