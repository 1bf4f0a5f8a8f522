/// The type of a SQL value, named as ksqlDB names it.
public indirect enum SQLType: Hashable, Sendable {
  case boolean
  /// 32-bit integer.
  case integer
  /// 64-bit integer.
  case bigint
  case double
  case string
  case bytes
  /// A point in time. Held in microseconds since the epoch; ksqlDB's own resolution is milliseconds.
  case timestamp
  /// Days since the epoch.
  case date
  /// Time of day. Held in microseconds since midnight; ksqlDB's own resolution is milliseconds.
  case time
  /// Exact decimal of `precision` (1…38) digits, `scale` of them after the point.
  case decimal(precision: Int, scale: Int)
  /// ARRAY<element>.
  case array(SQLType)
  /// MAP<key, value>.
  case map(SQLType, SQLType)
  /// STRUCT<name type, …>; names are unique and keep their letter case.
  case structure([Member])

  /// One field of a STRUCT.
  public struct Member: Hashable, Sendable {
    public var name: String
    public var type: SQLType

    public init(name: String, type: SQLType) {
      self.name = name
      self.type = type
    }
  }

  /// Whether values consist of other values.
  public var isNested: Bool {
    switch self {
    case .array, .map, .structure: true
    default: false
    }
  }
}

/// A name with a type: a column of a source or of a query's output.
public struct Field: Hashable, Sendable {
  /// Unquoted identifiers are upper-cased, as in ksqlDB; quoted ones stay as written.
  public var name: String
  public var type: SQLType
  /// Whether the column comes from the record's key.
  public var isKey: Bool

  public init(name: String, type: SQLType, isKey: Bool = false) {
    self.name = name
    self.type = type
    self.isKey = isKey
  }
}
