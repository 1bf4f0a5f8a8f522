/// `RowGroup` of parquet.thrift.
struct RowGroupMetadata: Equatable {
  var columns: [ColumnChunkMetadata] = []
  var totalByteSize: Int64 = 0
  var rowCount: Int64 = 0
  var sortingColumns: [SortingColumn] = []
  var fileOffset: Int64?
  var totalCompressedSize: Int64?
  var ordinal: Int16?

  func encode(_ writer: inout ThriftCompactWriter) {
    writer.list(1, of: .structure, columns) { writer, column in writer.structure { column.encode(&$0) } }
    writer.field(2, totalByteSize)
    writer.field(3, rowCount)
    if !sortingColumns.isEmpty {
      writer.list(4, of: .structure, sortingColumns) { writer, column in writer.structure { column.encode(&$0) } }
    }
    if let fileOffset { writer.field(5, fileOffset) }
    if let totalCompressedSize { writer.field(6, totalCompressedSize) }
    if let ordinal { writer.field(7, ordinal) }
  }

  init() {}

  init(_ reader: inout ThriftCompactReader) throws {
    var result = RowGroupMetadata()
    try reader.structure { reader, id, type in
      switch id {
      case 1: result.columns = try reader.list(type) { reader, _ in try ColumnChunkMetadata(&reader) }
      case 2: result.totalByteSize = try reader.int64(type)
      case 3: result.rowCount = try reader.int64(type)
      case 4: result.sortingColumns = try reader.list(type) { reader, _ in try SortingColumn(&reader) }
      case 5: result.fileOffset = try reader.int64(type)
      case 6: result.totalCompressedSize = try reader.int64(type)
      case 7: result.ordinal = try reader.int16(type)
      default: return false
      }
      return true
    }
    self = result
  }
}

/// One key of the order in which the rows of a row group lie.
public struct SortingColumn: Equatable, Sendable {
  /// The index of the leaf column.
  public var column: Int32
  public var descending: Bool
  public var nullsFirst: Bool

  public init(column: Int32, descending: Bool = false, nullsFirst: Bool = false) {
    self.column = column
    self.descending = descending
    self.nullsFirst = nullsFirst
  }

  func encode(_ writer: inout ThriftCompactWriter) {
    writer.field(1, column)
    writer.field(2, descending)
    writer.field(3, nullsFirst)
  }

  init(_ reader: inout ThriftCompactReader) throws {
    var result = SortingColumn(column: 0)
    try reader.structure { reader, id, type in
      switch id {
      case 1: result.column = try reader.int32(type)
      case 2: result.descending = try reader.bool(type)
      case 3: result.nullsFirst = try reader.bool(type)
      default: return false
      }
      return true
    }
    self = result
  }
}

/// `FileMetaData` of parquet.thrift: the footer.
struct FileMetadata: Equatable {
  var version: Int32 = 2
  var schema: [SchemaElement] = []
  var rowCount: Int64 = 0
  var rowGroups: [RowGroupMetadata] = []
  var keyValues: [(key: String, value: String?)] = []
  var createdBy: String?
  /// The number of leaf columns whose order is TYPE_ORDER.
  var columnOrderCount = 0

  static func == (a: FileMetadata, b: FileMetadata) -> Bool {
    a.version == b.version && a.schema == b.schema && a.rowCount == b.rowCount && a.rowGroups == b.rowGroups
      && a.createdBy == b.createdBy && a.columnOrderCount == b.columnOrderCount
      && a.keyValues.elementsEqual(b.keyValues) { $0.key == $1.key && $0.value == $1.value }
  }

  func encode(into out: ByteBuffer) {
    var writer = ThriftCompactWriter(into: out)
    writer.structure { writer in
      writer.field(1, version)
      writer.list(2, of: .structure, schema) { writer, element in writer.structure { element.encode(&$0) } }
      writer.field(3, rowCount)
      writer.list(4, of: .structure, rowGroups) { writer, group in writer.structure { group.encode(&$0) } }
      if !keyValues.isEmpty { writer.list(5, of: .structure, keyValues, Self.encodeKeyValue) }
      if let createdBy { writer.field(6, createdBy) }
      if columnOrderCount > 0 {
        let orders = [Int](repeating: 0, count: columnOrderCount)
        writer.list(7, of: .structure, orders) { writer, _ in writer.structure { $0.field(1) { _ in } } }
      }
    }
  }

  private static func encodeKeyValue(_ writer: inout ThriftCompactWriter, _ pair: (key: String, value: String?)) {
    writer.structure {
      $0.field(1, pair.key)
      if let value = pair.value { $0.field(2, value) }
    }
  }

  init() {}

  init(_ bytes: UnsafeRawBufferPointer) throws {
    var result = FileMetadata()
    var reader = ThriftCompactReader(bytes)
    try reader.structure { reader, id, type in
      switch id {
      case 1: result.version = try reader.int32(type)
      case 2: result.schema = try reader.list(type) { reader, _ in try SchemaElement(&reader) }
      case 3: result.rowCount = try reader.int64(type)
      case 4: result.rowGroups = try reader.list(type) { reader, _ in try RowGroupMetadata(&reader) }
      case 5: result.keyValues = try reader.list(type) { reader, _ in try Self.keyValue(&reader) }
      case 6: result.createdBy = try reader.string(type)
      case 7:
        result.columnOrderCount = try reader.list(type) { reader, _ in try reader.structure { _, _, _ in false } }.count
      default: return false
      }
      return true
    }
    self = result
  }

  private static func keyValue(_ reader: inout ThriftCompactReader) throws -> (key: String, value: String?) {
    var pair: (key: String, value: String?) = ("", nil)
    try reader.structure { reader, id, type in
      switch id {
      case 1: pair.key = try reader.string(type)
      case 2: pair.value = try reader.string(type)
      default: return false
      }
      return true
    }
    return pair
  }
}
