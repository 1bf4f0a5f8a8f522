import SQL
import Values

/// KAFKA: one column as Kafka's own serializers write it. INT and BIGINT big endian, DOUBLE as its IEEE bits big endian, STRING
/// as UTF-8, BYTES as they are.
struct KafkaRows: RowFormat {
  private let field: Field?

  init(_ fields: [Field]) throws(FormatError) {
    guard fields.count <= 1 else {
      throw FormatError(.unsupported, "the KAFKA format holds one column, not \(fields.count); use JSON, DELIMITED or AVRO")
    }
    field = fields.first
    if let field, ![.integer, .bigint, .double, .string, .bytes].contains(field.type) {
      throw FormatError(.unsupported, "the KAFKA format does not support type \(field.type), column: \(field.name)")
    }
  }

  func decode(_ bytes: [UInt8]) throws(FormatError) -> [Value]? {
    guard let field else { return [] }
    do throws(FormatError) { return [try Self.value(bytes, field.type)] } catch { throw error.inside(field.name) }
  }

  private static func value(_ bytes: [UInt8], _ type: SQLType) throws(FormatError) -> Value {
    switch type {
    case .integer: return .integer(Int32(truncatingIfNeeded: try bits(bytes, count: 4)))
    case .bigint: return .bigint(Int64(bitPattern: try bits(bytes, count: 8)))
    case .double: return .double(Double(bitPattern: try bits(bytes, count: 8)))
    case .string:
      guard let text = String(validating: bytes, as: UTF8.self) else { throw FormatError(.undecodable, "not UTF-8") }
      return .string(text)
    default: return .bytes(bytes)
    }
  }

  private static func bits(_ bytes: [UInt8], count: Int) throws(FormatError) -> UInt64 {
    guard bytes.count == count else {
      throw FormatError(.undecodable, "\(count) bytes were expected, there are \(bytes.count)")
    }
    return bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  func encode(_ row: [Value]) throws(FormatError) -> [UInt8]? {
    guard let value = row.first else { return nil }
    switch value {
    case .null: return nil
    case .integer(let value): return Self.bytes(UInt64(UInt32(bitPattern: value)), count: 4)
    case .bigint(let value): return Self.bytes(UInt64(bitPattern: value), count: 8)
    case .double(let value): return Self.bytes(value.bitPattern, count: 8)
    case .string(let value): return Array(value.utf8)
    case .bytes(let value): return value
    default: throw FormatError(.unsupported, "the KAFKA format cannot hold this value")
    }
  }

  static func bytes(_ bits: UInt64, count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * (count - 1 - $0))) }
  }
}
