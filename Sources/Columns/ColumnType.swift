/// The logical type of a column: what its values mean, apart from how a lane stores them.
public enum ColumnType: Hashable, Sendable {
  case boolean
  case int32
  case int64
  case double
  case string
  case bytes
  /// Microseconds since 1970-01-01T00:00:00Z.
  case timestampMicros
  /// Days since 1970-01-01.
  case date
  /// Exact decimal, stored as its unscaled integer. `precision` is 1…38 decimal digits, `scale` is 0…precision.
  case decimal(precision: Int, scale: Int)

  /// The lane that stores values of this type. Decimals of up to 18 digits fit into 64 bits, wider ones take 128.
  public var lane: Lane {
    switch self {
    case .boolean: .bool
    case .int32, .int64, .timestampMicros, .date: .int64
    case .double: .double
    case .string: .codes
    case .bytes: .bytes
    case .decimal(let precision, _): precision <= 18 ? .int64 : .int128
    }
  }

  /// The physical shape of a column's values.
  public enum Lane: Hashable, Sendable { case bool, int64, int128, double, codes, bytes }
}
