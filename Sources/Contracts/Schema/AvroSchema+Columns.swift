import JSON
import Columns

extension AvroSchema {
  /// One field of a schema that is made from columns.
  public struct ColumnField: Sendable, Hashable {
    public let name: String
    public let type: ColumnType
    public let isNullable: Bool
    public let doc: String?

    public init(_ name: String, _ type: ColumnType, isNullable: Bool = false, doc: String? = nil) {
      self.name = name
      self.type = type
      self.isNullable = isNullable
      self.doc = doc
    }
  }

  /// The schema of records that hold such columns, for topics whose contract nobody wrote: decimals in bytes, times in
  /// microseconds, nullable fields as `["null", T]` with the default null.
  ///
  /// - Throws: `invalidSchema` when a name is no Avro name, or two are the same.
  public init(record name: String, namespace: String, fields: [ColumnField]) throws(ContractError) {
    let json: JSONValue = [
      "type": "record", "name": .string(name), "namespace": .string(namespace), "fields": .array(fields.map(Self.field)),
    ]
    try self.init(json: json.text)
  }

  private static func field(_ field: ColumnField) -> JSONValue {
    let type = type(of: field.type)
    var members: [JSONValue.Member] = [
      .init("name", .string(field.name)), .init("type", field.isNullable ? ["null", type] : type),
    ]
    if field.isNullable { members.append(.init("default", .null)) }
    if let doc = field.doc { members.append(.init("doc", .string(doc))) }
    return .object(members)
  }

  private static func type(of column: ColumnType) -> JSONValue {
    switch column {
    case .boolean: "boolean"
    case .int32: "int"
    case .int64: "long"
    case .double: "double"
    case .string: "string"
    case .bytes: "bytes"
    case .timestampMicros: ["type": "long", "logicalType": "timestamp-micros"]
    case .date: ["type": "int", "logicalType": "date"]
    case .decimal(let precision, let scale):
      ["type": "bytes", "logicalType": "decimal", "precision": .int(precision), "scale": .int(scale)]
    }
  }
}
