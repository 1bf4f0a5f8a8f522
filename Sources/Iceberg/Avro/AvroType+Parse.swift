import JSON

extension AvroType {
  /// Reads a writer's schema. Names are resolved, logical types that manifests do not use are ignored.
  init(json: JSONValue) throws {
    var names: [String: AvroType] = [:]
    self = try Self.parse(json, names: &names, depth: 0)
  }

  private static func parse(_ json: JSONValue, names: inout [String: AvroType], depth: Int) throws -> AvroType {
    guard depth < 64 else { throw IcebergError(.invalid, "an Avro schema is nested too deeply.") }
    switch json {
    case .string(let name): return try named(name, names)
    case .array(let branches): return .union(try branches.map { try parse($0, names: &names, depth: depth + 1) })
    case .object: return try complex(json, names: &names, depth: depth)
    default: throw IcebergError(.invalid, "an Avro schema holds something that is no type.")
    }
  }

  private static func named(_ name: String, _ names: [String: AvroType]) throws -> AvroType {
    switch name {
    case "null": return .null
    case "boolean": return .boolean
    case "int": return .int
    case "long": return .long
    case "float": return .float
    case "double": return .double
    case "bytes": return .bytes
    case "string": return .string
    default:
      guard let type = names[name] ?? names[shortName(name)] else {
        throw IcebergError(.invalid, "an Avro schema names the unknown type \(name).")
      }
      return type
    }
  }

  private static func shortName(_ name: String) -> String { String(name.split(separator: ".").last ?? "") }

  private static func complex(_ json: JSONValue, names: inout [String: AvroType], depth: Int) throws -> AvroType {
    guard let kind = json["type"] else { throw IcebergError(.invalid, "an Avro schema has a type without a name.") }
    guard let kindName = kind.stringValue else { return try parse(kind, names: &names, depth: depth + 1) }
    let type: AvroType
    switch kindName {
    case "record", "error":
      let fields = try json.required("fields", of: "an Avro record", \.arrayValue).map { field in
        AvroField(
          try field.required("name", of: "an Avro field", \.stringValue), field["field-id"]?.intValue,
          try parse(try field.required("type", of: "an Avro field", { $0 }), names: &names, depth: depth + 1))
      }
      type = .record(name: json["name"]?.stringValue ?? "", fields: fields)
    case "array": return try array(json, names: &names, depth: depth)
    case "map":
      return .map(try parse(try json.required("values", of: "an Avro map", { $0 }), names: &names, depth: depth + 1))
    case "fixed":
      let size = try json.required("size", of: "an Avro fixed type", \.intValue)
      guard (0...1_000_000).contains(size) else { throw IcebergError(.invalid, "an Avro fixed type has an absurd size.") }
      type = .fixed(name: json["name"]?.stringValue ?? "", size: size)
    case "enum": type = .enum(symbols: (json["symbols"]?.arrayValue ?? []).compactMap(\.stringValue))
    default: return try named(kindName, names)
    }
    if let name = json["name"]?.stringValue { names[shortName(name)] = type }
    return type
  }

  private static func array(_ json: JSONValue, names: inout [String: AvroType], depth: Int) throws -> AvroType {
    let items = try parse(try json.required("items", of: "an Avro array", { $0 }), names: &names, depth: depth + 1)
    if json["logicalType"]?.stringValue == "map", case .record(_, let fields) = items, fields.count == 2 {
      return .keyedArray(key: fields[0].type, keyID: fields[0].id ?? 0, value: fields[1].type, valueID: fields[1].id ?? 0)
    }
    return .array(items, elementID: json["element-id"]?.intValue)
  }
}
