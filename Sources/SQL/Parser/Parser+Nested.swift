extension Parser {
  /// `ARRAY[…]`, `MAP(k := v, …)` or `STRUCT(name := v, …)`; nil where `name` begins none of them.
  mutating func constructed(_ name: Name) throws(SQLError) -> SyntaxExpression? {
    switch (name.text, token.kind) {
    case ("ARRAY", .symbol(.leftBracket)):
      advance()
      let elements = try elements(until: .rightBracket) { parser throws(SQLError) in try parser.expression() }
      return try node(.array(elements), name.range.through(consumed), depth: Self.deepest(elements) + 1)
    case ("MAP", .symbol(.leftParenthesis)):
      advance()
      let entries = try elements(until: .rightParenthesis) { parser throws(SQLError) in try parser.entry() }
      let depth = Self.deepest(entries.flatMap { [$0.key, $0.value] })
      return try node(.map(entries), name.range.through(consumed), depth: depth + 1)
    case ("STRUCT", .symbol(.leftParenthesis)):
      advance()
      let members = try elements(until: .rightParenthesis) { parser throws(SQLError) in try parser.namedValue() }
      return try node(.structure(members), name.range.through(consumed), depth: Self.deepest(members.map(\.value)) + 1)
    default: return nil
    }
  }

  private mutating func elements<T>(
    until end: Token.Symbol, _ element: (inout Parser) throws(SQLError) -> T
  ) throws(SQLError) -> [T] {
    if accept(end) != nil { return [] }
    var elements = [try element(&self)]
    while accept(.comma) != nil { elements.append(try element(&self)) }
    guard accept(end) != nil else { throw unexpected([",", end.rawValue]) }
    return elements
  }

  private mutating func entry() throws(SQLError) -> SyntaxExpression.Entry {
    let key = try expression()
    try expect(.assign)
    return SyntaxExpression.Entry(key: key, value: try expression())
  }

  private mutating func namedValue() throws(SQLError) -> SyntaxExpression.NamedValue {
    let name = try name("a field's name")
    try expect(.assign)
    return SyntaxExpression.NamedValue(name: name, value: try expression())
  }

  private static func deepest(_ expressions: [SyntaxExpression]) -> Int {
    expressions.reduce(0) { max($0, $1.depth) }
  }
}
