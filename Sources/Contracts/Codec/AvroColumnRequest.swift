import JSON
import Columns

/// One column that a decoder shall fill.
public struct AvroColumnRequest: Sendable, Hashable {
  /// What a row holds when its writer's schema has no such field.
  public enum Missing: Sendable, Hashable {
    case null
    /// The schema is refused (`incompatible`).
    case refuse
    /// An Avro default, as a schema writes it.
    case value(JSONValue)
  }

  /// The field's name; fields match ignoring case, an exact match wins.
  public var name: String
  /// The type of the column, into which the writer's type has to fit without loss.
  public var type: ColumnType
  /// Earlier names of the field.
  public var aliases: [String]
  public var missing: Missing

  public init(_ name: String, _ type: ColumnType, aliases: [String] = [], missing: Missing = .null) {
    self.name = name
    self.type = type
    self.aliases = aliases
    self.missing = missing
  }

  /// The columns that hold every field of a record schema: what `schema` as a reader asks for.
  ///
  /// - Throws: `unsupported` when a field has a type that no column holds.
  public static func all(of schema: AvroSchema) throws(ContractError) -> [AvroColumnRequest] {
    var requests: [AvroColumnRequest] = []
    for field in try schema.recordFields() {
      guard let type = columnType(of: field.type, schema) else {
        throw ContractError(
          .unsupported, "The field '\(field.name)' is \(field.type.summary), which no column holds",
          advice: "Name the columns to read and leave this one out")
      }
      let missing = field.defaultValue.map { $0 == .null ? Missing.null : .value($0) } ?? .refuse
      requests.append(AvroColumnRequest(field.name, type, aliases: field.aliases, missing: missing))
    }
    return requests
  }

  /// The column type that holds every value of `type`; nil for nested types, wide decimals and times without a column type.
  public static func columnType(of type: AvroType, _ schema: AvroSchema) -> ColumnType? {
    let type = schema.resolve(type)
    if case .union(let branches) = type.shape {
      let values = branches.filter { $0.shape != .null }
      return values.count == 1 ? columnType(of: values[0], schema) : nil
    }
    switch (type.shape, type.logical) {
    case (.bytes, .decimal(let precision, let scale)), (.fixed, .decimal(let precision, let scale)):
      return precision <= 38 ? .decimal(precision: precision, scale: scale) : nil
    case (.int, .date): return .date
    case (.long, .timestampMicros), (.long, .timestampMillis): return .timestampMicros
    case (.boolean, _): return .boolean
    case (.int, _): return .int32
    case (.long, _): return .int64
    case (.float, _), (.double, _): return .double
    case (.string, _), (.enumeration, _): return .string
    case (.bytes, _), (.fixed, _): return .bytes
    default: return nil
    }
  }

  /// Whether rows of `field` can be null.
  public static func isNullable(_ type: AvroType) -> Bool {
    guard case .union(let branches) = type.shape else { return type.shape == .null }
    return branches.contains { $0.shape == .null }
  }
}
