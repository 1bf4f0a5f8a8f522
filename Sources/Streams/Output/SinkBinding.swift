import Columns
import Contracts
import SQL
import Values
import Windows

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
    try tryOut(schema, plan)
    return SinkBinding(plan: plan, schemaID: id, schema: schema, partitions: 0)
  }

  /// Encodes a row of zeros, so that a column that does not fit its field is refused now and not at the first closed window.
  private static func tryOut(_ schema: AvroSchema, _ plan: QueryPlan) throws {
    var encoder = try AvroRowEncoder(schema)
    let columns = plan.projection.map { output in
      Column(name: output.field.name, type: output.field.type.columnType, values: zero(output.field.type.columnType.lane))
    }
    var bytes: [UInt8] = []
    do {
      try encoder.encode(0, of: ColumnBatch(columns: columns, rowCount: 1), into: &bytes)
    } catch  where error.code == .badData {
      // A zero may be no symbol of an enum, say; that concerns values, not types.
    } catch {
      throw StreamsError(
        .badInput, "Rows of \(plan.id) cannot be written with the schema of \(plan.sink.topic)-value: \(error.reason)",
        advice: error.advice)
    }
  }

  private static func zero(_ lane: ColumnType.Lane) -> ColumnValues {
    switch lane {
    case .bool: return .bool([false])
    case .int64: return .int64([0])
    case .int128: return .int128([0])
    case .double: return .double([0])
    case .codes:
      let dictionary = StringDictionary()
      return .codes([dictionary.code(of: "")], dictionary)
    case .bytes:
      var bytes = BytesVector()
      bytes.append(contentsOf: [])
      return .bytes(bytes)
    }
  }
}
