import JSON

/// Parsing Canonical Form (Avro specification, "Transforming into Parsing Canonical Form").
struct AvroCanonicalForm {
  let names: [String: AvroType]

  func text(of type: AvroType) -> String { json(type).text }

  private func json(_ type: AvroType) -> JSONValue {
    switch type.shape {
    case .array(let items): ["type": "array", "items": json(items)]
    case .map(let values): ["type": "map", "values": json(values)]
    case .union(let branches): .array(branches.map(json))
    case .record(let record):
      [
        "name": .string(record.name.full), "type": record.isError ? "error" : "record",
        "fields": .array(record.fields.map { ["name": .string($0.name), "type": json($0.type)] }),
      ]
    case .enumeration(let type):
      ["name": .string(type.name.full), "type": "enum", "symbols": .array(type.symbols.map { .string($0) })]
    case .fixed(let type): ["name": .string(type.name.full), "type": "fixed", "size": .int(type.size)]
    default: .string(type.typeName)
    }
  }
}

/// The schema with every attribute it has, in one order: the known ones first, then the rest by name.
enum AvroStandardForm {
  private static let order = [
    "type", "name", "namespace", "doc", "fields", "symbols", "items", "values", "size", "aliases", "default", "order",
    "logicalType", "precision", "scale",
  ]

  static func render(_ json: JSONValue) -> JSONValue {
    switch json {
    case .array(let elements): .array(elements.map(render))
    case .object(let members): .object(ordered(members))
    default: json
    }
  }

  private static func ordered(_ members: [JSONValue.Member]) -> [JSONValue.Member] {
    let ranked = members.map { (order.firstIndex(of: $0.name) ?? order.count, $0) }
    let sorted = ranked.sorted { ($0.0, $0.1.name) < ($1.0, $1.1.name) }
    return sorted.map { _, member in
      // A default is data, not schema: its members stay as they are.
      JSONValue.Member(member.name, member.name == "default" ? member.value : render(member.value))
    }
  }
}
