import Columns

/// How one field of a record is written from one column.
final class AvroFieldPlan {
  let name: String
  /// The branch of null in a nullable field, otherwise -1.
  let nullBranch: Int
  private let valueBranch: Int
  private let kind: Kind

  private enum Kind {
    case boolean, int, long, float, double, string, bytes, date
    case timestamp(divisor: Int64)
    case decimal(precision: Int, scale: Int, fixedSize: Int?)
    case enumeration([String])
    case fixed(Int)
  }

  init(_ field: AvroType.Field, _ schema: AvroSchema) throws(ContractError) {
    name = field.name
    var type = schema.resolve(field.type)
    var nullBranch = -1
    var valueBranch = -1
    if case .union(let branches) = type.shape {
      let values = branches.indices.filter { branches[$0].shape != .null }
      guard values.count == 1 else { throw Self.unsupported(field) }
      nullBranch = branches.firstIndex { $0.shape == .null } ?? -1
      valueBranch = values[0]
      type = schema.resolve(branches[values[0]])
    }
    self.nullBranch = nullBranch
    self.valueBranch = valueBranch
    guard let kind = Self.kind(of: type) else { throw Self.unsupported(field) }
    self.kind = kind
  }

  private static func unsupported(_ field: AvroType.Field) -> ContractError {
    ContractError(
      .unsupported, "The field '\(field.name)' is \(field.type.summary), which no column holds",
      advice: "Columns hold scalars and nullable scalars")
  }

  private static func kind(of type: AvroType) -> Kind? {
    if case .decimal(let precision, let scale) = type.logical {
      if case .fixed(let fixed) = type.shape { return .decimal(precision: precision, scale: scale, fixedSize: fixed.size) }
      return .decimal(precision: precision, scale: scale, fixedSize: nil)
    }
    switch (type.shape, type.logical) {
    case (.boolean, _): return .boolean
    case (.int, .date): return .date
    case (.int, nil): return .int
    case (.long, .timestampMicros): return .timestamp(divisor: 1)
    case (.long, .timestampMillis): return .timestamp(divisor: 1000)
    case (.long, nil): return .long
    case (.float, _): return .float
    case (.double, _): return .double
    case (.string, _): return .string
    case (.bytes, _): return .bytes
    case (.enumeration(let type), _): return .enumeration(type.symbols)
    case (.fixed(let fixed), nil): return .fixed(fixed.size)
    default: return nil
    }
  }

  /// Whether a column of `type` can be written into this field without losing anything.
  func check(_ type: ColumnType) throws(ContractError) {
    let fits =
      switch (kind, type) {
      case (.boolean, .boolean), (.int, .int32), (.long, .int32), (.long, .int64), (.double, .double), (.date, .date),
        (.timestamp, .timestampMicros), (.string, .string), (.enumeration, .string), (.bytes, .bytes), (.fixed, .bytes):
        true
      case (.decimal(_, let scale, _), .decimal(_, let own)): own <= scale
      default: false
      }
    guard fits else {
      throw ContractError(
        .badInput, "The column '\(name)' of type \(type) does not fit the schema's field",
        advice: "Cast the column to the type that the contract names")
    }
  }

  /// Writes row `row` of column `index`. The column's type has passed `check`.
  func write(
    _ row: Int, _ columns: UnsafeBufferPointer<Column>, _ index: Int, _ writer: inout AvroRecordWriter
  ) throws(ContractError) {
    if let validity = columns[index].validity, !validity[row] {
      guard nullBranch >= 0 else { throw ContractError(.badData, "The field '\(name)' is null, which its schema forbids") }
      return writer.branch(nullBranch)
    }
    if valueBranch >= 0 { writer.branch(valueBranch) }
    switch columns[index].values {
    case .bool(let values): writer.boolean(values[row])
    case .int64(let values): try write(integer: values[row], columns[index].type, &writer)
    case .int128(let values): try write(wide: values[row], columns[index].type, &writer)
    case .double(let values): writer.double(values[row])
    case .bytes(let values): try write(bytes: values, row, &writer)
    case .codes(let codes, let dictionary): try write(code: codes[row], dictionary, &writer)
    }
  }

  private func write(
    integer value: Int64, _ type: ColumnType, _ writer: inout AvroRecordWriter
  ) throws(ContractError) {
    switch kind {
    case .decimal: try write(wide: Int128(value), type, &writer)
    case .timestamp(let divisor):
      guard divisor == 1 || value % divisor == 0 else { throw noRoom("a time finer than its schema's unit") }
      writer.long(divisor == 1 ? value : value / divisor)
    case .int, .date:
      guard Int32(exactly: value) != nil else { throw noRoom("a number beyond 32 bits") }
      writer.long(value)
    default: writer.long(value)
    }
  }

  private func write(
    wide value: Int128, _ type: ColumnType, _ writer: inout AvroRecordWriter
  ) throws(ContractError) {
    guard case .decimal(let precision, let scale, let fixedSize) = kind, case .decimal(_, let own) = type else {
      throw noRoom("a number")
    }
    let (unscaled, overflow) = value.multipliedReportingOverflow(by: DecimalPower.of(scale - own))
    guard !overflow, unscaled.magnitude < DecimalPower.of(precision).magnitude else {
      throw noRoom("a decimal of more than \(precision) digits")
    }
    guard let fixedSize else { return writer.decimal(unscaled) }
    guard writer.decimalFixed(unscaled, size: fixedSize) else { throw noRoom("a decimal of more than \(fixedSize) bytes") }
  }

  private func write(bytes: BytesVector, _ row: Int, _ writer: inout AvroRecordWriter) throws(ContractError) {
    let range = bytes.range(row)
    if case .fixed(let size) = kind {
      guard range.count == size else { throw noRoom("bytes of another length than \(size)") }
      return bytes.data.withUnsafeBytes { writer.raw(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
    bytes.data.withUnsafeBytes { writer.bytes(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  private func write(
    code: Int32, _ dictionary: StringDictionary, _ writer: inout AvroRecordWriter
  ) throws(ContractError) {
    guard case .enumeration(let symbols) = kind else {
      return dictionary.withBytes(code) { writer.bytes($0) }
    }
    let index = dictionary.withBytes(code) { bytes in symbols.firstIndex { bytes.elementsEqual($0.utf8) } }
    guard let index else { throw noRoom("a string that is none of its schema's symbols") }
    writer.enumeration(index)
  }

  private func noRoom(_ what: String) -> ContractError {
    ContractError(.badData, "The field '\(name)' holds \(what)", advice: "Widen the contract's type in a new version")
  }
}

/// Powers of ten.
enum DecimalPower {
  private static let table: [Int128] = (0...38).map { exponent in (0..<exponent).reduce(Int128(1)) { power, _ in power * 10 } }

  /// 10 to the power of `exponent`, 0…38; beyond, the largest that fits.
  static func of(_ exponent: Int) -> Int128 { exponent <= 38 ? table[max(0, exponent)] : Int128.max }
}
