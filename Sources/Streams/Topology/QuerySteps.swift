import SQL

/// A query cut where its records have to reach the partition of another key.
struct QuerySteps {
  /// The steps in order; the last one is the query itself, over the last inner topic.
  private(set) var plans: [QueryPlan] = []
  /// The inner topics.
  private(set) var topics: [String] = []
  private let application: String

  init(_ plan: QueryPlan, application: String) {
    self.application = application
    var rest = plan
    if let through = rest.join?.repartition {
      rest.source = forward(rest, rest.source.columns, through, filter: nil, join: nil)
      rest.join?.repartition = nil
    }
    if let through = rest.aggregation?.repartition {
      rest.source = forward(rest, rest.columns, through, filter: rest.filter, join: rest.join)
      (rest.join, rest.filter) = (nil, nil)
      rest.aggregation?.repartition = nil
    }
    plans.append(rest)
  }

  /// Adds the step that brings records with these columns under their new key, and gives what the next step reads.
  private mutating func forward(
    _ plan: QueryPlan, _ columns: [Field], _ through: Repartition, filter: Expression?, join: JoinPlan?
  ) -> SourcePlan {
    let topic = "\(application)-\(through.name)"
    let keys = through.key.enumerated().map { index, key in
      QueryPlan.Output(field: Field(name: "KEY_\(index)", type: key.type, isKey: true), expression: key)
    }
    let values = columns.enumerated().map { index, field in
      QueryPlan.Output(field: Field(name: field.name, type: field.type), expression: .column(index, field.type))
    }
    let sink = SinkPlan(
      name: through.name, topic: topic, keyFormat: through.keyFormat, valueFormat: .none, isTable: false,
      lateTopic: plan.sink.lateTopic, partitions: nil)
    plans.append(
      QueryPlan(
        id: through.name, source: plan.source, sink: sink, join: join, filter: filter, partitionBy: through.key,
        aggregation: nil, projection: keys + values))
    topics.append(topic)
    return Self.inner(plan.source, topic, columns, through)
  }

  /// What the source's rules ask has been done by the step before.
  private static func inner(_ source: SourcePlan, _ topic: String, _ columns: [Field], _ through: Repartition) -> SourcePlan {
    var inner = source
    inner.topic = topic
    inner.columns = columns
    (inner.keyFormat, inner.valueFormat, inner.options) = (through.keyFormat, .none, FormatOptions())
    (inner.headers, inner.window) = ([:], nil)
    (inner.timestampColumn, inner.timestampFormat) = (nil, nil)
    (inner.deduplicateBy, inner.deduplicateWithin, inner.maxFutureSkew) = ([], 0, nil)
    (inner.partitions, inner.replicas) = (nil, nil)
    return inner
  }
}
