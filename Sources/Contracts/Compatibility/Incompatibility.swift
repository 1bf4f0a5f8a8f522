/// One reason why a reader's schema cannot read a writer's data, or why a lake table cannot take a change.
public struct Incompatibility: Sendable, Hashable, CustomStringConvertible {
  /// The kinds that Avro's own checker distinguishes, and those of the lake.
  public enum Kind: String, Sendable, Hashable {
    case typeMismatch = "TYPE_MISMATCH"
    case nameMismatch = "NAME_MISMATCH"
    case fixedSizeMismatch = "FIXED_SIZE_MISMATCH"
    case missingEnumSymbols = "MISSING_ENUM_SYMBOLS"
    case missingUnionBranch = "MISSING_UNION_BRANCH"
    case missingDefault = "READER_FIELD_MISSING_DEFAULT_VALUE"
    case lakeUnsafe = "LAKE_UNSAFE"
  }

  public let kind: Kind
  /// Where in the schema, as field names joined by dots: `price`, `legs[].price`, `tags{}`, `fee<1>` for a branch; empty at the
  /// root.
  public let path: String
  /// What differs, as a sentence without a full stop.
  public let message: String

  public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}
