/// What the bytes of a leaf mean (LogicalTypes.md), as far as this library maps them to `ColumnType`.
enum LogicalType: Equatable {
  case string
  case decimal(scale: Int32, precision: Int32)
  case date
  case timestamp(unit: TimeUnit, isAdjustedToUTC: Bool)
  case integer(bitWidth: Int8, isSigned: Bool)
  /// Any other annotation; the number is its field id in the union.
  case other(Int16)

  /// Field ids of the union `TimeUnit`.
  enum TimeUnit: Int16 { case millis = 1, micros, nanos }

  /// Writes the members of the union.
  func encode(_ writer: inout ThriftCompactWriter) {
    switch self {
    case .string: writer.field(1) { _ in }
    case .decimal(let scale, let precision):
      writer.field(5) {
        $0.field(1, scale)
        $0.field(2, precision)
      }
    case .date: writer.field(6) { _ in }
    case .timestamp(let unit, let isAdjustedToUTC):
      writer.field(8) {
        $0.field(1, isAdjustedToUTC)
        $0.field(2) { $0.field(unit.rawValue) { _ in } }
      }
    case .integer(let bitWidth, let isSigned):
      writer.field(10) {
        $0.field(1, bitWidth)
        $0.field(2, isSigned)
      }
    case .other(let id): writer.field(id) { _ in }
    }
  }

  init(_ reader: inout ThriftCompactReader) throws {
    var result: LogicalType?
    try reader.structure { reader, id, _ in
      switch id {
      case 1:
        result = .string
        return false
      case 5: result = try Self.decimal(&reader)
      case 6:
        result = .date
        return false
      case 8: result = try Self.timestamp(&reader)
      case 10: result = try Self.integer(&reader)
      default:
        result = .other(id)
        return false
      }
      return true
    }
    guard let result else { throw ParquetError.corrupt("A logical type is empty") }
    self = result
  }

  private static func decimal(_ reader: inout ThriftCompactReader) throws -> LogicalType {
    var scale: Int32 = 0
    var precision: Int32 = 0
    try reader.structure { reader, id, type in
      switch id {
      case 1: scale = try reader.int32(type)
      case 2: precision = try reader.int32(type)
      default: return false
      }
      return true
    }
    return .decimal(scale: scale, precision: precision)
  }

  private static func timestamp(_ reader: inout ThriftCompactReader) throws -> LogicalType {
    var adjusted = false
    var unit: TimeUnit?
    try reader.structure { reader, id, type in
      switch id {
      case 1: adjusted = try reader.bool(type)
      case 2:
        try reader.structure { _, id, _ in
          unit = TimeUnit(rawValue: id)
          return false
        }
      default: return false
      }
      return true
    }
    guard let unit else { throw ParquetError(.unsupported, "A timestamp has an unknown unit; rewrite it in microseconds") }
    return .timestamp(unit: unit, isAdjustedToUTC: adjusted)
  }

  private static func integer(_ reader: inout ThriftCompactReader) throws -> LogicalType {
    var width: Int8 = 0
    var signed = true
    try reader.structure { reader, id, type in
      switch id {
      case 1: width = try reader.int8(type)
      case 2: signed = try reader.bool(type)
      default: return false
      }
      return true
    }
    return .integer(bitWidth: width, isSigned: signed)
  }
}
