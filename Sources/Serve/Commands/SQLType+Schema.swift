import JSON
import SQL

extension SQLType {
  /// The `schema` object that ksqlDB describes a column with.
  var schemaJSON: JSONValue {
    var (name, fields, member) = (schemaText, JSONValue.null, JSONValue.null)
    var parameters: [JSONValue.Member] = []
    switch self {
    case .array(let element): (name, member) = ("ARRAY", element.schemaJSON)
    case .map(_, let value): (name, member) = ("MAP", value.schemaJSON)
    case .structure(let members):
      name = "STRUCT"
      fields = .array(members.map { ["name": .string($0.name), "schema": $0.type.schemaJSON] })
    case .decimal(let precision, let scale):
      name = "DECIMAL"
      parameters = [.init("parameters", ["precision": .int(precision), "scale": .int(scale)])]
    default: break
    }
    return .object(
      [.init("type", .string(name)), .init("fields", fields), .init("memberSchema", member)] + parameters)
  }
}
