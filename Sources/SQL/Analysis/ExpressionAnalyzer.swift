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

/// Resolves names and checks types, one clause at a time; collects the aggregates it meets.
///
/// Recursion is bounded by the depth of the syntax tree.
struct ExpressionAnalyzer {
  let text: SourceText
  let scope: Scope
  /// Whether the query groups, so that aggregates and window bounds have a meaning.
  let isGrouped: Bool
  /// What WINDOWSTART and WINDOWEND mean.
  var bounds = Bounds.none
  /// Whether rows of a table are read as they stand, not records.
  var isPull = false
  /// Set where the source is a windowed table whose windows are merged.
  var rollUp: RollUpScope?
  var clause = Clause.select
  /// What SET says of functions.
  var settings = SQLSettings()
  /// Equal calls are kept once.
  private(set) var aggregates: [AggregateCall] = []
  private var aggregateIndexes: [AggregateCall: Int] = [:]

  /// Where an expression stands: it decides whether aggregates and window bounds may appear.
  enum Clause: String {
    case select = "SELECT"
    case filter = "WHERE"
    case groupBy = "GROUP BY"
    case having = "HAVING"
    case partitionBy = "PARTITION BY"
    case join = "ON"
    case values = "VALUES"
    case aggregate = "an aggregate"
  }

  enum Bounds {
    case none
    /// Those of the windows that GROUP BY makes: known in SELECT.
    case ofGroups
    /// Those that the source's keys carry: known everywhere.
    case ofSource
  }

  init(text: SourceText, scope: Scope, isGrouped: Bool) {
    self.text = text
    self.scope = scope
    self.isGrouped = isGrouped
  }

  mutating func analyze(_ syntax: SyntaxExpression) throws(SQLError) -> Typed {
    // A list far too long is refused before its elements are looked at.
    let most = syntax.isList ? Self.mostListed : Self.mostParts
    guard syntax.children.count <= most + 1 else { throw tooManyParts(syntax, most) }
    guard let expression = try expression(syntax) else {
      return Typed(expression: .literal(.null, .string), range: syntax.range, isUntypedNull: true)
    }
    guard syntax.isList || expression.children.count <= most else { throw tooManyParts(syntax, most) }
    return Typed(expression: expression, range: syntax.range)
  }

  /// The most arguments of a call, or conditions and results of a CASE together.
  static let mostParts = 120
  /// The most values of an IN.
  static let mostListed = 10_000

  private func tooManyParts(_ syntax: SyntaxExpression, _ most: Int) -> SQLError {
    text.error("this has more than \(most) parts; split it up", at: syntax.range)
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
    case .like(let value, let pattern, let escape, let negated):
      return try like(try analyze(value), try analyze(pattern), escape).negated(if: negated)
    case .isNull(let value, let negated):
      return .call(negated ? .isNotNull : .isNull, [try analyze(value).expression], .boolean)
    case .isDistinct(let left, let right, let negated):
      return try isDistinct(try analyze(left), try analyze(right)).negated(if: negated)
    case .conditional(let operand, let whens, let otherwise):
      return try conditional(operand, whens, otherwise)
    case .cast(let operand, let type): return try cast(try analyze(operand), to: type, syntax.range)
    case .call(let name, let arguments):
      if let merged = try merge(name, arguments, syntax.range) { return merged }
      return try call(name, arguments, syntax.range)
    case .element(let base, let index): return try element(base, index)
    case .member(let base, let name): return try member(base, name)
    case .array(let elements): return try array(elements, syntax.range)
    case .map(let entries): return try map(entries, syntax.range)
    case .structure(let fields): return try structure(fields, syntax.range)
    case .callStar:
      if rollUp != nil { throw notMergeable("COUNT(*)", syntax.range) }
      return try aggregate(AggregateCall(function: .countAll, arguments: [], type: .bigint), syntax.range)
    case .allOf, .allMembers:
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
    case .groupBy, .partitionBy, .join, .values:
      throw text.error("\(clause.rawValue) sees single records, not aggregates", at: range)
    case .aggregate: throw text.error("an aggregate cannot contain another", at: range)
    }
  }

  /// The type of an expression as errors name it.
  func shown(_ typed: Typed) -> String { typed.isUntypedNull ? "NULL" : typed.type.description }
}

extension Expression {
  func negated(if negated: Bool) -> Expression { negated ? .call(.not, [self], .boolean) : self }
}
