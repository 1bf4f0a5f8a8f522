/// `ColumnChunk` with its `ColumnMetaData`: where a column of a row group lies and what it holds.
struct ColumnChunkMetadata: Equatable {
  var type = PhysicalType.int64
  var encodings: [Int32] = []
  var path: [String] = []
  var codec: Int32 = 0
  var valueCount: Int64 = 0
  var uncompressedSize: Int64 = 0
  var compressedSize: Int64 = 0
  var dataPageOffset: Int64 = 0
  var dictionaryPageOffset: Int64?
  var statistics: Statistics?
  var offsetIndexOffset: Int64?
  var offsetIndexLength: Int32?
  var columnIndexOffset: Int64?
  var columnIndexLength: Int32?
  var filePath: String?

  /// The first byte of the chunk.
  var start: Int64 {
    guard let dictionaryPageOffset, dictionaryPageOffset > 0 else { return dataPageOffset }
    return min(dictionaryPageOffset, dataPageOffset)
  }

  func encode(_ writer: inout ThriftCompactWriter) {
    writer.field(2, Int64(0))
    writer.field(3) { encodeMetadata(&$0) }
    if let offsetIndexOffset { writer.field(4, offsetIndexOffset) }
    if let offsetIndexLength { writer.field(5, offsetIndexLength) }
    if let columnIndexOffset { writer.field(6, columnIndexOffset) }
    if let columnIndexLength { writer.field(7, columnIndexLength) }
  }

  private func encodeMetadata(_ writer: inout ThriftCompactWriter) {
    writer.field(1, type.rawValue)
    writer.list(2, of: .i32, encodings) { $0.out.appendZigZag(Int64($1)) }
    writer.list(3, of: .binary, path) { $0.binary(Array($1.utf8)) }
    writer.field(4, codec)
    writer.field(5, valueCount)
    writer.field(6, uncompressedSize)
    writer.field(7, compressedSize)
    writer.field(9, dataPageOffset)
    if let dictionaryPageOffset { writer.field(11, dictionaryPageOffset) }
    if let statistics { writer.field(12) { statistics.encode(&$0) } }
  }

  init() {}

  init(_ reader: inout ThriftCompactReader) throws {
    var result = ColumnChunkMetadata()
    try reader.structure { reader, id, type in
      switch id {
      case 1: result.filePath = try reader.string(type)
      case 3: try result.decodeMetadata(&reader)
      case 4: result.offsetIndexOffset = try reader.int64(type)
      case 5: result.offsetIndexLength = try reader.int32(type)
      case 6: result.columnIndexOffset = try reader.int64(type)
      case 7: result.columnIndexLength = try reader.int32(type)
      default: return false
      }
      return true
    }
    self = result
  }

  private mutating func decodeMetadata(_ reader: inout ThriftCompactReader) throws {
    try reader.structure { reader, id, type in
      switch id {
      case 1:
        guard let physical = PhysicalType(rawValue: try reader.int32(type)) else {
          throw ParquetError.corrupt("A column chunk has an unknown physical type")
        }
        self.type = physical
      case 2: encodings = try reader.list(type) { try $0.int32($1) }
      case 3: path = try reader.list(type) { try $0.string($1) }
      case 4: codec = try reader.int32(type)
      case 5: valueCount = try reader.int64(type)
      case 6: uncompressedSize = try reader.int64(type)
      case 7: compressedSize = try reader.int64(type)
      case 9: dataPageOffset = try reader.int64(type)
      case 11: dictionaryPageOffset = try reader.int64(type)
      case 12: statistics = try Statistics(&reader)
      default: return false
      }
      return true
    }
  }
}
