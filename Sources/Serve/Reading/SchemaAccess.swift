import Contracts
import Formats
import SQL
import Streams

/// Schemas of the registry, as formats and statements ask for them. Calls may block.
struct SchemaAccess: Sendable {
  let store: any SchemaStore

  /// Schemas of one side of a topic: read by their ids; written with the newest registered, or one that is registered then.
  func avro(topic: String, isKey: Bool) -> AvroSource {
    let subject = "\(topic)-\(isKey ? "key" : "value")"
    let store = store
    return AvroSource(
      schema: { id throws(ContractError) in try store.schema(id: id) },
      writer: { made throws(ContractError) in
        if let latest = try store.latest(subject: subject) { return (latest.schema, latest.id) }
        return (made, try store.register(made, subject: subject))
      })
  }
}

/// Columns that a CREATE leaves out come from the registry.
extension SchemaAccess: SchemaSource {
  func columns(topic: String, isKey: Bool, format: DataFormat, id: Int?) -> SchemaAnswer {
    guard format == .avro else { return .none }
    do throws(ContractError) {
      let schema: AvroSchema
      if let id {
        guard let narrow = Int32(exactly: id) else { return .unreadable("\(id) is no schema id") }
        schema = try store.schema(id: narrow)
      } else {
        guard let latest = try store.latest(subject: "\(topic)-\(isKey ? "key" : "value")") else { return .none }
        schema = latest.schema
      }
      switch AvroSchemaColumns.type(schema.root, schema) {
      case .structure(let members): return .columns(members)
      case let type?: return .value(type)
      case nil: return .unreadable("its schema holds what has no type here")
      }
    } catch {
      return .unreadable(error.reason)
    }
  }
}
