import Columns
import SQL

extension SQLType {
  /// The column type that holds values of this SQL type in a `ColumnBatch`. A nested value is the bytes of its canonical
  /// encoding (`Value.encoded()`), a time of day the microseconds since midnight.
  public var columnType: ColumnType {
    switch self {
    case .boolean: .boolean
    case .integer: .int32
    case .bigint: .int64
    case .double: .double
    case .string: .string
    case .bytes: .bytes
    case .timestamp: .timestampMicros
    case .date: .date
    case .time: .int64
    case .array, .map, .structure: .bytes
    case .decimal(let precision, let scale): .decimal(precision: precision, scale: scale)
    }
  }
}
