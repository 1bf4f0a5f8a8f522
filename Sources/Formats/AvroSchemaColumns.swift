import Contracts
import SQL

/// What SQL sees of an Avro schema, by ksqlDB's types.
public enum AvroSchemaColumns {
  /// The type of a datum; nil where SQL has no such type.
  public static func type(_ type: AvroType, _ schema: AvroSchema) -> SQLType? {
    self.type(type, schema, depth: 0)
  }

  private static func type(_ type: AvroType, _ schema: AvroSchema, depth: Int) -> SQLType? {
    let type = schema.resolve(type)
    guard depth < 32 else { return nil }
    if let logical = type.logical { return self.type(logical) ?? plain(type, schema, depth) }
    return plain(type, schema, depth)
  }

  private static func type(_ logical: AvroType.LogicalType) -> SQLType? {
    switch logical {
    case .decimal(let precision, let scale): .decimal(precision: precision, scale: scale)
    case .date: .date
    case .timeMillis, .timeMicros: .time
    case .timestampMillis, .timestampMicros, .timestampNanos: .timestamp
    case .localTimestampMillis, .localTimestampMicros, .localTimestampNanos: .timestamp
    case .uuid, .duration: nil
    }
  }

  private static func plain(_ type: AvroType, _ schema: AvroSchema, _ depth: Int) -> SQLType? {
    switch type.shape {
    case .boolean: return .boolean
    case .int: return .integer
    case .long: return .bigint
    case .float, .double: return .double
    case .string, .enumeration: return .string
    case .bytes, .fixed: return .bytes
    case .array(let items): return self.type(items, schema, depth: depth + 1).map { .array($0) }
    case .map(let values): return self.type(values, schema, depth: depth + 1).map { .map(.string, $0) }
    case .union(let branches):
      let values = branches.filter { schema.resolve($0).shape != .null }
      return values.count == 1 ? self.type(values[0], schema, depth: depth + 1) : nil
    case .record(let record): return members(record, schema, depth).map { .structure($0) }
    case .null, .reference: return nil
    }
  }

  private static func members(_ record: AvroType.RecordType, _ schema: AvroSchema, _ depth: Int) -> [SQLType.Member]? {
    var members: [SQLType.Member] = []
    for field in record.fields {
      guard let type = type(field.type, schema, depth: depth + 1) else { return nil }
      members.append(.init(name: field.name, type: type))
    }
    return members
  }
}
