import Columns

/// Writes column batches into one Parquet file.
///
///     let price = ParquetColumn(name: "price", type: .decimal(precision: 18, scale: 8), fieldID: 1)
///     let schema = try ParquetSchema(columns: [price])
///     let writer = try ParquetWriter(to: FileSink(path: path), schema: schema)
///     try writer.write(batch)
///     let summary = try writer.finish()
///
/// Memory: the compressed pages of one row group, and one page of each column. Owned by one thread at a time; writes block.
/// After an error the file is spoilt: discard the writer and remove the file.
public final class ParquetWriter {
  private enum State { case open, finished, failed }

  private static let magic: [UInt8] = Array("PAR1".utf8)

  public let schema: ParquetSchema
  private let options: ParquetWriterOptions
  private let sink: any ByteSink
  private let columns: [ColumnChunkWriter]
  private var state = State.open
  private var offset: Int64 = 0
  private var groupRows = 0
  private var rowCount: Int64 = 0
  private var rowGroups: [RowGroupMetadata] = []
  private var pages: [[[ColumnChunkWriter.Page]]] = []

  /// Begins a file in `sink`. Throws `ParquetError.schema` if the schema is not flat, `.misuse` for impossible options, `.io`.
  public init(to sink: any ByteSink, schema: ParquetSchema, options: ParquetWriterOptions = ParquetWriterOptions()) throws {
    try options.check()
    guard let columns = schema.flatColumns else {
      throw ParquetError(.schema, "Only flat schemas can be written; take the columns out of their groups")
    }
    let compressor: ZstdCompressor? =
      switch options.compression {
      case .uncompressed: nil
      case .zstd(let level): try ZstdCompressor(level: level)
      }
    let trial = EncodingTrial(compressor: compressor)
    self.columns = columns.map { ColumnChunkWriter($0, options: options, compressor: compressor, trial: trial) }
    self.schema = schema
    self.options = options
    self.sink = sink
    try put(Self.magic)
  }

  /// Rows written so far.
  public var writtenRows: Int64 { rowCount + Int64(groupRows) }

  /// Bytes in the sink and in finished pages; the file will be a little larger.
  public var bufferedSize: Int64 { offset + Int64(columns.reduce(0) { $0 + $1.bufferedBytes }) }

  /// Adds all rows of `batch`, whose columns must be those of the schema in order, name and type.
  /// Throws `ParquetError.value` for anything that does not fit, `.io` from the sink.
  public func write(_ batch: ColumnBatch) throws {
    try guarded {
      try check(batch)
      var row = 0
      while row < batch.rowCount {
        let end = min(batch.rowCount, row + min(options.pageRows, options.rowGroupRows - groupRows))
        for (writer, column) in zip(columns, batch.columns) { try writer.append(column, rows: row..<end) }
        groupRows += end - row
        row = end
        if groupRows >= options.rowGroupRows || columns.reduce(0, { $0 + $1.bufferedBytes }) >= options.rowGroupBytes {
          try finishRowGroup()
        }
      }
    }
  }

  /// Ends the file: the last row group, page indexes, footer, and the sink's `finish`. The writer cannot be used afterwards.
  public func finish() throws -> ParquetFileSummary {
    try guarded {
      try finishRowGroup()
      try writePageIndexes()
      try writeFooter()
      try sink.finish()
    }
    state = .finished
    return ParquetFileSummary(
      fileSize: offset, rowCount: rowCount, splitOffsets: rowGroups.compactMap(\.fileOffset), columns: columns.map(\.total))
  }

  private func guarded(_ body: () throws -> Void) throws {
    guard state == .open else {
      throw ParquetError(.misuse, "The writer has \(state == .failed ? "failed" : "finished"); start a new file")
    }
    do { try body() } catch {
      state = .failed
      throw error
    }
  }

  private func check(_ batch: ColumnBatch) throws {
    guard batch.columns.count == columns.count else {
      throw ParquetError(.value, "A batch has \(batch.columns.count) columns and the schema \(columns.count); make them agree")
    }
    for (writer, column) in zip(columns, batch.columns) {
      guard column.name == writer.column.name, column.type == writer.column.type else {
        throw ParquetError(
          .value, "Column '\(column.name)' stands where the schema has '\(writer.column.name)', or has another type")
      }
      let lengths = [column.values.count, column.validity?.count ?? batch.rowCount]
      guard lengths.allSatisfy({ $0 == batch.rowCount }) else {
        throw ParquetError(.value, "Column '\(column.name)' does not have as many values as its batch has rows; fix the batch")
      }
    }
  }

  private func put(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try sink.write($0) }
    offset += Int64(bytes.count)
  }
}

// MARK: - Row groups and footer

extension ParquetWriter {
  private func finishRowGroup() throws {
    guard groupRows > 0 else { return }
    var group = RowGroupMetadata()
    group.rowCount = Int64(groupRows)
    group.fileOffset = offset
    group.ordinal = Int16(exactly: rowGroups.count)
    group.sortingColumns = options.sortingColumns
    var groupPages: [[ColumnChunkWriter.Page]] = []
    for column in columns {
      let (chunk, pages) = try column.finishChunk(at: offset, into: sink)
      offset += chunk.compressedSize
      group.totalByteSize += chunk.uncompressedSize
      group.totalCompressedSize = (group.totalCompressedSize ?? 0) + chunk.compressedSize
      group.columns.append(chunk)
      groupPages.append(pages)
    }
    rowGroups.append(group)
    pages.append(groupPages)
    rowCount += Int64(groupRows)
    groupRows = 0
  }

  /// Column indexes of all chunks, then offset indexes, before the footer (PageIndex.md). Readers expect all chunks to have them
  /// or none, and with one page per chunk they say no more than the statistics.
  private func writePageIndexes() throws {
    guard options.pageIndex, pages.contains(where: { $0.contains { $0.count > 1 } }) else { return }
    let out = ByteBuffer()
    for group in pages.indices {
      for column in pages[group].indices {
        guard let index = columnIndex(pages[group][column], columns[column]) else { continue }
        out.count = 0
        index.encode(into: out)
        rowGroups[group].columns[column].columnIndexOffset = offset
        rowGroups[group].columns[column].columnIndexLength = Int32(out.count)
        try put(out)
      }
    }
    for group in pages.indices {
      for column in pages[group].indices {
        out.count = 0
        offsetIndex(pages[group][column]).encode(into: out)
        rowGroups[group].columns[column].offsetIndexOffset = offset
        rowGroups[group].columns[column].offsetIndexLength = Int32(out.count)
        try put(out)
      }
    }
  }

  private func offsetIndex(_ pages: [ColumnChunkWriter.Page]) -> OffsetIndex {
    OffsetIndex(
      locations: pages.map {
        OffsetIndex.Location(offset: Int64($0.offset), compressedSize: Int32($0.size), firstRow: Int64($0.firstRow))
      })
  }

  private func writeFooter() throws {
    var footer = FileMetadata()
    footer.schema = schema.elements
    footer.rowCount = rowCount
    footer.rowGroups = rowGroups
    footer.keyValues = options.keyValues.map { ($0.key, $0.value) }
    footer.createdBy = options.createdBy
    footer.columnOrderCount = columns.count
    let out = ByteBuffer()
    footer.encode(into: out)
    guard let length = UInt32(exactly: out.count) else {
      throw ParquetError(.value, "The footer exceeds 4 GB; write smaller files")
    }
    out.appendLittleEndian(length)
    out.append(Self.magic)
    try put(out)
  }

  private func put(_ out: ByteBuffer) throws {
    try sink.write(out.bytes)
    offset += Int64(out.count)
  }
}
