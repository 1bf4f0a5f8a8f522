/// A checked expression with the place it was written at.
struct Typed: Sendable {
  var expression: Expression
  var range: SourceRange
  /// NULL without a type of its own: it takes that of its neighbours.
  var isUntypedNull = false

  var type: SQLType { expression.type }

  var literal: Literal? {
    guard case .literal(let literal, _) = expression else { return nil }
    return literal
  }
}

/// What column names mean inside one query.
struct Scope {
  /// The alias where there is one, otherwise the stream's name.
  var qualifier: String
  var source: SourcePlan
  var indexes: [String: Int]

  init(source: SourcePlan, alias: Name?) {
    qualifier = alias?.text ?? source.name
    self.source = source
    indexes = Dictionary(
      source.columns.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
  }
}

/// Resolves names and checks types, one clause at a time; collects the aggregates it meets.
///
/// Recursion is bounded by the depth of the syntax tree.
struct ExpressionAnalyzer {
  let text: SourceText
  let scope: Scope
  /// Whether the query groups, so that aggregates and window bounds have a meaning.
  let isGrouped: Bool
  var clause = Clause.select
  /// Equal calls are kept once.
  private(set) var aggregates: [AggregateCall] = []
  private var aggregateIndexes: [AggregateCall: Int] = [:]

  /// Where an expression stands: it decides whether aggregates and window bounds may appear.
  enum Clause: String {
    case select = "SELECT"
    case filter = "WHERE"
    case groupBy = "GROUP BY"
    case having = "HAVING"
    case aggregate = "an aggregate"
  }

  init(text: SourceText, scope: Scope, isGrouped: Bool) {
    self.text = text
    self.scope = scope
    self.isGrouped = isGrouped
  }

  mutating func analyze(_ syntax: SyntaxExpression) throws(SQLError) -> Typed {
    // A list far too long is refused before its elements are looked at.
    guard syntax.children.count <= Self.mostParts + 1 else { throw tooManyParts(syntax) }
    guard let expression = try expression(syntax) else {
      return Typed(expression: .literal(.null, .string), range: syntax.range, isUntypedNull: true)
    }
    guard expression.children.count <= Self.mostParts else { throw tooManyParts(syntax) }
    return Typed(expression: expression, range: syntax.range)
  }

  /// The most values of an IN, arguments of a call, or conditions and results of a CASE together.
  private static let mostParts = 120

  private func tooManyParts(_ syntax: SyntaxExpression) -> SQLError {
    text.error("this has more than \(Self.mostParts) parts; split it up", at: syntax.range)
  }

  /// An expression that must be a condition.
  mutating func condition(_ syntax: SyntaxExpression, _ place: String) throws(SQLError) -> Expression {
    try boolean(try analyze(syntax), place)
  }

  /// Nil for an untyped NULL.
  private mutating func expression(_ syntax: SyntaxExpression) throws(SQLError) -> Expression? {
    switch syntax.kind {
    case .null: return nil
    case .boolean(let value): return .literal(.boolean(value), .boolean)
    case .string(let value): return .literal(.string(value), .string)
    case .double(let value): return .literal(.double(value), .double)
    case .integer(let digits): return try integer(digits, negative: false, syntax.range)
    case .decimal(let digits): return try decimal(digits, negative: false, syntax.range)
    case .column(let qualifier, let name): return try column(name, qualifier)
    case .unary(let sign, let operand): return try unary(sign, operand, syntax.range)
    case .binary(let operation, let left, let right):
      return try binary(operation, try analyze(left), try analyze(right), syntax.range)
    case .between(let value, let low, let high, let negated):
      return try between(try analyze(value), try analyze(low), try analyze(high)).negated(if: negated)
    case .isIn(let value, let list, let negated): return try isIn(value, list).negated(if: negated)
    case .like(let value, let pattern, let negated):
      return try like(try analyze(value), try analyze(pattern)).negated(if: negated)
    case .isNull(let value, let negated):
      return .call(negated ? .isNotNull : .isNull, [try analyze(value).expression], .boolean)
    case .isDistinct(let left, let right, let negated):
      return try isDistinct(try analyze(left), try analyze(right)).negated(if: negated)
    case .conditional(let operand, let whens, let otherwise):
      return try conditional(operand, whens, otherwise)
    case .cast(let operand, let type): return try cast(try analyze(operand), to: type, syntax.range)
    case .call(let name, let arguments): return try call(name, arguments, syntax.range)
    case .callStar:
      return try aggregate(AggregateCall(function: .countAll, arguments: [], type: .bigint), syntax.range)
    case .allOf:
      throw text.error("a selection of all columns can only stand alone between commas", at: syntax.range)
    }
  }

  // MARK: Leaves

  private func integer(_ digits: String, negative: Bool, _ range: SourceRange) throws(SQLError) -> Expression {
    guard let value = Int64((negative ? "-" : "") + digits) else {
      throw text.error("this number is too large for a BIGINT; write it as a DECIMAL, with a point", at: range)
    }
    return .literal(.integer(value), Int32(exactly: value) == nil ? .bigint : .integer)
  }

  private func decimal(_ digits: String, negative: Bool, _ range: SourceRange) throws(SQLError) -> Expression {
    guard let (literal, type) = Literal.decimal(digits, negative: negative) else {
      throw text.error("a DECIMAL has at most 38 digits", at: range)
    }
    return .literal(literal, type)
  }

  private func column(_ name: Name, _ qualifier: Name?) throws(SQLError) -> Expression {
    if let qualifier, qualifier.text != scope.qualifier {
      throw text.error(
        "there is no source \(qualifier.text) in this query", at: qualifier.range, suggestion: scope.qualifier)
    }
    if let index = scope.indexes[name.text] { return .column(index, scope.source.columns[index].type) }
    switch name.text {
    case "WINDOWSTART": return try windowBound(.windowStart, name)
    case "WINDOWEND": return try windowBound(.windowEnd, name)
    case "ROWTIME": return try rowTime(name)
    case "ROWPARTITION", "ROWOFFSET":
      throw text.error("\(name.text) is not supported yet; put the value into the record", at: name.range)
    default: throw noColumn(name)
    }
  }

  private func noColumn(_ name: Name) -> SQLError {
    let suggestion = NearestName.of(name.text, in: scope.source.columns.map(\.name) + ["WINDOWSTART", "WINDOWEND", "ROWTIME"])
    let hint = text.bytes[name.range.start] == UInt8(ascii: "\"") ? "; texts are written in single quotes" : ""
    return text.error(
      "there is no column \(name.text) in \(scope.source.name)\(hint)", at: name.range, suggestion: suggestion)
  }

  private func windowBound(_ bound: Expression, _ name: Name) throws(SQLError) -> Expression {
    guard isGrouped, clause == .select else {
      throw text.error("\(name.text) can only be used in the SELECT of a windowed GROUP BY", at: name.range)
    }
    return bound
  }

  private func rowTime(_ name: Name) throws(SQLError) -> Expression {
    guard let index = scope.source.timestampColumn else {
      throw text.error(
        "ROWTIME is not supported for a stream without a TIMESTAMP property; name the column of the time there",
        at: name.range)
    }
    let time = Expression.column(index, scope.source.columns[index].type)
    return time.type == .bigint ? time : .call(.unixTimestamp, [time], .bigint)
  }

  // MARK: Signs

  private mutating func unary(
    _ sign: SyntaxExpression.Unary, _ syntax: SyntaxExpression, _ range: SourceRange
  ) throws(SQLError) -> Expression {
    if sign == .minus, case .integer(let digits) = syntax.kind { return try integer(digits, negative: true, range) }
    if sign == .minus, case .decimal(let digits) = syntax.kind { return try decimal(digits, negative: true, range) }
    if sign == .minus, case .double(let value) = syntax.kind { return .literal(.double(-value), .double) }
    let operand = try analyze(syntax)
    if sign == .not { return .call(.not, [try boolean(operand, "NOT")], .boolean) }
    guard operand.type.isNumeric, !operand.isUntypedNull else {
      throw text.error("a sign needs a number, not \(shown(operand))", at: operand.range)
    }
    return sign == .plus ? operand.expression : .call(.negate, [operand.expression], operand.type)
  }

  // MARK: Aggregates

  /// The place of an aggregate among those of the query.
  mutating func aggregate(_ call: AggregateCall, _ range: SourceRange) throws(SQLError) -> Expression {
    try checkAggregatesAllowed(range)
    if let index = aggregateIndexes[call] { return .aggregate(index, call.type) }
    aggregates.append(call)
    aggregateIndexes[call] = aggregates.count - 1
    return .aggregate(aggregates.count - 1, call.type)
  }

  func checkAggregatesAllowed(_ range: SourceRange) throws(SQLError) {
    switch clause {
    case .select, .having:
      guard isGrouped else { throw text.error("an aggregate needs GROUP BY", at: range) }
    case .filter: throw text.error("WHERE sees single records, not aggregates; use HAVING", at: range)
    case .groupBy: throw text.error("GROUP BY sees single records, not aggregates", at: range)
    case .aggregate: throw text.error("an aggregate cannot contain another", at: range)
    }
  }

  /// The type of an expression as errors name it.
  func shown(_ typed: Typed) -> String { typed.isUntypedNull ? "NULL" : typed.type.description }
}

extension Expression {
  func negated(if negated: Bool) -> Expression { negated ? .call(.not, [self], .boolean) : self }
}
