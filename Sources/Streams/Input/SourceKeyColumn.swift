import Columns
import SQL

/// The column a source takes from its records' keys: KAFKA format, one column. (librdkafka hands the bytes over; the types are
/// those of Kafka's own serializers.)
final class SourceKeyColumn {
  let field: Field
  private let dictionary = StringDictionary()
  /// Per code: whether the text is UTF-8. Asked once per distinct key.
  private var isText: [Bool] = []
  private var codes: [Int32] = []
  private var numbers: [Int64] = []
  private var doubles: [Double] = []
  private var bytes = BytesVector()
  private var validity: [Bool] = []
  private var hasNull = false

  init(_ field: Field, source: SourcePlan) throws(StreamsError) {
    self.field = field
    guard Self.reads(field.type, source.keyFormat) else {
      throw StreamsError(
        .badInput,
        "The key column \(field.name) of \(source.name) cannot be read from the key format \(source.keyFormat.rawValue)",
        advice: "Set KEY_FORMAT = 'KAFKA' and declare one key column of type STRING, INTEGER, BIGINT, DOUBLE or BYTES")
    }
  }

  /// Whether keys of this format become a column here.
  static func reads(_ type: SQLType, _ format: DataFormat) -> Bool {
    switch type {
    case .string, .integer, .bigint, .double, .bytes: format == .kafka
    default: false
    }
  }

  /// Adds one key; a null key is a null. False, with nothing added, when the bytes are no value of the type.
  func append(_ key: UnsafeRawBufferPointer?) -> Bool {
    guard let key else {
      appendNull()
      return true
    }
    switch field.type {
    case .string:
      let code = dictionary.code(of: key)
      if Int(code) == isText.count { isText.append(String(validating: key, as: UTF8.self) != nil) }
      guard isText[Int(code)] else { return false }
      codes.append(code)
    case .integer:
      guard key.count == 4 else { return false }
      numbers.append(Int64(Int32(bigEndian: key.loadUnaligned(as: Int32.self))))
    case .bigint:
      guard key.count == 8 else { return false }
      numbers.append(Int64(bigEndian: key.loadUnaligned(as: Int64.self)))
    case .double:
      guard key.count == 8 else { return false }
      doubles.append(Double(bitPattern: UInt64(bigEndian: key.loadUnaligned(as: UInt64.self))))
    default: bytes.append(contentsOf: key)
    }
    validity.append(true)
    return true
  }

  private func appendNull() {
    hasNull = true
    validity.append(false)
    switch field.type {
    case .string:
      let code = withUnsafeBytes(of: 0) { dictionary.code(of: UnsafeRawBufferPointer(rebasing: $0[0..<0])) }
      if Int(code) == isText.count { isText.append(true) }
      codes.append(code)
    case .integer, .bigint: numbers.append(0)
    case .double: doubles.append(0)
    default: bytes.append(contentsOf: [])
    }
  }

  /// Takes the last key back: its record's value turned out to be no record.
  func removeLast() {
    validity.removeLast()
    switch field.type {
    case .string: codes.removeLast()
    case .integer, .bigint: numbers.removeLast()
    case .double: doubles.removeLast()
    default:
      bytes.ends.removeLast()
      bytes.data.removeLast(bytes.data.count - (bytes.ends.last ?? 0))
    }
  }

  /// The keys since the last call, as a column.
  func take() -> Column {
    let values: ColumnValues =
      switch field.type {
      case .string: .codes(codes, dictionary)
      case .integer, .bigint: .int64(numbers)
      case .double: .double(doubles)
      default: .bytes(bytes)
      }
    let column = Column(
      name: field.name, type: field.type.keyColumnType, values: values, validity: hasNull ? validity : nil)
    codes = []
    numbers = []
    doubles = []
    bytes = BytesVector()
    validity = []
    hasNull = false
    return column
  }
}

extension SQLType {
  fileprivate var keyColumnType: ColumnType {
    switch self {
    case .string: .string
    case .integer: .int32
    case .bigint: .int64
    case .double: .double
    default: .bytes
    }
  }
}
