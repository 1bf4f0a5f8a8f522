/// FROM a windowed table that a query fills: its windows are merged into larger ones.
extension Analyzer {
  func rollUp(
    _ query: Query, table: SourcePlan, _ filling: QueryPlan, for owner: QueryOwner
  ) throws(SQLError) -> CheckedQuery {
    guard let inner = filling.aggregation, case .time(let innerWindow) = inner.window, owner.kind == .table,
      let window = query.window, !query.groupBy.isEmpty, query.joins.isEmpty, query.partitionBy == nil
    else {
      throw text.error(
        "\(table.name) is a windowed table; a query can merge its windows into larger ones "
          + "(CREATE TABLE … WINDOW TUMBLING … GROUP BY), or read the stream it is made from", at: query.source.range)
    }
    let plan = try windowPlan(window, emit: query.emit)
    try checkMultiple(plan, innerWindow, window, table)
    let scope = Scope(source: table, alias: query.alias)
    var expressions = ExpressionAnalyzer(text: text, scope: scope, isGrouped: true)
    expressions.settings = settings
    expressions.bounds = .ofGroups
    expressions.rollUp = RollUpScope(table: table, query: filling, aggregation: inner)
    expressions.clause = .filter
    let condition = try query.filter.map { syntax throws(SQLError) in try expressions.condition(syntax, "WHERE") }
    let groups = try groups(query, &expressions)
    let filter = try condition.map { condition throws(SQLError) in try overGroups(condition, groups, query, expressions) }
    return try merged(query, plan, filter, groups, filling, owner, &expressions)
  }

  private func checkMultiple(
    _ plan: WindowPlan, _ inner: TimeWindow, _ window: Window, _ table: SourcePlan
  ) throws(SQLError) {
    guard case .time(let outer) = plan, outer.isTumbling, inner.isTumbling else {
      throw text.error("only TUMBLING windows can be merged into TUMBLING windows", at: window.range)
    }
    guard outer.size % inner.size == 0, outer.size > inner.size, (outer.offset - inner.offset) % inner.size == 0,
      outer.timeZone == inner.timeZone || (inner.timeZone == nil && Self.hour % inner.size == 0)
    else {
      throw text.error(
        "SIZE must be a multiple of \(TimeUnit.describe(inner.size)), the size of \(table.name), with windows that begin together",
        at: window.size.range)
    }
  }

  /// Clocks are put forward and back by quarters of an hour at the least.
  private static let hour: Int64 = 900_000_000

  /// Grouping expressions as columns of the table.
  private func groups(_ query: Query, _ expressions: inout ExpressionAnalyzer) throws(SQLError) -> [Int] {
    var groups: [Int] = []
    for (expression, syntax) in zip(try grouping(query, &expressions), query.groupBy) {
      guard case .column(let index, _) = expression, let group = expressions.rollUp?.group(index) else {
        throw text.error("windows are merged by key columns of \(expressions.scope.source.name)", at: syntax.range)
      }
      groups.append(group)
    }
    return groups
  }

  /// WHERE over the table's keys, as a condition of the groups that are made of them.
  private func overGroups(
    _ expression: Expression, _ groups: [Int], _ query: Query, _ expressions: ExpressionAnalyzer
  ) throws(SQLError) -> Expression {
    guard let rollUp = expressions.rollUp, let syntax = query.filter else { return expression }
    for index in expression.columns {
      let name = rollUp.table.columns[index].name
      let range = syntax.firstUse(of: name) ?? syntax.range
      guard let group = rollUp.group(index) else {
        throw text.error(
          "\(name) is no key column: WHERE chooses among the groups whose windows are merged; use HAVING", at: range)
      }
      guard groups.contains(group) else {
        throw text.error("WHERE chooses among the groups that are made, and \(name) is not in GROUP BY", at: range)
      }
    }
    if let column = expression.firstSystemColumn {
      throw text.error(
        "windows that are merged have no \(column.rawValue); WHERE chooses among their key columns",
        at: syntax.firstUse(of: column.rawValue) ?? syntax.range)
    }
    return expression.replacingColumns { index in
      guard let group = rollUp.group(index), let place = groups.firstIndex(of: group) else { return nil }
      return .groupKey(place, rollUp.aggregation.groupBy[group].type)
    }
  }

  private func merged(
    _ query: Query, _ window: WindowPlan, _ filter: Expression?, _ groups: [Int], _ filling: QueryPlan, _ owner: QueryOwner,
    _ expressions: inout ExpressionAnalyzer
  ) throws(SQLError) -> CheckedQuery {
    guard let rollUp = expressions.rollUp else { throw text.error("nothing to merge", at: owner.range) }
    let inner = rollUp.aggregation
    expressions.clause = .select
    var outputs = try selected(query, owner, &expressions)
    // Key columns of the table stand for the groups they hold.
    let columns = groups.map { group in
      rollUp.table.columns.indices.first { rollUp.group($0) == group }.map { Expression.column($0, inner.groupBy[group].type) }
    }.compactMap(\.self)
    try regroup(&outputs, columns, query, expressions.scope)
    var having: Expression?
    if let syntax = query.having {
      expressions.clause = .having
      having = try rewritten(try expressions.condition(syntax, "HAVING"), syntax, columns, expressions.scope)
    }
    let chosen = [filter, having].compactMap(\.self)
    having = chosen.count == 2 ? .call(.and, chosen, .boolean) : chosen.first
    let groupBy = groups.map { inner.groupBy[$0] }
    try markGroups(&outputs, groupBy, query, owner)
    guard !expressions.aggregates.isEmpty else {
      throw text.error("GROUP BY needs an aggregate in SELECT or HAVING, such as MERGE(column)", at: query.groupBy[0].range)
    }
    let aggregation = AggregationPlan(
      groupBy: groupBy, window: window, aggregates: expressions.aggregates, having: having,
      emit: query.emit?.mode ?? .changes, repartition: nil,
      fill: try fill(query, outputs.list, expressions.aggregates, window))
    let plan = RollUpPlan(
      table: rollUp.table.name, query: filling.id, groups: groups,
      aggregates: expressions.aggregates.compactMap { inner.aggregates.firstIndex(of: $0) })
    try checkKept(groups, inner, query, rollUp.table)
    return CheckedQuery(
      source: filling.source, join: filling.join, filter: nil, aggregation: aggregation, rollUp: plan,
      projection: outputs.list, window: window.keyWindow, scope: expressions.scope)
  }

  /// Fewer groups than the table has would have to meet across partitions.
  private func checkKept(
    _ groups: [Int], _ inner: AggregationPlan, _ query: Query, _ table: SourcePlan
  ) throws(SQLError) {
    guard inner.repartition == nil || Set(groups).count == inner.groupBy.count else {
      throw text.error(
        "GROUP BY must name every key column of \(table.name), whose records are spread by all of them",
        at: query.groupBy[0].range)
    }
  }
}

extension Expression {
  fileprivate var firstSystemColumn: SystemColumn? {
    if case .system(let column) = self { return column }
    return children.lazy.compactMap(\.firstSystemColumn).first
  }

  /// The same with columns replaced where `body` knows by what.
  func replacingColumns(_ body: (Int) -> Expression?) -> Expression {
    switch self {
    case .column(let index, _): return body(index) ?? self
    case .literal, .groupKey, .aggregate, .windowStart, .windowEnd, .system: return self
    case .cast(let operand, let type): return .cast(operand.replacingColumns(body), to: type)
    case .call(let function, let arguments, let type):
      return .call(function, arguments.map { $0.replacingColumns(body) }, type)
    case .function(let name, let arguments, let type):
      return .function(name, arguments.map { $0.replacingColumns(body) }, type)
    case .conditional(let branches, let otherwise, let type):
      let replaced = branches.map {
        Branch(condition: $0.condition.replacingColumns(body), result: $0.result.replacingColumns(body))
      }
      return .conditional(replaced, otherwise: otherwise.replacingColumns(body), type)
    }
  }
}
