/// A SELECT once it is checked, before it is known where it writes.
struct CheckedQuery {
  var source: SourcePlan
  var join: JoinPlan?
  var filter: Expression?
  var partitionBy: [Expression]?
  var aggregation: AggregationPlan?
  var rollUp: RollUpPlan?
  var projection: [QueryPlan.Output]
  /// The window that keys of the result carry.
  var window: KeyWindow?
  /// What the columns of the query are called, for the rest of the statement.
  var scope: Scope
}

/// What a SELECT belongs to.
struct QueryOwner {
  enum Kind { case stream, table, push }

  var kind: Kind
  /// The sink's name, for advice; empty for a push query.
  var name: String
  /// The query's id, from which names of inner topics are made.
  var id: String
  /// Where to point when the whole statement is meant.
  var range: SourceRange
}

extension Analyzer {
  /// Checks a SELECT that runs for ever.
  func check(_ query: Query, for owner: QueryOwner) throws(SQLError) -> CheckedQuery {
    let source = try source(of: query)
    if source.isTable, source.window != nil, owner.kind != .push {
      guard let filling = catalog.query(filling: source.name) else {
        throw text.error(
          "\(source.name) is a windowed table that no query here fills, and is not supported as a source; "
            + "declare its topic as a STREAM", at: query.source.range)
      }
      return try rollUp(query, table: source, filling, for: owner)
    }
    try checkShape(query, source, owner)
    var scope = Scope(source: source, alias: query.alias)
    let join = try join(query, &scope, owner)
    var expressions = ExpressionAnalyzer(text: text, scope: scope, isGrouped: !query.groupBy.isEmpty)
    expressions.settings = settings
    expressions.bounds = source.window != nil ? .ofSource : query.window != nil ? .ofGroups : .none
    expressions.clause = .filter
    let filter = try query.filter.map { syntax throws(SQLError) in try expressions.condition(syntax, "WHERE") }
    var checked = CheckedQuery(
      source: source, join: join, filter: filter, projection: [], window: source.window, scope: scope)
    if query.groupBy.isEmpty {
      try plain(query, owner, &expressions, &checked)
    } else {
      try grouped(query, owner, &expressions, &checked)
    }
    return checked
  }

  private func source(of query: Query) throws(SQLError) -> SourcePlan {
    let name = query.source
    if let source = catalog.sources[name.text] { return source }
    throw text.error(
      "there is no stream \(name.text); declare it with CREATE STREAM \(name.text) (…) WITH (…)", at: name.range,
      suggestion: NearestName.of(name.text, in: catalog.names))
  }

  /// Refuses mixtures of clauses that have no meaning, before their expressions are looked at.
  private func checkShape(_ query: Query, _ source: SourcePlan, _ owner: QueryOwner) throws(SQLError) {
    if let limit = query.limit, owner.kind != .push {
      throw text.error("LIMIT is not supported: a persistent query has no end; leave it out", at: limit.range)
    }
    try checkResult(query, source, owner)
    if source.window != nil, let second = query.groupBy.first?.range ?? query.joins.first?.range {
      throw text.error(
        "GROUP BY and JOIN over \(source.name), whose keys carry windows, are not supported; "
          + "read the stream that it is made from", at: second)
    }
    if let first = query.partitionBy?.first {
      guard query.groupBy.isEmpty else {
        throw text.error("GROUP BY sets the key already; leave PARTITION BY out", at: first.range)
      }
      guard !source.isTable else {
        throw text.error("a table keeps its key; PARTITION BY is for streams", at: first.range)
      }
      guard source.window == nil else {
        throw text.error("PARTITION BY would lose the windows of \(source.name)'s keys, and is not supported", at: first.range)
      }
    }
    if query.groupBy.isEmpty, let window = query.window {
      throw text.error("WINDOW needs GROUP BY and CREATE TABLE", at: window.range)
    }
    if query.groupBy.isEmpty, let having = query.having {
      throw text.error("HAVING needs GROUP BY; use WHERE", at: having.range)
    }
    if source.isTable, let window = query.window {
      throw text.error("WINDOW needs a stream: rows of a table belong to no time; read the stream behind it", at: window.range)
    }
    if let emit = query.emit, emit.mode == .final, query.window == nil {
      throw text.error("EMIT FINAL needs a window that ends; use EMIT CHANGES", at: emit.range)
    }
  }

  private func checkResult(_ query: Query, _ source: SourcePlan, _ owner: QueryOwner) throws(SQLError) {
    switch owner.kind {
    case .push: break
    case .stream:
      if let first = query.groupBy.first {
        throw text.error("GROUP BY makes a table; write CREATE TABLE \(owner.name)", at: first.range)
      }
      if source.isTable {
        throw text.error(
          "\(source.name) is a table, and what is selected from it is one; write CREATE TABLE \(owner.name)", at: owner.range)
      }
    case .table:
      if query.groupBy.isEmpty, !source.isTable {
        throw text.error(
          "a TABLE needs GROUP BY; for a query that keeps or changes single records write CREATE STREAM", at: owner.range)
      }
    }
  }

  // MARK: Without GROUP BY

  private func plain(
    _ query: Query, _ owner: QueryOwner, _ expressions: inout ExpressionAnalyzer, _ checked: inout CheckedQuery
  ) throws(SQLError) {
    checked.partitionBy = try partitionBy(query, &expressions)
    expressions.clause = .select
    var outputs = try selected(query, owner, &expressions)
    if let key = checked.partitionBy, let syntax = query.partitionBy, query.selectsAll {
      try outputs.addMissingKeys(key, syntax, expressions.scope)
    }
    var keys = checked.partitionBy ?? checked.source.keyColumns.map { .column($0, checked.source.columns[$0].type) }
    if checked.partitionBy == nil, let join = checked.join { keys = [joinKey(join, checked.source, &outputs)] }
    if let fault = outputs.markKeys(keys), owner.kind != .push {
      throw keyFault(fault, keys, query, owner, expressions.scope)
    }
    if owner.kind != .push { try checkHasValue(outputs.list, owner) }
    checked.projection = outputs.list
  }

  private func keyFault(
    _ fault: Outputs.KeyFault, _ keys: [Expression], _ query: Query, _ owner: QueryOwner, _ scope: Scope
  ) -> SQLError {
    switch fault {
    case .missing(let index):
      if let syntax = query.partitionBy?[index] {
        return text.error("every expression of PARTITION BY must be selected, and this is not", at: syntax.range)
      }
      var name = "of the join"
      if case .column(let column, _) = keys[index] { name = scope.columns[column].name }
      return text.error("the key column \(name) must be selected", at: owner.range)
    case .twice(let index):
      guard let syntax = query.partitionBy?[index] else {
        return text.error("a key column is selected more than once; write AS_VALUE(…) for its copies", at: owner.range)
      }
      return text.error("this key is selected more than once", at: syntax.range)
    }
  }

  /// The outputs of SELECT, over the columns of the query, with aggregates where they are written.
  func selected(
    _ query: Query, _ owner: QueryOwner, _ expressions: inout ExpressionAnalyzer
  ) throws(SQLError) -> Outputs {
    var outputs = Outputs(text: text, scope: expressions.scope, allowsPseudoColumns: owner.kind == .push)
    for item in query.items {
      switch item {
      case .all(let qualifier, let range):
        try addAll(qualifier, range, &outputs, expressions.scope, keysLast: query.partitionBy != nil)
      case .expression(let syntax, let alias):
        if case .allMembers(let base) = syntax.kind {
          try refuseAlias(alias)
          for member in try expressions.allMembers(base) {
            try outputs.add(member.expression, named: outputs.unique(member.name), from: syntax, at: syntax.range)
          }
          continue
        }
        let typed = try typedItem(syntax, &expressions)
        let name = outputs.name(syntax, alias, expressions.scope)
        try outputs.add(typed.expression, named: name, from: syntax, at: alias?.range ?? syntax.range)
      }
    }
    return outputs
  }

  func refuseAlias(_ alias: Name?) throws(SQLError) {
    if let alias { throw text.error("->* gives columns the names of their fields; leave AS out", at: alias.range) }
  }

  /// `*` and `t.*`: in a join every column with its source's name before its own; with PARTITION BY the columns of the old key
  /// behind those of the value; in a push query the bounds of windowed keys behind the key. As in ksqlDB.
  private func addAll(
    _ qualifier: Name?, _ range: SourceRange, _ outputs: inout Outputs, _ scope: Scope, keysLast: Bool
  ) throws(SQLError) {
    let relations = try qualifier.map { qualifier throws(SQLError) in [try scope.relation(qualifier, text)] } ?? scope.relations
    for relation in relations {
      let columns = Array(relation.source.columns.enumerated())
      let (keys, values) = (columns.filter(\.element.isKey), columns.filter { !$0.element.isKey })
      let bounds = outputs.allowsPseudoColumns && relation.source.window != nil && !scope.isJoin
      let ordered = keysLast ? values + keys : bounds ? keys + values : columns
      for (position, (index, column)) in ordered.enumerated() {
        if bounds, position == keys.count {
          try outputs.add(.windowStart, named: "WINDOWSTART", at: range)
          try outputs.add(.windowEnd, named: "WINDOWEND", at: range)
        }
        let name = scope.isJoin ? "\(relation.qualifier)_\(column.name)" : column.name
        try outputs.add(.column(relation.base + index, column.type), named: name, at: range)
      }
    }
  }

  private func typedItem(_ syntax: SyntaxExpression, _ expressions: inout ExpressionAnalyzer) throws(SQLError) -> Typed {
    let typed = try expressions.analyze(syntax)
    guard !typed.isUntypedNull else {
      throw text.error("this column has no type; write CAST(NULL AS …)", at: syntax.range)
    }
    return typed
  }

  func checkHasValue(_ outputs: [QueryPlan.Output], _ owner: QueryOwner) throws(SQLError) {
    guard outputs.contains(where: { !$0.field.isKey }) else {
      throw text.error("at least one column beside the key must be selected", at: owner.range)
    }
  }

  private func partitionBy(_ query: Query, _ expressions: inout ExpressionAnalyzer) throws(SQLError) -> [Expression]? {
    guard let syntax = query.partitionBy else { return nil }
    expressions.clause = .partitionBy
    var keys: [Expression] = []
    for element in syntax {
      let typed = try expressions.analyze(element)
      if typed.isUntypedNull, syntax.count == 1 { return [] }
      guard !typed.isUntypedNull else { throw text.error("PARTITION BY NULL stands alone", at: element.range) }
      guard !keys.contains(typed.expression) else { throw text.error("PARTITION BY names this twice", at: element.range) }
      guard !typed.type.holdsMap else {
        throw text.error("a key cannot hold a MAP, which has no order", at: element.range)
      }
      keys.append(typed.expression)
    }
    return keys
  }
}

extension Query {
  /// Whether `*` or `t.*` is selected.
  var selectsAll: Bool {
    items.contains { if case .all = $0 { true } else { false } }
  }

  /// Where the first `*` stands.
  var starRange: SourceRange {
    for case .all(_, let range) in items { return range }
    return range
  }
}
