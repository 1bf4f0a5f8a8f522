import JSON
import SQL

/// Avro schemas made from columns, with ksqlDB's names: every value may be null, nested records are named after their path.
public enum AvroSchemaText {
  /// ksqlDB's name of the record of a key or value.
  static func name(isKey: Bool) -> String {
    "io.confluent.ksql.avro_schemas.KsqlDataSourceSchema" + (isKey ? "Key" : "")
  }

  /// A record of the columns, or the bare type of a single column that is not wrapped.
  public static func schema(of fields: [Field], isWrapped: Bool, name: String) -> JSONValue {
    let parts = name.split(separator: ".")
    let (space, last) = (parts.dropLast().joined(separator: "."), parts.last.map(String.init) ?? name)
    guard isWrapped else { return fields.first.map { nullable($0.type, path: "\(last)_\($0.name)") } ?? "null" }
    var record: [JSONValue.Member] = [.init("type", "record"), .init("name", .string(last))]
    if !space.isEmpty { record.append(.init("namespace", .string(space))) }
    record.append(.init("fields", .array(fields.map { field($0.name, $0.type, path: last) })))
    return .object(record)
  }

  private static func field(_ name: String, _ type: SQLType, path: String) -> JSONValue {
    ["name": .string(name), "type": nullable(type, path: "\(path)_\(name)"), "default": .null]
  }

  private static func nullable(_ type: SQLType, path: String) -> JSONValue { ["null", plain(type, path: path)] }

  private static func plain(_ type: SQLType, path: String) -> JSONValue {
    switch type {
    case .boolean: "boolean"
    case .integer: "int"
    case .bigint: "long"
    case .double: "double"
    case .string: "string"
    case .bytes: "bytes"
    case .timestamp: ["type": "long", "logicalType": "timestamp-micros"]
    case .date: ["type": "int", "logicalType": "date"]
    case .time: ["type": "long", "logicalType": "time-micros"]
    case .decimal(let precision, let scale):
      ["type": "bytes", "logicalType": "decimal", "precision": .int(precision), "scale": .int(scale)]
    case .array(let element): ["type": "array", "items": nullable(element, path: path)]
    case .map(_, let value): ["type": "map", "values": nullable(value, path: path)]
    case .structure(let members):
      ["type": "record", "name": .string(path), "fields": .array(members.map { field($0.name, $0.type, path: path) })]
    }
  }
}
