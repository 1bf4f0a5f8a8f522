extension Analyzer {
  func grouped(
    _ query: Query, _ owner: QueryOwner, _ expressions: inout ExpressionAnalyzer, _ checked: inout CheckedQuery
  ) throws(SQLError) {
    let window = try query.window.map { window throws(SQLError) in try windowPlan(window, emit: query.emit) } ?? .unbounded
    let groupBy = try grouping(query, &expressions)
    expressions.clause = .select
    try checkUndo(query, checked.source)
    var outputs = try selected(query, owner, &expressions)
    try regroup(&outputs, groupBy, query, expressions.scope)
    var having: Expression?
    if let syntax = query.having {
      expressions.clause = .having
      let condition = try expressions.condition(syntax, "HAVING")
      having = try rewritten(condition, syntax, groupBy, expressions.scope)
    }
    try markGroups(&outputs, groupBy, query, owner)
    guard !expressions.aggregates.isEmpty else {
      throw text.error("GROUP BY needs an aggregate in SELECT or HAVING, such as COUNT(*)", at: query.groupBy[0].range)
    }
    checked.projection = outputs.list
    checked.window = window.keyWindow
    checked.aggregation = AggregationPlan(
      groupBy: groupBy, window: window, aggregates: expressions.aggregates, having: having,
      emit: query.emit?.mode ?? .changes, repartition: repartition(groupBy, checked, owner),
      fill: try fill(query, outputs.list, expressions.aggregates, window))
  }

  /// The outputs over groups; a `*` brings columns that must all be grouped by.
  func regroup(
    _ outputs: inout Outputs, _ groupBy: [Expression], _ query: Query, _ scope: Scope
  ) throws(SQLError) {
    for (output, origin) in zip(outputs.list, outputs.origins) {
      guard let origin else {
        guard groupBy.contains(output.expression) else {
          throw text.error("* cannot be grouped; name the grouped columns and the aggregates", at: query.starRange)
        }
        continue
      }
      _ = try rewritten(output.expression, origin, groupBy, scope)
    }
    outputs.rewrite { expression in
      var rewriter = GroupRewriter(groupBy)
      return rewriter.rewrite(expression)
    }
  }

  /// A table's row replaces the one before, which then leaves its group: not every aggregate can let it go.
  private func checkUndo(_ query: Query, _ source: SourcePlan) throws(SQLError) {
    guard source.isTable else { return }
    let oneWay: Set<AggregateFunction> = [
      .min, .max, .firstBy, .lastBy, .earliestByOffset, .latestByOffset, .topK, .topKDistinct, .collectSet,
      .countDistinct, .realizedVolatility,
    ]
    let syntaxes = query.items.compactMap { item in
      if case .expression(let syntax, _) = item { syntax } else { nil }
    }
    for syntax in syntaxes + [query.having].compactMap(\.self) {
      guard let call = syntax.firstCall(where: { name in FunctionNames.aggregates[name].map { oneWay.contains($0) } ?? false })
      else { continue }
      throw text.error(
        "an aggregate over the table \(source.name) must take back rows that change, and this one cannot; "
          + "use COUNT, SUM or AVG, or read a stream", at: call)
    }
  }

  func grouping(_ query: Query, _ expressions: inout ExpressionAnalyzer) throws(SQLError) -> [Expression] {
    expressions.clause = .groupBy
    var groupBy: [Expression] = []
    for syntax in query.groupBy {
      let typed = try expressions.analyze(syntax)
      guard !typed.isUntypedNull else { throw text.error("GROUP BY NULL has no group", at: syntax.range) }
      guard !groupBy.contains(typed.expression) else {
        throw text.error("GROUP BY names this twice", at: syntax.range)
      }
      guard !typed.type.holdsMap else {
        throw text.error("a key cannot hold a MAP, which has no order", at: syntax.range)
      }
      groupBy.append(typed.expression)
    }
    return groupBy
  }

  /// All records of a group must lie in one partition. The key that the records have makes sure of that where it is grouped by.
  private func repartition(_ groupBy: [Expression], _ checked: CheckedQuery, _ owner: QueryOwner) -> Repartition? {
    let source = checked.source
    let keys = checked.join.map { [$0.key] } ?? source.keyColumns.map { .column($0, source.columns[$0].type) }
    let isTogether = keys.isEmpty ? source.partitions == 1 : keys.allSatisfy { groupBy.contains($0) }
    // A table's changes must meet their own undoing: only the whole key in its order keeps them in place.
    if isTogether, !source.isTable || keys == groupBy { return nil }
    return Repartition(name: "\(owner.id)-group-repartition", key: groupBy, keyFormat: innerFormat(source.keyFormat, groupBy))
  }

  /// The key format of an inner topic: the source's own where it can hold this key.
  func innerFormat(_ format: DataFormat, _ key: [Expression]) -> DataFormat {
    let fields = key.enumerated().map { Field(name: "KEY_\($0.offset)", type: $0.element.type, isKey: true) }
    return DataFormat.holding(fields, preferring: format)
  }

  func rewritten(
    _ expression: Expression, _ syntax: SyntaxExpression, _ groupBy: [Expression], _ scope: Scope
  ) throws(SQLError) -> Expression {
    var rewriter = GroupRewriter(groupBy)
    let result = rewriter.rewrite(expression)
    let name: String
    switch rewriter.stray {
    case nil: return result
    case .column(let index): name = scope.columns[index].name
    case .system(let column): name = column.rawValue
    }
    throw text.error(
      "\(name) is neither grouped nor aggregated; add it to GROUP BY, or use an aggregate such as LAST_BY or MAX",
      at: syntax.firstUse(of: name) ?? syntax.range)
  }

  func markGroups(
    _ outputs: inout Outputs, _ groupBy: [Expression], _ query: Query, _ owner: QueryOwner
  ) throws(SQLError) {
    let keys = groupBy.enumerated().map { Expression.groupKey($0.offset, $0.element.type) }
    switch outputs.markKeys(keys) {
    case .missing where owner.kind == .push: break
    case .missing(let index):
      throw text.error("every expression of GROUP BY must be selected, and this is not", at: query.groupBy[index].range)
    case .twice where owner.kind == .push: break
    case .twice(let index):
      throw text.error("this key is selected more than once", at: query.groupBy[index].range)
    case nil: break
    }
    if owner.kind != .push { try checkHasValue(outputs.list, owner) }
  }
}

extension DataFormat {
  /// `format` where it holds `key`, otherwise one that does.
  static func holding(_ key: [Field], preferring format: DataFormat) -> DataFormat {
    let candidates: [DataFormat] = [format, .kafka, .delimited, .json]
    return candidates.first { $0 != .none && $0.objection(toKey: key) == nil } ?? .json
  }
}

extension SyntaxExpression {
  /// Where a function is first called whose name satisfies `condition`.
  func firstCall(where condition: (String) -> Bool) -> SourceRange? {
    if case .call(let name, _) = kind, condition(name.text) { return range }
    for child in children {
      if let found = child.firstCall(where: condition) { return found }
    }
    return nil
  }
}
