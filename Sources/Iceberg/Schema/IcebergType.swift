import JSON
import Columns

/// The type of a column as the Iceberg specification names it.
public enum IcebergType: Hashable, Sendable {
  case boolean
  case int
  case long
  case double
  case string
  case binary
  /// Days since 1970-01-01.
  case date
  /// Microseconds since 1970-01-01T00:00:00Z.
  case timestamptz
  /// Exact, up to 38 digits.
  case decimal(precision: Int, scale: Int)
  /// A legal type this library neither reads nor writes (nested, float, uuid, …), kept as it was found.
  case opaque(JSONValue)

  /// The type that holds a column's values.
  public init(_ type: ColumnType) {
    self =
      switch type {
      case .boolean: .boolean
      case .int32: .int
      case .int64: .long
      case .double: .double
      case .string: .string
      case .bytes: .binary
      case .timestampMicros: .timestamptz
      case .date: .date
      case .decimal(let precision, let scale): .decimal(precision: precision, scale: scale)
      }
  }

  /// The column type with the same values; nil for opaque types.
  public var columnType: ColumnType? {
    switch self {
    case .boolean: .boolean
    case .int: .int32
    case .long: .int64
    case .double: .double
    case .string: .string
    case .binary: .bytes
    case .date: .date
    case .timestamptz: .timestampMicros
    case .decimal(let precision, let scale): .decimal(precision: precision, scale: scale)
    case .opaque: nil
    }
  }

  /// The type as table metadata writes it.
  public var json: JSONValue {
    switch self {
    case .boolean: .string("boolean")
    case .int: .string("int")
    case .long: .string("long")
    case .double: .string("double")
    case .string: .string("string")
    case .binary: .string("binary")
    case .date: .string("date")
    case .timestamptz: .string("timestamptz")
    case .decimal(let precision, let scale): .string("decimal(\(precision), \(scale))")
    case .opaque(let json): json
    }
  }

  /// The type that `json` names; what is not known becomes `opaque`.
  public init(json: JSONValue) {
    switch json.stringValue {
    case "boolean": self = .boolean
    case "int": self = .int
    case "long": self = .long
    case "double": self = .double
    case "string": self = .string
    case "binary": self = .binary
    case "date": self = .date
    case "timestamptz": self = .timestamptz
    case .some(let text): self = Self.decimal(text) ?? .opaque(json)
    case nil: self = .opaque(json)
    }
  }

  private static func decimal(_ text: String) -> IcebergType? {
    guard text.hasPrefix("decimal("), text.hasSuffix(")") else { return nil }
    let parts = text.dropFirst(8).dropLast().split(separator: ",").map { $0.filter { $0 != " " } }
    guard parts.count == 2, let precision = Int(parts[0]), let scale = Int(parts[1]) else { return nil }
    guard (1...38).contains(precision), (0...precision).contains(scale) else { return nil }
    return .decimal(precision: precision, scale: scale)
  }

  /// The bytes of the smallest two's-complement integer that holds `precision` decimal digits.
  static func decimalWidth(_ precision: Int) -> Int {
    var limit: UInt128 = 1
    for _ in 0..<precision { limit *= 10 }
    var width = 1
    while width < 16, (UInt128(1) << (8 * width - 1)) < limit { width += 1 }
    return width
  }
}
