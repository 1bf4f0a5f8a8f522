/// `Statistics` of a column chunk: bounds in PLAIN encoding without length prefix, in the column's TYPE_ORDER.
struct Statistics: Equatable {
  var nullCount: Int64?
  var max: [UInt8]?
  var min: [UInt8]?
  var isMaxExact: Bool?
  var isMinExact: Bool?

  func encode(_ writer: inout ThriftCompactWriter) {
    if let nullCount { writer.field(3, nullCount) }
    if let max { writer.field(5, max) }
    if let min { writer.field(6, min) }
    if let isMaxExact { writer.field(7, isMaxExact) }
    if let isMinExact { writer.field(8, isMinExact) }
  }

  init() {}

  init(_ reader: inout ThriftCompactReader) throws {
    var result = Statistics()
    try reader.structure { reader, id, type in
      switch id {
      case 3: result.nullCount = try reader.int64(type)
      case 5: result.max = try reader.binary(type)
      case 6: result.min = try reader.binary(type)
      case 7: result.isMaxExact = try reader.bool(type)
      case 8: result.isMinExact = try reader.bool(type)
      default: return false
      }
      return true
    }
    self = result
  }
}
