import Contracts
import SQL

/// What is settled about a query's sink before anything runs: shared by all workers.
struct SinkBinding: Sendable {
  var plan: QueryPlan
  var schemaID: Int32
  var schema: AvroSchema
  /// The number of partitions of the sink's topic.
  var partitions: Int

  static func resolve(_ plan: QueryPlan, _ context: StreamsConfiguration, store: any SchemaStore) throws -> SinkBinding {
    guard plan.sink.valueFormat == .avro else {
      throw StreamsError(
        .badInput, "The sink of \(plan.id) has the value format \(plan.sink.valueFormat.rawValue), which cannot be written",
        advice: "Set VALUE_FORMAT = 'AVRO'")
    }
    _ = try SinkKeyEncoder(plan.sink.keyFormat, projection: plan.projection.map(\.field), query: plan.id)
    let (id, schema) = try SinkSchema.resolve(plan, store: store, contracts: context.contractsDirectory)
    return SinkBinding(plan: plan, schemaID: id, schema: schema, partitions: 0)
  }
}
