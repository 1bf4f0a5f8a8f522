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
  func commonType(_ values: [Typed], _ what: String) throws(SQLError) -> SQLType? {
    var common: SQLType?
    for value in values where !value.isUntypedNull {
      guard let so = common else {
        common = value.type
        continue
      }
      guard let next = so.common(with: value.type) else {
        throw text.error("\(what) must have one type, but this is \(value.type) and others are \(so)", at: value.range)
      }
      common = next
    }
    return common
  }

  /// `values` brought to one type so that they can be compared. Text literals beside times are read as ISO-8601, whole
  /// literals beside decimals have just their own digits.
  func comparable(_ values: [Typed], _ operation: String) throws(SQLError) -> (values: [Expression], type: SQLType) {
    var values = values
    if let time = values.first(where: { $0.type == .timestamp || $0.type == .date })?.type {
      for index in values.indices { values[index] = try timeLiteral(values[index], as: time) }
    }
    if values.contains(where: { if case .decimal = $0.type { true } else { false } }) {
      for index in values.indices { values[index] = narrowed(values[index]) }
    }
    guard let type = try commonComparable(values, operation) else {
      throw text.error("\(operation) has no meaning between NULLs; use IS NULL", at: values[0].range)
    }
    return (values.map { coerce($0, to: type) }, type)
  }

  private func commonComparable(_ values: [Typed], _ operation: String) throws(SQLError) -> SQLType? {
    var common: SQLType?
    for value in values where !value.isUntypedNull {
      guard let so = common else {
        common = value.type
        continue
      }
      guard let next = so.common(with: value.type) else {
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

  /// An ISO-8601 text as a literal of TIMESTAMP or DATE.
  func time(_ string: String, as type: SQLType, _ range: SourceRange) throws(SQLError) -> Expression {
    let value = type == .date ? ISO8601.date(string) : ISO8601.timestamp(string)
    guard let value else {
      throw text.error(
        "this is not a \(type)", at: range,
        expected: [type == .date ? "'2026-01-31'" : "'2026-01-31T09:30:00.000'"])
    }
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
    let isTime = { (type: SQLType) in type == .timestamp || type == .date }
    if case .string(let string)? = operand.literal, isTime(type) { return try time(string, as: type, operand.range) }
    if isTime(type), operand.type == .string {
      throw text.error("CAST of a STRING column to \(type) is not supported yet; declare the column as \(type)", at: range)
    }
    if isTime(operand.type), type == .string {
      throw text.error("CAST of \(operand.type) to STRING is not supported yet; keep the \(operand.type)", at: range)
    }
    guard operand.type.canBeCast(to: type) else {
      throw text.error("\(operand.type) cannot be cast to \(type)", at: range)
    }
    return coerce(operand, to: type)
  }
}

extension Expression {
  /// How many nodes this has, counted no further than `limit`.
  func count(upTo limit: Int) -> Int {
    guard limit > 1 else { return limit }
    return children.reduce(1) { sum, child in sum >= limit ? sum : sum + child.count(upTo: limit - sum) }
  }

  /// The expressions directly below this one.
  var children: [Expression] {
    switch self {
    case .column, .literal, .groupKey, .aggregate, .windowStart, .windowEnd, .system: []
    case .call(_, let arguments, _), .function(_, let arguments, _): arguments
    case .conditional(let branches, let otherwise, _): branches.flatMap { [$0.condition, $0.result] } + [otherwise]
    case .cast(let operand, _): [operand]
    }
  }
}
