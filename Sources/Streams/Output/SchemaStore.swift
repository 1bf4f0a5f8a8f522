import Contracts
import Synchronization

/// Where writers' and sinks' schemas are kept: a Schema Registry, or memory in tests. Calls may block.
public protocol SchemaStore: Sendable {
  func schema(id: Int32) throws(ContractError) -> AvroSchema
  /// The latest version of a subject, or nil when it has none.
  func latest(subject: String) throws(ContractError) -> (id: Int32, schema: AvroSchema)?
  /// Registers a schema, or finds it: the same schema gives the same id.
  func register(_ schema: AvroSchema, subject: String) throws(ContractError) -> Int32
}

/// The registry as a store.
public struct RegistrySchemaStore: SchemaStore {
  private let client: SchemaRegistryClient

  public init(_ client: SchemaRegistryClient) { self.client = client }

  public func schema(id: Int32) throws(ContractError) -> AvroSchema { try client.schema(id: id) }

  public func latest(subject: String) throws(ContractError) -> (id: Int32, schema: AvroSchema)? {
    do {
      let version = try client.latest(of: subject)
      return (version.id, version.schema)
    } catch {
      if error.code == .notFound { return nil }
      throw error
    }
  }

  public func register(_ schema: AvroSchema, subject: String) throws(ContractError) -> Int32 {
    try client.register(schema, under: subject)
  }
}

/// A store in memory, for tests and for running cases without a registry.
public final class MemorySchemaStore: SchemaStore {
  private struct State {
    var ids: [AvroSchema] = []
    var subjects: [String: Int32] = [:]
  }

  private let state = Mutex(State())

  public init() {}

  public func schema(id: Int32) throws(ContractError) -> AvroSchema {
    let found = state.withLock { state in
      state.ids.indices.contains(Int(id) - 1) ? state.ids[Int(id) - 1] : nil
    }
    guard let found else { throw ContractError(.notFound, "No schema has the id \(id)") }
    return found
  }

  public func latest(subject: String) throws(ContractError) -> (id: Int32, schema: AvroSchema)? {
    state.withLock { state in state.subjects[subject].map { ($0, state.ids[Int($0) - 1]) } }
  }

  public func register(_ schema: AvroSchema, subject: String) throws(ContractError) -> Int32 {
    state.withLock { state in
      let known = state.ids.firstIndex { $0.standardJSON == schema.standardJSON }
      if known == nil { state.ids.append(schema) }
      let id = Int32((known ?? state.ids.count - 1) + 1)
      state.subjects[subject] = id
      return id
    }
  }
}
