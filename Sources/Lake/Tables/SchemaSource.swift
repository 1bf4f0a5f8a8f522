import Contracts

/// Where the contracts of topics' values are looked up: a Schema Registry, or memory in tests. Calls may block.
public protocol SchemaSource: Sendable {
  /// The schema of an id. Throws `ContractError.notFound`, or `.unavailable` when the same call may succeed later.
  func schema(id: Int32) throws(ContractError) -> AvroSchema
  /// The latest schema of a subject; nil when there is none.
  func latest(subject: String) throws(ContractError) -> AvroSchema?
}

/// A registry as a source.
struct RegistrySchemaSource: SchemaSource {
  let client: SchemaRegistryClient

  func schema(id: Int32) throws(ContractError) -> AvroSchema { try client.schema(id: id) }

  func latest(subject: String) throws(ContractError) -> AvroSchema? {
    do {
      return try client.latest(of: subject).schema
    } catch {
      guard error.code == .notFound else { throw error }
      return nil
    }
  }
}
