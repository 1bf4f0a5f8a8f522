import Columns
import Contracts
import Formats
import SQL
import Values

/// What is settled about a query's sink before anything runs: shared by all workers.
struct SinkBinding: Sendable {
  var plan: QueryPlan
  /// Of values in AVRO.
  var valueSchema: SettledSchema?
  /// Of keys in AVRO.
  var keySchema: SettledSchema?
  /// The number of partitions of the sink's topic.
  var partitions = 0
  /// Whether it is the inner topic between two steps of a query.
  var isInner = false

  static func resolve(
    _ plan: QueryPlan, _ context: StreamsConfiguration, isInner: Bool = false, store: any SchemaStore
  ) throws -> SinkBinding {
    var binding = SinkBinding(plan: plan, isInner: isInner)
    if plan.sink.keyFormat == .avro, plan.projection.contains(where: \.field.isKey) {
      let (id, schema) = try SinkSchema.resolveKey(plan, store: store)
      binding.keySchema = SettledSchema(id: id, schema: schema)
    }
    if plan.sink.valueFormat == .avro {
      let (id, schema) = try SinkSchema.resolve(plan, store: store, contracts: context.contractsDirectory)
      binding.valueSchema = SettledSchema(id: id, schema: schema)
    }
    if !isInner { try binding.tryOut(store) }
    return binding
  }

  /// Encodes a row of zeros, so that a column that does not fit its field is refused now and not at the first closed window.
  private func tryOut(_ store: any SchemaStore) throws {
    let keys = try SinkKeys(self, store: store)
    var values = try SinkValues(self, store: store)
    var bytes: [UInt8] = []
    do throws(FormatError) {
      _ = try keys.append(0, of: zeros, to: &bytes)
      _ = try values.encode(0, of: zeros, into: &bytes)
    } catch {
      // A zero may be no symbol of an enum, say; that concerns values, not types.
      guard error.code == .unsupported else { return }
      throw StreamsError(
        .badInput, "Rows of \(plan.id) cannot be written to \(plan.sink.topic): \(error.reason)",
        advice: "Change the columns, the format, or the schema of \(plan.sink.topic)")
    }
  }

  private var zeros: ColumnBatch {
    let columns = plan.projection.map { output in
      Column(name: output.field.name, type: output.field.type.columnType, values: Self.zero(output.field.type))
    }
    return ColumnBatch(columns: columns, rowCount: 1)
  }

  private static func zero(_ type: SQLType) -> ColumnValues {
    switch type.columnType.lane {
    case .bool: return .bool([false])
    case .int64: return .int64([0])
    case .int128: return .int128([0])
    case .double: return .double([0])
    case .codes:
      let dictionary = StringDictionary()
      return .codes([dictionary.code(of: "")], dictionary)
    case .bytes:
      var bytes = BytesVector()
      bytes.append(contentsOf: type.isNested ? Self.empty(type).encoded() : [])
      return .bytes(bytes)
    }
  }

  private static func empty(_ type: SQLType) -> Value {
    switch type {
    case .map: .map([])
    case .structure(let members): .structure(members.map { _ in .null })
    default: .array([])
    }
  }
}
