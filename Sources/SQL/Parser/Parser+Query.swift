extension Parser {
  mutating func query() throws(SQLError) -> Query {
    try expect("SELECT")
    if isNext("DISTINCT") {
      throw text.error("SELECT DISTINCT is not supported; use GROUP BY", at: token.range)
    }
    var items = [try item()]
    while accept(.comma) != nil { items.append(try item()) }
    guard accept("FROM") != nil else { throw unexpected([",", "FROM"]) }
    let source = try name("a stream's name")
    let alias = try self.alias()
    try refuseJoins()
    var query = Query(items: items, source: source, alias: alias, groupBy: [])
    query.window = isNext("WINDOW") ? try window() : nil
    query.filter = accept("WHERE") != nil ? try expression() : nil
    query.groupBy = try groupBy()
    if isNext("PARTITION") {
      throw text.error("PARTITION BY is not supported yet; key the topic as the queries need it", at: token.range)
    }
    query.having = accept("HAVING") != nil ? try expression() : nil
    query.emit = try emit()
    try refuseMisplacedClause(query)
    return query
  }

  private mutating func item() throws(SQLError) -> Query.Item {
    if let star = accept(.asterisk) { return .all(qualifier: nil, star) }
    let expression = try expression(allowingStar: true)
    if case .allOf(let name) = expression.kind { return .all(qualifier: name, expression.range) }
    if accept("AS") != nil { return .expression(expression, alias: try name("a column's name")) }
    return .expression(expression, alias: isNameNext ? try name("a column's name") : nil)
  }

  private var isNameNext: Bool {
    switch token.kind {
    case .quotedIdentifier: true
    case .word(let word): !Self.reserved.contains(word)
    default: false
    }
  }

  private mutating func alias() throws(SQLError) -> Name? {
    if accept("AS") != nil { return try name("an alias") }
    return isNameNext && !isNext("CROSS") ? try name("an alias") : nil
  }

  private func refuseJoins() throws(SQLError) {
    for word in ["JOIN", "INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS", "WITHIN"] where isNext(word) {
      throw text.error("joins are not supported yet; write the joined values into the stream", at: token.range)
    }
    if isNext(.comma) {
      throw text.error("a query reads one stream; joins are not supported yet", at: token.range)
    }
  }

  private mutating func groupBy() throws(SQLError) -> [SyntaxExpression] {
    guard accept("GROUP") != nil else { return [] }
    try expect("BY")
    var expressions = try groupingElement()
    while accept(.comma) != nil { expressions += try groupingElement() }
    return expressions
  }

  /// `a` or, as ksqlDB allows, `(a, b)`.
  private mutating func groupingElement() throws(SQLError) -> [SyntaxExpression] {
    if isNext(.leftParenthesis) {
      var attempt = self
      let elements = try? attempt.list { parser throws(SQLError) in try parser.expression() }
      if let elements, elements.count > 1 {
        self = attempt
        return elements
      }
    }
    return [try expression()]
  }

  private mutating func emit() throws(SQLError) -> Query.Emit? {
    guard let start = accept("EMIT") else { return nil }
    if let end = accept("CHANGES") { return Query.Emit(mode: .changes, range: start.through(end)) }
    if let end = accept("FINAL") { return Query.Emit(mode: .final, range: start.through(end)) }
    throw unexpected(["CHANGES", "FINAL"])
  }

  private func refuseMisplacedClause(_ query: Query) throws(SQLError) {
    if isNext("LIMIT") {
      throw text.error("LIMIT is not supported: a persistent query has no end; leave it out", at: token.range)
    }
    let order = "the order is FROM, WINDOW, WHERE, GROUP BY, HAVING, EMIT"
    for word in ["FROM", "WINDOW", "WHERE", "GROUP", "HAVING", "EMIT"] where isNext(word) {
      throw text.error("\(word) stands in the wrong place or twice; \(order)", at: token.range)
    }
    if isNext("ORDER") { throw text.error("ORDER BY is not supported: results come in the order of time", at: token.range) }
    guard token.kind == .end || isNext(.semicolon) else { throw unexpected(clausesAfter(query) + [";"]) }
  }

  private func clausesAfter(_ query: Query) -> [String] {
    if query.emit != nil { return [] }
    if query.having != nil { return ["EMIT"] }
    if !query.groupBy.isEmpty { return ["HAVING", "EMIT"] }
    if query.filter != nil { return ["GROUP BY", "EMIT"] }
    if query.window != nil { return ["WHERE", "GROUP BY", "EMIT"] }
    return ["WINDOW", "WHERE", "GROUP BY", "EMIT"]
  }
}
