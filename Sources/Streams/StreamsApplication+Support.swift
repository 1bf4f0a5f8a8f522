import SQL

extension StreamsApplication {
  /// Refuses by name what plans can say and cannot be run on Kafka.
  static func refuseUnsupported(_ plan: QueryPlan) throws(StreamsError) {
    func refuse(_ condition: Bool, _ what: String, _ advice: String) throws(StreamsError) {
      guard condition else { return }
      throw StreamsError(.badInput, "\(plan.id) has \(what), which cannot be run on a cluster yet", advice: advice)
    }
    try refuse(
      plan.source.isTable && (plan.join != nil || plan.aggregation?.repartition != nil),
      "a JOIN or a GROUP BY that moves the rows of the table \(plan.source.name) to other partitions",
      "Group by its whole PRIMARY KEY, or read the stream that the table is made from")
    try refuse(
      plan.losesPlaces, "ROWPARTITION or ROWOFFSET behind a repartition",
      "Select them into a column of a stream, and use that one")
  }
}
