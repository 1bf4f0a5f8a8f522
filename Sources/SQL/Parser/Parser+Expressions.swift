extension Parser {
  /// How tightly operators bind, as in ksqlDB's grammar.
  private enum Power {
    static let or = 1
    static let and = 2
    static let not = 3
    static let predicate = 4
    static let concat = 5
    static let sum = 6
    static let product = 7
    static let sign = 8
  }

  mutating func expression(allowingStar: Bool = false) throws(SQLError) -> SyntaxExpression {
    try expression(binding: 0, allowingStar: allowingStar)
  }

  private mutating func expression(binding power: Int, allowingStar: Bool = false) throws(SQLError) -> SyntaxExpression {
    try nested { parser throws(SQLError) in
      var left = try parser.prefix(binding: power, allowingStar: allowingStar)
      while let next = try parser.infix(left, binding: power) { left = next }
      return left
    }
  }

  private mutating func prefix(binding power: Int, allowingStar: Bool) throws(SQLError) -> SyntaxExpression {
    let start = token.range
    if isNext("NOT") {
      guard power <= Power.not else { throw unexpected(["an expression"]) }
      advance()
      return try unary(.not, try expression(binding: Power.not), from: start)
    }
    if accept(.minus) != nil { return try unary(.minus, try expression(binding: Power.sign), from: start) }
    if accept(.plus) != nil { return try unary(.plus, try expression(binding: Power.sign), from: start) }
    return try primary(allowingStar: allowingStar)
  }

  private func unary(
    _ sign: SyntaxExpression.Unary, _ operand: SyntaxExpression, from start: SourceRange
  ) throws(SQLError) -> SyntaxExpression {
    try node(.unary(sign, operand), start.through(operand.range), depth: operand.depth + 1)
  }

  /// `left` with the operator that follows and its right side; nil when what follows binds less tightly than `power`.
  private mutating func infix(_ left: SyntaxExpression, binding power: Int) throws(SQLError) -> SyntaxExpression? {
    if let (operation, strength) = binaryOperator {
      guard strength > power else { return nil }
      if strength == Power.predicate, left.isPredicate, !left.isParenthesised {
        throw text.error("comparisons cannot be chained; join them with AND, or use parentheses", at: token.range)
      }
      advance()
      if operation == .equal, isNext(.equal) { throw text.error("equality is written with one =", at: token.range) }
      let right = try expression(binding: strength)
      return try node(
        .binary(operation, left, right), left.range.through(right.range), depth: max(left.depth, right.depth) + 1)
    }
    return try predicate(left, binding: power)
  }

  private var binaryOperator: (SyntaxExpression.Binary, Int)? {
    switch token.kind {
    case .word("OR"): (.or, Power.or)
    case .word("AND"): (.and, Power.and)
    case .symbol(.equal): (.equal, Power.predicate)
    case .symbol(.notEqual): (.notEqual, Power.predicate)
    case .symbol(.less): (.less, Power.predicate)
    case .symbol(.lessOrEqual): (.lessOrEqual, Power.predicate)
    case .symbol(.greater): (.greater, Power.predicate)
    case .symbol(.greaterOrEqual): (.greaterOrEqual, Power.predicate)
    case .symbol(.concat): (.concat, Power.concat)
    case .symbol(.plus): (.add, Power.sum)
    case .symbol(.minus): (.subtract, Power.sum)
    case .symbol(.asterisk): (.multiply, Power.product)
    case .symbol(.slash): (.divide, Power.product)
    case .symbol(.percent): (.modulo, Power.product)
    default: nil
    }
  }
}

extension Parser {
  /// BETWEEN, IN, LIKE and IS after `left`, each with NOT.
  private mutating func predicate(_ left: SyntaxExpression, binding power: Int) throws(SQLError) -> SyntaxExpression? {
    guard isNext("NOT") || isNext("BETWEEN") || isNext("IN") || isNext("LIKE") || isNext("IS") else { return nil }
    guard Power.predicate > power else { return nil }
    if accept("IS") != nil { return try isPredicate(left) }
    let negated = accept("NOT") != nil
    if accept("BETWEEN") != nil {
      let low = try expression(binding: Power.predicate)
      try expect("AND")
      let high = try expression(binding: Power.predicate)
      return try node(
        .between(left, low: low, high: high, negated: negated), left.range.through(high.range),
        depth: max(left.depth, low.depth, high.depth) + 1)
    }
    if accept("IN") != nil {
      let list = try list { parser throws(SQLError) in try parser.expression() }
      let depth = list.reduce(left.depth) { max($0, $1.depth) } + 1
      return try node(.isIn(left, list, negated: negated), left.range.through(consumed), depth: depth)
    }
    if accept("LIKE") != nil {
      let pattern = try expression(binding: Power.predicate)
      let escape = accept("ESCAPE") != nil ? try stringLiteral("'a character'") : nil
      return try node(
        .like(left, pattern: pattern, escape: escape, negated: negated), left.range.through(consumed),
        depth: max(left.depth, pattern.depth) + 1)
    }
    throw unexpected(["BETWEEN", "IN", "LIKE"])
  }

  private mutating func isPredicate(_ left: SyntaxExpression) throws(SQLError) -> SyntaxExpression {
    let negated = accept("NOT") != nil
    if let end = accept("NULL") {
      return try node(.isNull(left, negated: negated), left.range.through(end), depth: left.depth + 1)
    }
    guard accept("DISTINCT") != nil else {
      throw unexpected(negated ? ["NULL", "DISTINCT FROM"] : ["NULL", "NOT", "DISTINCT FROM"])
    }
    try expect("FROM")
    let right = try expression(binding: Power.predicate)
    return try node(
      .isDistinct(left, right, negated: negated), left.range.through(right.range),
      depth: max(left.depth, right.depth) + 1)
  }
}

extension SyntaxExpression {
  /// Whether this is a comparison or another test that ksqlDB's grammar does not let stand left of one.
  var isPredicate: Bool {
    switch kind {
    case .binary(let operation, _, _):
      switch operation {
      case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
      default: false
      }
    case .between, .isIn, .like, .isNull, .isDistinct: true
    default: false
    }
  }
}
