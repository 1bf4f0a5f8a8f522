/// Where columns come from that a statement leaves out. Given by the caller; answers from what it knows, or asks a registry.
public protocol SchemaSource: Sendable {
  /// The columns of a topic's keys or values, as SQL types them.
  ///
  /// - Parameters:
  ///   - isKey: keys (`<topic>-key`) or values (`<topic>-value`).
  ///   - id: the schema that the statement names by KEY_SCHEMA_ID or VALUE_SCHEMA_ID; nil for the newest.
  func columns(topic: String, isKey: Bool, format: DataFormat, id: Int?) -> SchemaAnswer
}

/// What is known of a topic's schema.
public enum SchemaAnswer: Hashable, Sendable {
  /// A record: names as the schema spells them.
  case columns([SQLType.Member])
  /// A bare value without a record around it.
  case value(SQLType)
  /// Nothing is registered.
  case none
  /// There is a schema, but it has no meaning in SQL, or it cannot be fetched now; with the reason as half a sentence.
  case unreadable(String)
}
