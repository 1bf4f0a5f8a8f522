import Columns

/// Bounds on what a reader allocates for one file, so that a damaged one cannot exhaust memory.
public struct ParquetReaderLimits: Sendable {
  /// The most rows of a row group.
  public var rowGroupRows = 1 << 27
  /// The most bytes of a page after decompression.
  public var pageBytes = 1 << 30

  public init() {}
}

/// Reads flat columns of a Parquet file into column batches: PLAIN, dictionary, RLE, delta and byte-stream-split encodings,
/// data pages V1 and V2, uncompressed or zstd.
///
///     let reader = try ParquetReader(FileSource(path: path))
///     for group in 0..<reader.rowGroupCount { let batch = try reader.readRowGroup(group, columns: ["price"]) }
///
/// Owned by one thread at a time. Bytes that are not valid Parquet throw `ParquetError.corrupt`; nothing traps.
public final class ParquetReader {
  /// The whole schema of the file; only its flat leaves can be read.
  public let schema: ParquetSchema
  let metadata: FileMetadata
  private let source: any ByteSource
  private let limits: ParquetReaderLimits
  private let zstd: ZstdDecompressor

  /// Reads the footer. Throws `ParquetError.corrupt`, `.unsupported` or `.io`.
  public init(_ source: any ByteSource, limits: ParquetReaderLimits = ParquetReaderLimits()) throws {
    self.source = source
    self.limits = limits
    zstd = try ZstdDecompressor()
    metadata = try Self.footer(source)
    schema = try ParquetSchema(elements: metadata.schema)
    let leaves = schema.leaves.count
    guard metadata.rowGroups.allSatisfy({ $0.columns.count == leaves && $0.rowCount >= 0 }) else {
      throw ParquetError.corrupt("A row group does not have the columns of the schema")
    }
  }

  /// Rows of the file as its footer says.
  public var rowCount: Int64 { metadata.rowCount }

  public var rowGroupCount: Int { metadata.rowGroups.count }

  /// The program that wrote the file, as it says.
  public var createdBy: String? { metadata.createdBy }

  /// The footer's key-value metadata.
  public var keyValues: [(key: String, value: String?)] { metadata.keyValues }

  /// Rows of row group `index`; nil if there is no such group.
  public func rowCount(ofRowGroup index: Int) -> Int64? {
    metadata.rowGroups.indices.contains(index) ? metadata.rowGroups[index].rowCount : nil
  }

  /// The columns of a row group by name (all of them if nil), in the order of `columns`. Codes of strings refer to a dictionary
  /// of the batch's own. Throws `ParquetError.misuse` for an unknown group or column, `.unsupported` for one it cannot read.
  public func readRowGroup(_ index: Int, columns names: [String]? = nil) throws -> ColumnBatch {
    guard metadata.rowGroups.indices.contains(index) else {
      throw ParquetError(.misuse, "There is no row group \(index); the file has \(rowGroupCount)")
    }
    let group = metadata.rowGroups[index]
    guard group.rowCount <= Int64(limits.rowGroupRows) else { throw ParquetError.corrupt("A row group claims too many rows") }
    let leaves = try names.map { try $0.map(leaf) } ?? Array(schema.leaves.indices)
    let columns = try leaves.map { try readColumn(schema.leaves[$0], group.columns[$0], rows: Int(group.rowCount)) }
    return ColumnBatch(columns: columns, rowCount: Int(group.rowCount))
  }

  private func leaf(_ name: String) throws -> Int {
    guard let index = schema.leaves.firstIndex(where: { $0.name == name }) else {
      throw ParquetError(.misuse, "There is no column '\(name)' in the file; choose one of its schema")
    }
    return index
  }

  private func readColumn(_ leaf: ParquetLeaf, _ chunk: ColumnChunkMetadata, rows: Int) throws -> Column {
    guard case .leaf(let type, let layout) = leaf.content, leaf.maxRepetitionLevel == 0, leaf.maxDefinitionLevel <= 1,
      leaf.path.count == 1
    else {
      let reason = if case .unreadable(let text) = leaf.content { text } else { "nested" }
      throw ParquetError(.unsupported, "Column '\(leaf.name)' cannot be read (\(reason)); leave it out or rewrite the file")
    }
    guard chunk.type == layout.type, chunk.valueCount == Int64(rows), chunk.filePath == nil else {
      throw ParquetError.corrupt("Column '\(leaf.name)' disagrees with the schema or with its row group")
    }
    guard let codec = ParquetCodec(rawValue: chunk.codec) else {
      throw ParquetError(.unsupported, "Column '\(leaf.name)' is compressed with codec \(chunk.codec); rewrite it with zstd")
    }
    let start = chunk.start
    guard start >= 4, chunk.compressedSize >= 0, chunk.compressedSize <= source.size, start <= source.size - chunk.compressedSize
    else {
      throw ParquetError.corrupt("Column '\(leaf.name)' lies outside of the file")
    }
    let bytes = try source.read(at: start, count: Int(chunk.compressedSize))
    return try bytes.withUnsafeBytes { bytes in
      var reader = ColumnChunkReader(
        leaf: leaf, type: type, layout: layout, codec: codec, rows: rows, zstd: zstd, pageLimit: limits.pageBytes)
      return try reader.read(bytes)
    }
  }

  private static func footer(_ source: any ByteSource) throws -> FileMetadata {
    let magic = Array("PAR1".utf8)
    guard source.size >= 12, try source.read(at: 0, count: 4) == magic else {
      throw ParquetError.corrupt("This is not a Parquet file: it does not begin with PAR1")
    }
    let tail = try source.read(at: source.size - 8, count: 8)
    guard Array(tail.suffix(4)) == magic else {
      throw ParquetError.corrupt("The file does not end with PAR1, so its writer did not finish")
    }
    let length = Int64(tail[0]) | Int64(tail[1]) << 8 | Int64(tail[2]) << 16 | Int64(tail[3]) << 24
    guard length <= source.size - 12 else { throw ParquetError.corrupt("The footer is longer than the file") }
    return try source.read(at: source.size - 8 - length, count: Int(length)).withUnsafeBytes { try FileMetadata($0) }
  }
}
