extension SQLType: CustomStringConvertible {
  /// As it is written in a statement.
  public var description: String {
    switch self {
    case .boolean: "BOOLEAN"
    case .integer: "INT"
    case .bigint: "BIGINT"
    case .double: "DOUBLE"
    case .string: "STRING"
    case .bytes: "BYTES"
    case .timestamp: "TIMESTAMP"
    case .date: "DATE"
    case .time: "TIME"
    case .decimal(let precision, let scale): "DECIMAL(\(precision), \(scale))"
    case .array(let element): "ARRAY<\(element)>"
    case .map(let key, let value): "MAP<\(key), \(value)>"
    case .structure(let members): "STRUCT<\(members.map { "\($0.name) \($0.type)" }.joined(separator: ", "))>"
    }
  }
}
