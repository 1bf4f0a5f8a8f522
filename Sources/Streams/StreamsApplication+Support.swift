import SQL
import Windows

extension StreamsApplication {
  /// Refuses by name what plans can say and cannot be run on Kafka.
  static func refuseUnsupported(_ plan: QueryPlan) throws(StreamsError) {
    func refuse(_ condition: Bool, _ what: String, _ advice: String) throws(StreamsError) {
      guard condition else { return }
      throw StreamsError(.badInput, "\(plan.id) has \(what), which cannot be run on a cluster yet", advice: advice)
    }
    let source = plan.source
    try refuse(plan.join != nil, "a JOIN", "Write the joined values into the stream")
    try refuse(plan.rollUp != nil, "a windowed table as its source", "Read the stream that the table is made from")
    try refuse(source.isTable, "a table as its source", "Declare the topic as a STREAM")
    try refuse(
      plan.aggregation?.repartition != nil, "a GROUP BY without the key of \(source.name)",
      "Group by the column that the topic is keyed by, among others")
    try refuse(plan.partitionBy != nil, "PARTITION BY", "Key the topic as the queries need it")
    do throws(WindowsError) {
      var plan = plan
      plan.source.headers = [:]
      _ = try QueryEngine(plan, stage: SourceStage(source: source, retention: source.deduplicateWithin))
    } catch {
      throw StreamsError.wrapping(error)
    }
  }
}
