import SQL

/// Refuses by name what plans can say and the engine does not run.
enum PlanCheck {
  static func check(_ plan: QueryPlan) throws(WindowsError) {
    if plan.source.isTable, plan.source.window != nil || plan.source.keyColumns.isEmpty {
      throw .unsupported("a query FROM a table without a PRIMARY KEY, or with windows")
    }
    if plan.source.window != nil, plan.join != nil || plan.aggregation != nil {
      throw .unsupported("GROUP BY or JOIN over a source with windowed keys")
    }
    if let column = plan.sink.timestampColumn {
      guard plan.projection.indices.contains(column),
        plan.projection[column].expression.type.holdsTime(format: plan.sink.timestampFormat)
      else { throw .unsupported("a TIMESTAMP property of a sink that names no column with a time") }
    }
    guard plan.source.window != nil || !mentionsWindow(plan) else {
      throw .unsupported("WINDOWSTART and WINDOWEND outside of windows")
    }
    if plan.aggregation?.fill != nil, plan.aggregation?.emit == .changes {
      throw .unsupported("FILL PREVIOUS with EMIT CHANGES")
    }
  }
  /// Whether a window's bounds stand where records are looked at, and not windows.
  private static func mentionsWindow(_ plan: QueryPlan) -> Bool {
    var expressions = [plan.filter, plan.join?.key].compactMap { $0 } + (plan.partitionBy ?? [])
    if let aggregation = plan.aggregation {
      expressions += aggregation.groupBy + aggregation.aggregates.flatMap(\.arguments)
    } else {
      expressions += plan.projection.map(\.expression)
    }
    return expressions.contains(where: mentionsWindow)
  }

  private static func mentionsWindow(_ expression: Expression) -> Bool {
    expression == .windowStart || expression == .windowEnd || expression.children.contains(where: mentionsWindow)
  }
}
