import Columns
import SQL

extension Value {
  /// The value at `index` of a lane that holds values of `type`. The caller knows that it is not NULL and lies within.
  public init(_ values: ColumnValues, at index: Int, as type: SQLType) throws(ValueError) {
    switch values {
    case .bool(let lane): self = .boolean(lane[index])
    case .int64(let lane): self = try Self.whole(Int128(lane[index]), as: type)
    case .int128(let lane): self = try Self.whole(lane[index], as: type)
    case .double(let lane): self = .double(lane[index])
    case .codes(let codes, let dictionary): self = .string(dictionary.string(codes[index]))
    case .bytes(let lane): self = type.isNested ? try Value(decoding: lane[index]) : .bytes(Array(lane[index]))
    }
  }

  private static func whole(_ value: Int128, as type: SQLType) throws(ValueError) -> Value {
    if case .decimal(_, let scale) = type { return .decimal(unscaled: value, scale: scale) }
    if type == .integer || type == .date {
      guard let narrow = Int32(exactly: value) else { throw .corrupt("a number outside of \(type)") }
      return type == .integer ? .integer(narrow) : .date(narrow)
    }
    guard let long = Int64(exactly: value) else { throw .corrupt("a number outside of \(type)") }
    switch type {
    case .boolean: return .boolean(long != 0)
    case .double: return .double(Double(long))
    case .timestamp: return .timestamp(long)
    case .time: return .time(long)
    default: return .bigint(long)
    }
  }
}

extension Column {
  /// The value of `row`, read as `type`, whose lane this column has.
  public func value(_ row: Int, as type: SQLType) throws(ValueError) -> Value {
    isNull(row) ? .null : try Value(values, at: row, as: type)
  }
}

/// Builds a column from values, one row after the other.
public struct ValueColumnBuilder {
  public let type: SQLType
  private let dictionary: StringDictionary
  private var bools: [Bool] = []
  private var words: [Int64] = []
  private var wide: [Int128] = []
  private var doubles: [Double] = []
  private var codes: [Int32] = []
  private var bytes = BytesVector()
  private var validity: [Bool] = []
  private var hasNull = false

  /// `dictionary` takes the texts of a STRING column.
  public init(_ type: SQLType, dictionary: StringDictionary) {
    self.type = type
    self.dictionary = dictionary
  }

  /// The number of rows so far.
  public var count: Int { validity.count }

  /// Adds a row.
  ///
  /// - Throws: when `value` is not one of the column's type and cannot become one without losing digits; nothing is added.
  public mutating func append(_ value: Value) throws(ValueError) {
    switch (value, type) {
    case (.null, _): appendNull()
    case (.boolean(let value), .boolean): bools.append(value)
    case (.integer(let value), .integer), (.integer(let value), .bigint): words.append(Int64(value))
    case (.date(let value), .date): words.append(Int64(value))
    case (.bigint(let value), .bigint), (.timestamp(let value), .timestamp), (.time(let value), .time): words.append(value)
    case (.double(let value), .double): doubles.append(value)
    case (_, .double):
      guard let real = value.real else { throw Self.mismatch(type) }
      doubles.append(real)
    case (_, .decimal(let precision, let scale)): try append(value, precision: precision, scale: scale)
    case (.string(let value), .string): codes.append(dictionary.code(of: value))
    case (.bytes(let value), .bytes): bytes.append(contentsOf: value)
    case (.array, .array), (.map, .map), (.structure, .structure): bytes.append(contentsOf: value.encoded())
    default: throw Self.mismatch(type)
    }
    if !value.isNull { validity.append(true) }
  }

  private mutating func append(_ value: Value, precision: Int, scale: Int) throws(ValueError) {
    guard let exact = value.exact else { throw Self.mismatch(type) }
    let unscaled = try Decimals.exactly(exact.unscaled, scale: exact.scale, toScale: scale, precision: precision)
    if precision <= 18 { words.append(Int64(truncatingIfNeeded: unscaled)) } else { wide.append(unscaled) }
  }

  private static func mismatch(_ type: SQLType) -> ValueError { .invalid("a value that is no \(type)") }

  /// Adds a NULL row.
  public mutating func appendNull() {
    switch type.columnType.lane {
    case .bool: bools.append(false)
    case .int64: words.append(0)
    case .int128: wide.append(0)
    case .double: doubles.append(0)
    case .codes: codes.append(dictionary.code(of: ""))
    case .bytes: bytes.append(contentsOf: [])
    }
    validity.append(false)
    hasNull = true
  }

  /// The lane of the rows so far.
  public var values: ColumnValues {
    switch type.columnType.lane {
    case .bool: .bool(bools)
    case .int64: .int64(words)
    case .int128: .int128(wide)
    case .double: .double(doubles)
    case .codes: .codes(codes, dictionary)
    case .bytes: .bytes(bytes)
    }
  }

  /// False where a row is NULL; nil when none is.
  public var mask: [Bool]? { hasNull ? validity : nil }

  /// The rows so far as a column.
  public func column(named name: String) -> Column {
    Column(name: name, type: type.columnType, values: values, validity: mask)
  }
}
