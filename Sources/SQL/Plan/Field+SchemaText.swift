extension PullQuery {
  /// The columns of the answer as ksqlDB's REST API writes them: `` `SYMBOL` STRING KEY, `N` BIGINT ``.
  public var schemaText: String { projection.map(\.field).schemaText }
}

extension [Field] {
  /// Columns as ksqlDB's REST API writes them: names in back quotes, KEY behind those of the key.
  public var schemaText: String {
    map { "`\($0.name)` \($0.type.schemaText)\($0.isKey ? " KEY" : "")" }.joined(separator: ", ")
  }
}

extension SQLType {
  /// As ksqlDB's REST API writes it: INTEGER in full, names of a STRUCT in back quotes.
  public var schemaText: String {
    switch self {
    case .integer: "INTEGER"
    case .array(let element): "ARRAY<\(element.schemaText)>"
    case .map(let key, let value): "MAP<\(key.schemaText), \(value.schemaText)>"
    case .structure(let members):
      "STRUCT<\(members.map { "`\($0.name)` \($0.type.schemaText)" }.joined(separator: ", "))>"
    default: description
    }
  }
}
