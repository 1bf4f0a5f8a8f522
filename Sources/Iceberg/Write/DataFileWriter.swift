import Columns
import CrashPoints
import Parquet

/// Writes rows into the data files of a table, one open file per partition.
///
/// Nothing it writes is part of the table until `Committer` commits the files that `finish` returns.
/// Owned by one thread at a time; calls block on the disk.
public final class DataFileWriter {
  /// Settings; the defaults suit lake tables.
  public struct Options: Sendable {
    public var parquet = ParquetWriterOptions()
    /// So many partitions may be open at once; the one written least recently is closed to make room.
    public var openPartitions = 32
    /// A file is closed at this many rows.
    public var fileRows: Int64 = 8 << 20

    public init() {}
  }

  private final class OpenFile {
    let uri: String
    let writer: ParquetWriter
    let partition: [Datum?]
    var rows: Int64 = 0
    var lastUse = 0

    init(uri: String, writer: ParquetWriter, partition: [Datum?]) {
      self.uri = uri
      self.writer = writer
      self.partition = partition
    }
  }

  private let table: Table
  private let files: any FileStore
  private let options: Options
  private let schema: Schema
  private let parquetSchema: ParquetSchema
  private let splitter: PartitionSplitter
  private let writerID = Identifiers.uuid()
  private var open: [[Datum?]: OpenFile] = [:]
  private var finished: [DataFile] = []
  private var fileNumber = 0
  private var clock = 0

  /// A writer for the table's current schema and partition spec.
  public init(table: Table, files: any FileStore, options: Options = Options()) throws {
    self.table = table
    self.files = files
    self.options = options
    schema = table.metadata.schema
    parquetSchema = try schema.parquetSchema()
    splitter = try PartitionSplitter(spec: table.metadata.spec, schema: schema)
  }

  /// The rows written since the last `finish`.
  public private(set) var rowCount: Int64 = 0

  /// Adds rows. Columns are matched by name, ignoring case; columns the batch lacks become NULL, columns the table lacks are
  /// an error.
  public func write(_ batch: ColumnBatch) throws {
    for (partition, rows) in try splitter.split(try aligned(batch)) {
      let file = try openFile(partition)
      try file.writer.write(rows)
      file.rows += Int64(rows.rowCount)
      if file.rows >= options.fileRows { try close(file) }
    }
    rowCount += Int64(batch.rowCount)
  }

  /// Closes all files, durable on disk, and returns what to commit. The writer may be used again.
  public func finish() throws -> [DataFile] {
    for file in open.values.sorted(by: { $0.uri < $1.uri }) { try close(file) }
    defer {
      finished = []
      rowCount = 0
    }
    return finished
  }

  /// Forgets and deletes everything written since the last `finish`, none of which has been committed.
  public func discard() throws {
    let abandoned = open.values.map(\.uri) + finished.map(\.path)
    open = [:]
    finished = []
    rowCount = 0
    for uri in abandoned { try files.delete(uri) }
  }

  /// The batch with exactly the table's columns, in the table's order.
  private func aligned(_ batch: ColumnBatch) throws -> ColumnBatch {
    if batch.columns.count == schema.fields.count, zip(batch.columns, schema.fields).allSatisfy({ $0.name == $1.name }) {
      return batch
    }
    var used = 0
    let columns = try schema.fields.map { field -> Column in
      if let index = batch.index(of: field.name) {
        used += 1
        var column = batch.columns[index]
        column.name = field.name
        return column
      }
      guard !field.required, let type = field.type.columnType else {
        throw IcebergError(.invalid, "the rows lack the required column \(field.name) of \(table.identifier).")
      }
      return Column.nulls(name: field.name, type: type, count: batch.rowCount)
    }
    guard used == batch.columns.count else {
      throw IcebergError(.invalid, "the rows have a column that \(table.identifier) lacks; add it to the table first.")
    }
    return ColumnBatch(columns: columns, rowCount: batch.rowCount)
  }

  private func openFile(_ partition: [Datum?]) throws -> OpenFile {
    clock += 1
    if let file = open[partition] {
      file.lastUse = clock
      return file
    }
    if open.count >= options.openPartitions, let oldest = open.values.min(by: { $0.lastUse < $1.lastUse }) { try close(oldest) }
    let folder = table.metadata.spec.path(partition)
    let uri = MetadataNames.data(in: table.metadata.location, partition: folder, number: fileNumber, writer: writerID)
    fileNumber += 1
    let sink = try FileSink(path: try files.localPath(forWriting: uri), sync: false)
    let file = OpenFile(
      uri: uri, writer: try ParquetWriter(to: sink, schema: parquetSchema, options: options.parquet), partition: partition)
    file.lastUse = clock
    open[partition] = file
    return file
  }

  private func close(_ file: OpenFile) throws {
    CrashPoint.hit("iceberg.data.close")
    let summary = try file.writer.finish()
    try files.seal(file.uri)
    CrashPoint.hit("iceberg.data.close", .after)
    open[file.partition] = nil
    finished.append(
      DataFile(
        path: file.uri, summary: summary, schema: schema, partition: file.partition, specID: table.metadata.spec.id,
        sortOrderID: 0))
  }
}
