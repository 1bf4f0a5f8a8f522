/// One node of the schema tree as parquet.thrift flattens it (depth first).
struct SchemaElement: Equatable {
  var type: PhysicalType?
  var typeLength: Int32?
  var repetition: Repetition?
  var name = ""
  var childCount: Int32?
  var convertedType: Int32?
  var scale: Int32?
  var precision: Int32?
  var fieldID: Int32?
  var logicalType: LogicalType?

  func encode(_ writer: inout ThriftCompactWriter) {
    if let type { writer.field(1, type.rawValue) }
    if let typeLength { writer.field(2, typeLength) }
    if let repetition { writer.field(3, repetition.rawValue) }
    writer.field(4, name)
    if let childCount { writer.field(5, childCount) }
    if let convertedType { writer.field(6, convertedType) }
    if let scale { writer.field(7, scale) }
    if let precision { writer.field(8, precision) }
    if let fieldID { writer.field(9, fieldID) }
    if let logicalType { writer.field(10) { logicalType.encode(&$0) } }
  }

  init() {}

  init(_ reader: inout ThriftCompactReader) throws {
    var result = SchemaElement()
    try reader.structure { reader, id, type in
      switch id {
      case 1: result.type = try Self.known(PhysicalType(rawValue: try reader.int32(type)))
      case 2: result.typeLength = try reader.int32(type)
      case 3: result.repetition = try Self.known(Repetition(rawValue: try reader.int32(type)))
      case 4: result.name = try reader.string(type)
      case 5: result.childCount = try reader.int32(type)
      case 6: result.convertedType = try reader.int32(type)
      case 7: result.scale = try reader.int32(type)
      case 8: result.precision = try reader.int32(type)
      case 9: result.fieldID = try reader.int32(type)
      case 10: result.logicalType = try LogicalType(&reader)
      default: return false
      }
      return true
    }
    self = result
  }

  private static func known<T>(_ value: T?) throws -> T {
    guard let value else { throw ParquetError.corrupt("A schema element has an unknown type or repetition") }
    return value
  }
}
