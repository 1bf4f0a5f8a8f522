extension Analyzer {
  /// The plan of CREATE … AS SELECT; its sink becomes part of the catalog.
  mutating func query(_ create: CreateAs) throws(SQLError) -> QueryPlan {
    let query = create.query
    let source = try sourceOf(query)
    try checkShape(create)
    let properties = try PropertyReader(create.properties, of: .sink, text: text, statement: create.range)
    let scope = Scope(source: source, alias: query.alias)
    var expressions = ExpressionAnalyzer(text: text, scope: scope, isGrouped: create.isTable)
    expressions.clause = .filter
    let filter = try query.filter.map { syntax throws(SQLError) in try expressions.condition(syntax, "WHERE") }
    let projection: [QueryPlan.Output]
    var aggregation: AggregationPlan?
    if create.isTable, let window = query.window {
      let plan = try windowPlan(window, emit: query.emit)
      (projection, aggregation) = try grouped(create, window: plan, &expressions)
    } else {
      projection = try plain(create, &expressions)
    }
    let sink = try sink(create, properties, source: source, projection: projection, aggregation: aggregation)
    register(sink, projection, source)
    return QueryPlan(
      id: (create.isTable ? "CTAS_" : "CSAS_") + sink.name, source: source, sink: sink, filter: filter,
      aggregation: aggregation, projection: projection)
  }

  private func sourceOf(_ query: Query) throws(SQLError) -> SourcePlan {
    let name = query.source
    if let source = catalog.streams[name.text] { return source }
    if catalog.tables[name.text] != nil {
      throw text.error(
        "\(name.text) is a windowed table, which a query cannot read yet; query the stream it is made from", at: name.range)
    }
    throw text.error(
      "there is no stream \(name.text); declare it with CREATE STREAM \(name.text) (…) WITH (…)", at: name.range,
      suggestion: NearestName.of(name.text, in: catalog.streams.keys.sorted()))
  }

  /// Refuses mixtures of clauses that have no meaning, before their expressions are looked at.
  private func checkShape(_ create: CreateAs) throws(SQLError) {
    let query = create.query
    guard create.isTable else { return try checkStreamShape(create) }
    guard !query.groupBy.isEmpty else {
      throw text.error(
        "a TABLE needs GROUP BY; for a query that keeps or changes single records write CREATE STREAM", at: create.range)
    }
    guard query.window != nil else {
      throw text.error(
        "GROUP BY without a window is not supported yet; add WINDOW TUMBLING (SIZE …) after FROM", at: query.groupBy[0].range)
    }
  }

  private func checkStreamShape(_ create: CreateAs) throws(SQLError) {
    let query = create.query
    if let first = query.groupBy.first {
      throw text.error("GROUP BY makes a table; write CREATE TABLE \(create.name.text)", at: first.range)
    }
    if let window = query.window { throw text.error("WINDOW needs GROUP BY and CREATE TABLE", at: window.range) }
    if let having = query.having { throw text.error("HAVING needs GROUP BY; use WHERE", at: having.range) }
    if let emit = query.emit, emit.mode == .final {
      throw text.error("EMIT FINAL needs a window that ends; use EMIT CHANGES", at: emit.range)
    }
  }

  // MARK: Streams

  private func plain(_ create: CreateAs, _ expressions: inout ExpressionAnalyzer) throws(SQLError) -> [QueryPlan.Output] {
    let columns = expressions.scope.source.columns
    let key = columns.firstIndex { $0.isKey }
    expressions.clause = .select
    var outputs = Outputs(text: text)
    for (position, item) in create.query.items.enumerated() {
      switch item {
      case .all(let qualifier, let range):
        try check(qualifier, expressions.scope)
        for (index, column) in columns.enumerated() {
          try outputs.add(.column(index, column.type), named: column.name, isKey: column.isKey, at: range)
        }
      case .expression(let syntax, let alias):
        let typed = try typedItem(syntax, &expressions)
        let isKey = typed.expression == key.map { .column($0, columns[$0].type) }
        try outputs.add(
          typed.expression, named: outputs.name(syntax, alias, position), isKey: isKey, at: alias?.range ?? syntax.range)
      }
    }
    if let key, !outputs.list.contains(where: \.field.isKey) {
      throw text.error("the key column \(columns[key].name) must be selected", at: create.range)
    }
    try checkHasValue(outputs.list, create)
    return outputs.list
  }

  private func check(_ qualifier: Name?, _ scope: Scope) throws(SQLError) {
    guard let qualifier, qualifier.text != scope.qualifier else { return }
    throw text.error(
      "there is no source \(qualifier.text) in this query", at: qualifier.range, suggestion: scope.qualifier)
  }

  private func typedItem(_ syntax: SyntaxExpression, _ expressions: inout ExpressionAnalyzer) throws(SQLError) -> Typed {
    let typed = try expressions.analyze(syntax)
    guard !typed.isUntypedNull else {
      throw text.error("this column has no type; write CAST(NULL AS …)", at: syntax.range)
    }
    return typed
  }

  private func checkHasValue(_ outputs: [QueryPlan.Output], _ create: CreateAs) throws(SQLError) {
    guard outputs.contains(where: { !$0.field.isKey }) else {
      throw text.error("at least one column beside the key must be selected", at: create.range)
    }
  }

  // MARK: Tables

  private func grouped(
    _ create: CreateAs, window: WindowPlan, _ expressions: inout ExpressionAnalyzer
  ) throws(SQLError) -> ([QueryPlan.Output], AggregationPlan) {
    let query = create.query
    let groupBy = try grouping(query, &expressions)
    expressions.clause = .select
    var outputs = Outputs(text: text)
    for (position, item) in query.items.enumerated() {
      guard case .expression(let syntax, let alias) = item else {
        guard case .all(_, let range) = item else { continue }
        throw text.error("* cannot be grouped; name the grouped columns and the aggregates", at: range)
      }
      let typed = try typedItem(syntax, &expressions)
      let value = try rewritten(typed.expression, syntax, groupBy, expressions.scope)
      var isKey = false
      if case .groupKey = value { isKey = true }
      try outputs.add(
        value, named: outputs.name(syntax, alias, position), isKey: isKey, at: alias?.range ?? syntax.range)
    }
    var having: Expression?
    if let syntax = query.having {
      expressions.clause = .having
      let condition = try expressions.condition(syntax, "HAVING")
      having = try rewritten(condition, syntax, groupBy, expressions.scope)
    }
    try checkKeys(outputs.list, groupBy, create)
    guard !expressions.aggregates.isEmpty else {
      throw text.error("GROUP BY needs an aggregate in SELECT or HAVING, such as COUNT(*)", at: query.groupBy[0].range)
    }
    let plan = AggregationPlan(
      groupBy: groupBy, window: window, aggregates: expressions.aggregates, having: having,
      emit: query.emit?.mode ?? .changes)
    return (outputs.list, plan)
  }

  private func grouping(_ query: Query, _ expressions: inout ExpressionAnalyzer) throws(SQLError) -> [Expression] {
    expressions.clause = .groupBy
    var groupBy: [Expression] = []
    for syntax in query.groupBy {
      let typed = try expressions.analyze(syntax)
      guard typed.expression.readsColumn else {
        throw text.error("GROUP BY takes expressions of columns, not constants or positions", at: syntax.range)
      }
      guard !groupBy.contains(typed.expression) else {
        throw text.error("GROUP BY names this twice", at: syntax.range)
      }
      guard typed.type != .bytes else { throw text.error("a key of type BYTES is not supported", at: syntax.range) }
      groupBy.append(typed.expression)
    }
    try checkPartitioning(query, groupBy, expressions.scope.source)
    return groupBy
  }

  /// All records of a group must lie in one partition. Only the key column makes sure of that.
  private func checkPartitioning(_ query: Query, _ groupBy: [Expression], _ source: SourcePlan) throws(SQLError) {
    let range = query.groupBy[0].range.through(query.groupBy[query.groupBy.count - 1].range)
    guard let key = source.columns.firstIndex(where: \.isKey) else {
      if source.partitions == 1 { return }
      throw text.error(
        "\(source.name) has no KEY column, so that records of one group may lie in several partitions; "
          + "mark the column the topic is keyed by with KEY, or say PARTITIONS = 1", at: range)
    }
    guard groupBy.contains(.column(key, source.columns[key].type)) else {
      throw text.error(
        "GROUP BY must contain \(source.columns[key].name), the key of \(source.name): regrouping across partitions "
          + "is not supported yet", at: range)
    }
  }

  private func rewritten(
    _ expression: Expression, _ syntax: SyntaxExpression, _ groupBy: [Expression], _ scope: Scope
  ) throws(SQLError) -> Expression {
    var rewriter = GroupRewriter(groupBy)
    let result = rewriter.rewrite(expression)
    guard let stray = rewriter.stray else { return result }
    let name = scope.source.columns[stray].name
    throw text.error(
      "\(name) is neither grouped nor aggregated; add it to GROUP BY, or use an aggregate such as LAST_BY or MAX",
      at: syntax.firstUse(of: name) ?? syntax.range)
  }

  private func checkKeys(_ outputs: [QueryPlan.Output], _ groupBy: [Expression], _ create: CreateAs) throws(SQLError) {
    for (index, syntax) in create.query.groupBy.enumerated() {
      let uses = outputs.count { $0.expression == .groupKey(index, groupBy[index].type) }
      guard uses > 0 else {
        throw text.error("every expression of GROUP BY must be selected, and this is not", at: syntax.range)
      }
      guard uses == 1 else { throw text.error("this key is selected more than once", at: syntax.range) }
    }
    try checkHasValue(outputs, create)
  }

  private mutating func register(_ sink: SinkPlan, _ projection: [QueryPlan.Output], _ source: SourcePlan) {
    guard !sink.isTable else { return catalog.add(sink) }
    let time = source.timestampColumn.map { Expression.column($0, source.columns[$0].type) }
    catalog.add(
      SourcePlan(
        name: sink.name, topic: sink.topic, keyFormat: sink.keyFormat, valueFormat: sink.valueFormat,
        columns: projection.map(\.field), timestampColumn: projection.firstIndex { $0.expression == time },
        deduplicateBy: [], deduplicateWithin: Self.defaultDeduplicateWithin, maxFutureSkew: nil,
        idleClose: source.idleClose, invalidTopic: source.invalidTopic, partitions: sink.partitions,
        replicas: sink.replicas))
  }
}

/// The columns of a query as they are collected.
struct Outputs {
  let text: SourceText
  private(set) var list: [QueryPlan.Output] = []
  private var names: Set<String> = []

  init(text: SourceText) { self.text = text }

  mutating func add(
    _ expression: Expression, named name: String, isKey: Bool, at range: SourceRange
  ) throws(SQLError) {
    guard names.insert(name).inserted else {
      throw text.error("a column \(name) is selected twice; give one another name with AS", at: range)
    }
    list.append(QueryPlan.Output(field: Field(name: name, type: expression.type, isKey: isKey), expression: expression))
  }

  /// The alias, the column's own name or, as in ksqlDB, `KSQL_COL_n`.
  func name(_ syntax: SyntaxExpression, _ alias: Name?, _ position: Int) -> String {
    if let alias { return alias.text }
    if case .column(_, let name) = syntax.kind { return name.text }
    return "KSQL_COL_\(position)"
  }
}

extension Expression {
  /// Whether any column is read below here.
  var readsColumn: Bool {
    if case .column = self { return true }
    return children.contains { $0.readsColumn }
  }
}
