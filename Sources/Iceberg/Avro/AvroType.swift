import JSON

/// The part of Avro that manifests use, with Iceberg's field ids.
indirect enum AvroType: Hashable, Sendable {
  case null, boolean, int, long, float, double, bytes, string
  /// Days in an `int`.
  case date
  /// Microseconds in a `long`; `adjusted` is Iceberg's timestamptz.
  case timestampMicros(adjusted: Bool)
  case fixed(name: String, size: Int)
  /// A decimal in a `fixed` of `size` bytes, most significant first.
  case decimal(name: String, size: Int, precision: Int, scale: Int)
  case record(name: String, fields: [AvroField])
  case array(AvroType, elementID: Int?)
  /// Iceberg's map with keys that are no strings: an array of key-value records.
  case keyedArray(key: AvroType, keyID: Int, value: AvroType, valueID: Int)
  /// A string-keyed Avro map; read only.
  case map(AvroType)
  case `enum`(symbols: [String])
  case union([AvroType])

  /// `T` or null, null first, as Iceberg writes optional fields.
  static func optional(_ type: AvroType) -> AvroType { .union([.null, type]) }
}

struct AvroField: Hashable, Sendable {
  var name: String
  var id: Int?
  var type: AvroType

  init(_ name: String, _ id: Int?, _ type: AvroType) {
    self.name = name
    self.id = id
    self.type = type
  }
}

extension AvroType {
  var json: JSONValue {
    switch self {
    case .null: .string("null")
    case .boolean: .string("boolean")
    case .int: .string("int")
    case .long: .string("long")
    case .float: .string("float")
    case .double: .string("double")
    case .bytes: .string("bytes")
    case .string: .string("string")
    case .date: .object([.init("type", .string("int")), .init("logicalType", .string("date"))])
    case .timestampMicros(let adjusted):
      .object([
        .init("type", .string("long")), .init("logicalType", .string("timestamp-micros")),
        .init("adjust-to-utc", .bool(adjusted)),
      ])
    case .fixed(let name, let size):
      .object([.init("type", .string("fixed")), .init("name", .string(name)), .init("size", .int(size))])
    case .decimal(let name, let size, let precision, let scale):
      .object([
        .init("type", .string("fixed")), .init("name", .string(name)), .init("size", .int(size)),
        .init("logicalType", .string("decimal")), .init("precision", .int(precision)), .init("scale", .int(scale)),
      ])
    case .record(let name, let fields):
      .object([
        .init("type", .string("record")), .init("name", .string(name)), .init("fields", .array(fields.map(\.json))),
      ])
    case .array(let element, let elementID):
      .object(
        [.init("type", .string("array")), .init("items", element.json)]
          + (elementID.map { [.init("element-id", .int($0))] } ?? []))
    case .keyedArray(let key, let keyID, let value, let valueID):
      .object([
        .init("type", .string("array")), .init("logicalType", .string("map")),
        .init(
          "items",
          AvroType.record(
            name: "k\(keyID)_v\(valueID)",
            fields: [AvroField("key", keyID, key), AvroField("value", valueID, value)]
          ).json),
      ])
    case .map(let value): .object([.init("type", .string("map")), .init("values", value.json)])
    case .enum(let symbols):
      .object([
        .init("type", .string("enum")), .init("name", .string("e")), .init("symbols", .array(symbols.map(JSONValue.string))),
      ])
    case .union(let branches): .array(branches.map(\.json))
    }
  }
}

extension AvroField {
  var json: JSONValue {
    var members: [JSONValue.Member] = [.init("name", .string(name)), .init("type", type.json)]
    if case .union(let branches) = type, branches.first == .null { members.append(.init("default", .null)) }
    if let id { members.append(.init("field-id", .int(id))) }
    return .object(members)
  }
}
