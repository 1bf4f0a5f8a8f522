extension ExpressionAnalyzer {
  /// Largest expression that is written twice to express one operator by others; nesting such operators would otherwise
  /// double the plan at every level.
  private static let largestRepeated = 2_000

  func boolean(_ typed: Typed, _ place: String) throws(SQLError) -> Expression {
    if typed.isUntypedNull { return .literal(.null, .boolean) }
    guard typed.type == .boolean else {
      throw text.error("\(place) needs a condition, not \(typed.type)", at: typed.range)
    }
    return typed.expression
  }

  /// `typed` as a value of `type`, to which it can be widened. Literals are converted now, the rest when it runs.
  func coerce(_ typed: Typed, to type: SQLType) -> Expression {
    if typed.isUntypedNull { return .literal(.null, type) }
    if typed.type == type { return typed.expression }
    if let literal = typed.literal?.widened(from: typed.type, to: type) { return .literal(literal, type) }
    return .cast(typed.expression, to: type)
  }

  /// The type that holds all of `values`; nil when every one is NULL.
  func commonType(_ values: [Typed], _ what: String, unitesFields: Bool = false) throws(SQLError) -> SQLType? {
    var common: SQLType?
    for value in values where !value.isUntypedNull {
      guard let so = common else {
        common = value.type
        continue
      }
      guard let next = so.common(with: value.type, unitesFields: unitesFields) else {
        throw text.error("\(what) must have one type, but this is \(value.type) and others are \(so)", at: value.range)
      }
      common = next
    }
    return common
  }

  /// `values` brought to one type so that they can be compared. Text literals beside times are read as ISO-8601, whole
  /// literals beside decimals have just their own digits.
  func comparable(
    _ values: [Typed], _ operation: String, unitesFields: Bool = false
  ) throws(SQLError) -> (values: [Expression], type: SQLType) {
    var values = values
    if values.contains(where: { $0.expression.isMilliseconds }) {
      for index in values.indices { values[index] = try millisecondsLiteral(values[index]) }
    } else if let time = values.first(where: { $0.type.isTime && !$0.isUntypedNull })?.type {
      for index in values.indices { values[index] = try timeLiteral(values[index], as: time) }
    }
    if values.contains(where: { if case .decimal = $0.type { true } else { false } }) {
      for index in values.indices { values[index] = narrowed(values[index]) }
    }
    guard let type = try commonComparable(values, operation, unitesFields) else {
      throw text.error("\(operation) has no meaning between NULLs; use IS NULL", at: values[0].range)
    }
    return (values.map { coerce($0, to: type) }, type)
  }

  private func commonComparable(
    _ values: [Typed], _ operation: String, _ unitesFields: Bool
  ) throws(SQLError) -> SQLType? {
    var common: SQLType?
    for value in values where !value.isUntypedNull {
      guard let so = common else {
        common = value.type
        continue
      }
      guard let next = so.common(with: value.type, unitesFields: unitesFields) else {
        throw text.error(
          "\(operation) cannot compare \(so) with \(value.type); use CAST", at: values[0].range.through(value.range))
      }
      common = next
    }
    return common
  }

  private func narrowed(_ value: Typed) -> Typed {
    guard value.type.isInteger, let literal = value.literal, let digits = literal.wholeDigits,
      let decimal = literal.widened(from: value.type, to: .decimal(precision: digits, scale: 0))
    else { return value }
    return Typed(expression: .literal(decimal, .decimal(precision: digits, scale: 0)), range: value.range)
  }

  private func timeLiteral(_ value: Typed, as type: SQLType) throws(SQLError) -> Typed {
    guard case .string(let string)? = value.literal, !value.isUntypedNull else { return value }
    return Typed(expression: try time(string, as: type, value.range), range: value.range)
  }

  /// Text literals beside ROWTIME and the bounds of windows are read as ISO-8601, as in ksqlDB.
  private func millisecondsLiteral(_ value: Typed) throws(SQLError) -> Typed {
    guard case .string(let string)? = value.literal, !value.isUntypedNull else { return value }
    guard case .literal(.integer(let time), _) = try time(string, as: .timestamp, value.range) else { return value }
    let milliseconds = time >= 0 ? time / 1000 : (time - 999) / 1000
    return Typed(expression: .literal(.integer(milliseconds), .bigint), range: value.range)
  }

  /// An ISO-8601 text as a literal of TIMESTAMP, DATE or TIME.
  func time(_ string: String, as type: SQLType, _ range: SourceRange) throws(SQLError) -> Expression {
    let (value, example) =
      switch type {
      case .date: (ISO8601.date(string), "'2026-01-31'")
      case .time: (ISO8601.time(string), "'09:30:00.000'")
      default: (ISO8601.timestamp(string), "'2026-01-31T09:30:00.000'")
      }
    guard let value else { throw text.error("this is not a \(type)", at: range, expected: [example]) }
    return .literal(.integer(value), type)
  }

  /// Refuses to repeat an expression that is large already.
  func checkRepeatable(_ values: [Typed]) throws(SQLError) {
    for value in values where value.expression.count(upTo: Self.largestRepeated) >= Self.largestRepeated {
      throw text.error(
        "this expression is too large to be compared more than once; compute it in a stream first", at: value.range)
    }
  }

  /// CAST, done now for text literals that become times and for literals that lose nothing.
  func cast(_ operand: Typed, to type: SQLType, _ range: SourceRange) throws(SQLError) -> Expression {
    if operand.isUntypedNull { return .literal(.null, type) }
    if case .string(let string)? = operand.literal, type.isTime { return try time(string, as: type, operand.range) }
    guard operand.type.canBeCast(to: type) else {
      throw text.error("\(operand.type) cannot be cast to \(type)", at: range)
    }
    return coerce(operand, to: type)
  }
}

extension Expression {
  /// Whether this is a point in time as BIGINT milliseconds: ROWTIME or a bound of a window.
  var isMilliseconds: Bool {
    switch self {
    case .windowStart, .windowEnd, .system(.rowTime), .call(.unixTimestamp, _, _): true
    default: false
    }
  }

  /// How many nodes this has, counted no further than `limit`.
  func count(upTo limit: Int) -> Int {
    guard limit > 1 else { return limit }
    return children.reduce(1) { sum, child in sum >= limit ? sum : sum + child.count(upTo: limit - sum) }
  }
}
