import JSON
import Columns

/// A field default as a value of a column.
enum AvroConstant {
  case null
  case bool(Bool)
  case int64(Int64)
  case int128(Int128)
  case double(Double)
  case string(String)
  case bytes([UInt8])

  /// Nil when `json` is no value of `type`. Bytes, and decimals in them, are text of code points 0…255 (Avro specification).
  init?(_ json: JSONValue, _ type: ColumnType) {
    if json == .null {
      self = .null
      return
    }
    switch type {
    case .boolean:
      guard let value = json.boolValue else { return nil }
      self = .bool(value)
    case .int32, .date:
      guard let value = json.intValue, Int32(exactly: value) != nil else { return nil }
      self = .int64(Int64(value))
    case .int64, .timestampMicros:
      guard let value = json.intValue else { return nil }
      self = .int64(Int64(value))
    case .double:
      guard let value = json.doubleValue else { return nil }
      self = .double(value)
    case .string:
      guard let value = json.stringValue else { return nil }
      self = .string(value)
    case .bytes:
      guard let bytes = Self.bytes(json) else { return nil }
      self = .bytes(bytes)
    case .decimal(let precision, _):
      guard let bytes = Self.bytes(json), let value = Self.decimal(bytes, precision) else { return nil }
      self = type.lane == .int64 ? .int64(Int64(value)) : .int128(value)
    }
  }

  private static func bytes(_ json: JSONValue) -> [UInt8]? {
    guard let scalars = json.stringValue?.unicodeScalars else { return nil }
    let bytes = scalars.compactMap { UInt8(exactly: $0.value) }
    return bytes.count == scalars.count ? bytes : nil
  }

  private static func decimal(_ bytes: [UInt8], _ precision: Int) -> Int128? {
    guard let first = bytes.first, bytes.count <= 16 else { return nil }
    let start: Int128 = first >= 0x80 ? -1 : 0
    let value = bytes.reduce(start) { $0 << 8 | Int128($1) }
    return value.magnitude < DecimalPower.of(precision).magnitude ? value : nil
  }
}
