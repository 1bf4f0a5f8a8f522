import Columns
import SQL
import Values

/// Builds one output column value by value. Used where windows are emitted, not per record.
struct ColumnBuilder {
  private let type: SQLType
  private var values: ColumnValues
  private var validity: [Bool] = []
  private var hasNull = false

  /// `dictionary` takes the strings of a STRING column.
  init(_ type: SQLType, dictionary: StringDictionary) {
    self.type = type
    switch type.columnType.lane {
    case .bool: values = .bool([])
    case .int64: values = .int64([])
    case .int128: values = .int128([])
    case .double: values = .double([])
    case .codes: values = .codes([], dictionary)
    case .bytes: values = .bytes(BytesVector())
    }
  }

  mutating func append(bool value: Bool) {
    guard case .bool(var v) = values else { return }
    values = .bool([])
    v.append(value)
    values = .bool(v)
    validity.append(true)
  }

  mutating func append(int64 value: Int64) {
    guard case .int64(var v) = values else { return append(int128: Int128(value)) }
    values = .int64([])
    v.append(value)
    values = .int64(v)
    validity.append(true)
  }

  /// Takes whole numbers and unscaled decimals into the lane of the type; the caller has checked that they fit.
  mutating func append(int128 value: Int128) {
    if case .int64 = values { return append(int64: Int64(truncatingIfNeeded: value)) }
    guard case .int128(var v) = values else { return }
    values = .int128([])
    v.append(value)
    values = .int128(v)
    validity.append(true)
  }

  /// Takes the word of a 64-bit lane: a whole number, a time, a narrow decimal, or 0 and 1 for a boolean.
  mutating func appendNarrow(_ value: Int64) {
    if case .bool = values { append(bool: value != 0) } else { append(int64: value) }
  }

  mutating func append(double value: Double) {
    guard case .double(var v) = values else { return }
    values = .double([])
    v.append(value)
    values = .double(v)
    validity.append(true)
  }

  mutating func append(code: Int32) {
    guard case .codes(var v, let dictionary) = values else { return }
    values = .bool([])
    v.append(code)
    values = .codes(v, dictionary)
    validity.append(true)
  }

  mutating func append(bytes: [UInt8]) {
    if case .codes(_, let dictionary) = values { return append(code: bytes.withUnsafeBytes { dictionary.code(of: $0) }) }
    guard case .bytes(var v) = values else { return }
    values = .bool([])
    v.append(contentsOf: bytes)
    values = .bytes(v)
    validity.append(true)
  }

  mutating func appendNull() {
    switch values {
    case .bool: append(bool: false)
    case .int64: append(int64: 0)
    case .int128: append(int128: 0)
    case .double: append(double: 0)
    case .codes(_, let dictionary): append(code: dictionary.code(of: ""))
    case .bytes: append(bytes: [])
    }
    validity[validity.count - 1] = false
    hasNull = true
  }

  func column(named name: String) -> Column {
    Column(name: name, type: type.columnType, values: values, validity: hasNull ? validity : nil)
  }
}
