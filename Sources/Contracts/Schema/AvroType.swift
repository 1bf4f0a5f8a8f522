import JSON

/// A node of a parsed Avro schema (Avro 1.12 specification, "Schema Declaration").
public struct AvroType: Sendable, Hashable {
  /// The structure of the type.
  public var shape: Shape
  /// What the bytes mean beyond their structure; nil for plain types and for logical types this program does not know.
  public var logical: LogicalType?

  public init(_ shape: Shape, logical: LogicalType? = nil) {
    self.shape = shape
    self.logical = logical
  }

  /// The structures of Avro.
  public indirect enum Shape: Sendable, Hashable {
    case null, boolean, int, long, float, double, bytes, string
    case array(AvroType)
    case map(AvroType)
    case union([AvroType])
    case record(RecordType)
    case enumeration(EnumType)
    case fixed(FixedType)
    /// A later mention of a named type, by its full name; `AvroSchema.resolve` follows it.
    case reference(String)
  }

  /// The logical types this program acts on.
  public enum LogicalType: Sendable, Hashable {
    /// Exact decimal: the unscaled value, two's complement, big endian, in bytes or fixed.
    case decimal(precision: Int, scale: Int)
    case date
    case timeMillis, timeMicros
    /// Instants since 1970-01-01T00:00:00Z.
    case timestampMillis, timestampMicros, timestampNanos
    /// Local date-times, which are no instants.
    case localTimestampMillis, localTimestampMicros, localTimestampNanos
    case uuid
    case duration
  }

  /// A record.
  public struct RecordType: Sendable, Hashable {
    public var name: AvroName
    public var aliases: [AvroName]
    public var fields: [Field]
    /// Written as `"type": "error"`.
    public var isError = false
  }

  /// One field of a record.
  public struct Field: Sendable, Hashable {
    public var name: String
    public var aliases: [String]
    public var type: AvroType
    /// The default, as it stands in the schema; nil when the field has none (`null` is a default of its own).
    public var defaultValue: JSONValue?
    public var doc: String?
  }

  /// An enumeration.
  public struct EnumType: Sendable, Hashable {
    public var name: AvroName
    public var aliases: [AvroName]
    public var symbols: [String]
    /// What a reader takes for a symbol it does not know (Avro 1.9).
    public var defaultSymbol: String?
  }

  /// Bytes of a fixed size.
  public struct FixedType: Sendable, Hashable {
    public var name: AvroName
    public var aliases: [AvroName]
    public var size: Int
  }

  /// The name of the type as Avro writes it: `long`, `array`, or the full name of a named type.
  public var typeName: String {
    switch shape {
    case .null: "null"
    case .boolean: "boolean"
    case .int: "int"
    case .long: "long"
    case .float: "float"
    case .double: "double"
    case .bytes: "bytes"
    case .string: "string"
    case .array: "array"
    case .map: "map"
    case .union: "union"
    case .record(let type): type.name.full
    case .enumeration(let type): type.name.full
    case .fixed(let type): type.name.full
    case .reference(let name): name
    }
  }

  /// The type as people describe it: `decimal(18,8)`, `timestamp-micros`, `record wick.Trade`, `union of null, long`.
  public var summary: String {
    if let logical { return logical.summary }
    switch shape {
    case .record(let type): return "record \(type.name.full)"
    case .enumeration(let type): return "enum \(type.name.full)"
    case .fixed(let type): return "fixed(\(type.size)) \(type.name.full)"
    case .array(let items): return "array of \(items.summary)"
    case .map(let values): return "map of \(values.summary)"
    case .union(let branches): return "union of " + branches.map(\.summary).joined(separator: ", ")
    default: return typeName
    }
  }
}

extension AvroType.LogicalType {
  /// The name in the schema, with the arguments of a decimal: `decimal(18,8)`.
  public var summary: String {
    switch self {
    case .decimal(let precision, let scale): "decimal(\(precision),\(scale))"
    case .date: "date"
    case .timeMillis: "time-millis"
    case .timeMicros: "time-micros"
    case .timestampMillis: "timestamp-millis"
    case .timestampMicros: "timestamp-micros"
    case .timestampNanos: "timestamp-nanos"
    case .localTimestampMillis: "local-timestamp-millis"
    case .localTimestampMicros: "local-timestamp-micros"
    case .localTimestampNanos: "local-timestamp-nanos"
    case .uuid: "uuid"
    case .duration: "duration"
    }
  }
}
