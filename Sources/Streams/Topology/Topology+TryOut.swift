import SQL
import Windows

extension Topology {
  /// Makes every engine once, so that what cannot run is refused before anything is created.
  func tryOut() throws(StreamsError) {
    do throws(WindowsError) {
      var engines: [String: QueryEngine] = [:]
      for plan in plans {
        let table = plan.rollUp == nil ? plan.join?.table : nil
        let stage = try SourceStage(source: plan.source, retention: plan.source.deduplicateWithin)
        let base = plan.rollUp.flatMap { engines[$0.query] }
        engines[plan.id] = try QueryEngine(plan, stage: stage, base: base, table: table.map(MaterialisedTable.init))
      }
    } catch {
      throw StreamsError.wrapping(error)
    }
  }
}

extension QueryPlan {
  /// Whether the place of a record in its topic is asked for where that place is lost: behind a repartition.
  var losesPlaces: Bool {
    let isLost = { (expression: Expression) in expression.contains { $0 == .system(.rowPartition) || $0 == .system(.rowOffset) } }
    if join?.repartition != nil {
      let later = [filter].compactMap(\.self) + (partitionBy ?? []) + (aggregation?.groupBy ?? [])
      let outputs = aggregation == nil ? projection.map(\.expression) : []
      if (later + outputs).contains(where: isLost) { return true }
    }
    guard let aggregation, aggregation.repartition != nil || join?.repartition != nil else { return false }
    return (aggregation.groupBy + aggregation.aggregates.flatMap(\.arguments)).contains(where: isLost)
  }
}

extension Expression {
  /// Whether `condition` holds of this expression or of one below it.
  func contains(_ condition: (Expression) -> Bool) -> Bool {
    if condition(self) { return true }
    switch self {
    case .column, .literal, .groupKey, .aggregate, .windowStart, .windowEnd, .system: return false
    case .cast(let operand, _): return operand.contains(condition)
    case .call(_, let arguments, _), .function(_, let arguments, _): return arguments.contains { $0.contains(condition) }
    case .conditional(let branches, let otherwise, _):
      return otherwise.contains(condition)
        || branches.contains { $0.condition.contains(condition) || $0.result.contains(condition) }
    }
  }
}
