import SQL

/// Refuses by name what plans can say and the engine does not run.
enum PlanCheck {
  static func check(_ plan: QueryPlan) throws(WindowsError) {
    guard plan.join == nil else { throw .unsupported("a JOIN") }
    guard plan.rollUp == nil else { throw .unsupported("a query FROM a windowed table") }
    guard !plan.source.isTable else { throw .unsupported("a query FROM a table") }
    guard plan.source.window == nil else { throw .unsupported("a source with windowed keys") }
    guard plan.source.headers.isEmpty else { throw .unsupported("HEADER columns") }
    guard plan.source.timestampFormat == nil else { throw .unsupported("TIMESTAMP_FORMAT") }
    guard plan.sink.timestampColumn == nil else { throw .unsupported("the TIMESTAMP property of a sink") }
    guard plan.aggregation?.fill == nil else { throw .unsupported("FILL PREVIOUS") }
  }
}
