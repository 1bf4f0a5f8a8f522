extension Parser {
  mutating func query() throws(SQLError) -> Query {
    let start = try expect("SELECT")
    if isNext("DISTINCT") {
      throw text.error("SELECT DISTINCT is not supported; use GROUP BY", at: token.range)
    }
    var items = [try item()]
    while accept(.comma) != nil { items.append(try item()) }
    guard accept("FROM") != nil else { throw unexpected([",", "FROM"]) }
    if isNext(.leftParenthesis) {
      throw text.error("a query cannot stand inside another; make a stream or table of it first", at: token.range)
    }
    let source = try name("a stream's or table's name")
    var query = Query(items: items, source: source, alias: try alias(), range: start)
    if query.alias?.text == "ORDER", isNext("BY") { throw unsorted(token.range) }
    query.joins = try joins()
    query.window = isNext("WINDOW") ? try window() : nil
    query.filter = accept("WHERE") != nil ? try expression() : nil
    query.groupBy = try groupBy()
    query.partitionBy = try partitionBy()
    query.having = accept("HAVING") != nil ? try expression() : nil
    query.emit = try emit()
    if isNext("ORDER") { throw unsorted(token.range) }
    query.limit = try limit()
    try refuseMisplacedClause(query)
    return query
  }

  private func unsorted(_ range: SourceRange) -> SQLError {
    text.error("ORDER BY is not supported: rows come in the order of their records; TOPK keeps the largest values", at: range)
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

  private mutating func groupBy() throws(SQLError) -> [SyntaxExpression] {
    guard accept("GROUP") != nil else { return [] }
    try expect("BY")
    return try keys()
  }

  private mutating func partitionBy() throws(SQLError) -> [SyntaxExpression]? {
    guard accept("PARTITION") != nil else { return nil }
    try expect("BY")
    return try keys()
  }

  private mutating func keys() throws(SQLError) -> [SyntaxExpression] {
    var expressions = try keyElement()
    while accept(.comma) != nil { expressions += try keyElement() }
    return expressions
  }

  /// `a` or, as ksqlDB allows, `(a, b)`.
  private mutating func keyElement() throws(SQLError) -> [SyntaxExpression] {
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

  private mutating func limit() throws(SQLError) -> Query.Limit? {
    guard let start = accept("LIMIT") else { return nil }
    let count = try wholeNumber("LIMIT")
    return Query.Limit(count: count, range: start.through(consumed))
  }

  /// A count that is not negative.
  mutating func wholeNumber(_ what: String) throws(SQLError) -> Int64 {
    guard case .integer(let digits) = token.kind else { throw unexpected(["a whole number"]) }
    guard let count = Int64(digits) else { throw text.error("this number is too large for \(what)", at: token.range) }
    advance()
    return count
  }

  private func refuseMisplacedClause(_ query: Query) throws(SQLError) {
    let order = "the order is FROM, JOIN, WINDOW, WHERE, GROUP BY, PARTITION BY, HAVING, EMIT, LIMIT"
    for word in ["FROM", "JOIN", "WINDOW", "WHERE", "GROUP", "PARTITION", "HAVING", "EMIT", "LIMIT"] where isNext(word) {
      throw text.error("\(word) stands in the wrong place or twice; \(order)", at: token.range)
    }
    if isNext("ORDER") { throw text.error("ORDER BY is not supported: results come in the order of time", at: token.range) }
    if isNext("OFFSET") { throw text.error("OFFSET is not supported; select by WINDOWSTART instead", at: token.range) }
    guard token.kind == .end || isNext(.semicolon) else { throw unexpected(clausesAfter(query) + [";"]) }
  }

  private func clausesAfter(_ query: Query) -> [String] {
    if query.limit != nil { return [] }
    if query.emit != nil { return ["LIMIT"] }
    if query.having != nil { return ["EMIT"] }
    if !query.groupBy.isEmpty { return ["HAVING", "EMIT"] }
    if query.filter != nil { return ["GROUP BY", "EMIT"] }
    if query.window != nil { return ["WHERE", "GROUP BY", "EMIT"] }
    return ["WINDOW", "WHERE", "GROUP BY", "EMIT"]
  }
}

extension Parser {
  /// The most joins of one query that are read; the planner takes one.
  private static let mostJoins = 16

  private mutating func joins() throws(SQLError) -> [Query.Join] {
    var joins: [Query.Join] = []
    while let join = try join() {
      guard joins.count < Self.mostJoins else { throw text.error("a query joins one table", at: join.range) }
      joins.append(join)
    }
    return joins
  }

  private mutating func join() throws(SQLError) -> Query.Join? {
    let start = token.range
    if isNext(.comma) {
      throw text.error("a query reads one stream; write JOIN … ON for a second source", at: start)
    }
    for word in ["RIGHT", "FULL", "CROSS"] where isNext(word) {
      throw text.error("\(word) joins are not supported; a stream is joined with a table by LEFT JOIN or INNER JOIN", at: start)
    }
    let kind: JoinPlan.Kind
    if accept("LEFT") != nil {
      _ = accept("OUTER")
      kind = .left
    } else if accept("INNER") != nil || isNext("JOIN") {
      kind = .inner
    } else {
      return nil
    }
    try expect("JOIN")
    let source = try name("a table's name")
    let range = start.through(source.range)
    let alias = try self.alias()
    if isNext("WITHIN") {
      throw text.error(
        "joins of two streams (WITHIN) are not supported; join the stream with a table, or write both into one topic",
        at: token.range)
    }
    try expect("ON")
    return Query.Join(kind: kind, source: source, alias: alias, condition: try expression(), range: range)
  }
}
