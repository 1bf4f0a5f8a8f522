import Contracts
import Formats

extension AvroSource {
  /// Schemas of a store, for reading.
  init(_ store: any SchemaStore) {
    self.init(
      schema: { id throws(ContractError) in try store.schema(id: id) },
      writer: { _ throws(ContractError) in throw ContractError(.unsupported, "This side of the topic is read and not written") })
  }

  /// Schemas of a store, writing all records with one that is settled.
  init(_ store: any SchemaStore, writing settled: SettledSchema) {
    self.init(
      schema: { id throws(ContractError) in try store.schema(id: id) },
      writer: { _ throws(ContractError) in (settled.schema, settled.id) })
  }
}

/// A schema as it is registered.
struct SettledSchema: Sendable {
  var id: Int32
  var schema: AvroSchema
}
