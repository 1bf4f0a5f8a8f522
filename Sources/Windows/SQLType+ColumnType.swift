import Columns
import SQL

extension SQLType {
  /// The column type that holds values of this SQL type in a `ColumnBatch`: nested values would be encoded bytes, but no
  /// operation of this engine takes them.
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

  /// Digits after the point: those of a decimal, 0 for whole numbers.
  var scale: Int {
    if case .decimal(_, let scale) = self { scale } else { 0 }
  }

  /// The most digits a value can have. Whole numbers count as decimals of their full range.
  var precision: Int {
    switch self {
    case .decimal(let precision, _): precision
    case .integer: 10
    default: 19
    }
  }

  var isWhole: Bool { self == .integer || self == .bigint }

  var isNumeric: Bool {
    switch self {
    case .integer, .bigint, .double, .decimal: true
    default: false
    }
  }
}
