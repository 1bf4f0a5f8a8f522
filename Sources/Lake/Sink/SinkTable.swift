import Columns
import Contracts
import Iceberg

/// One table of a sink: its writer, its ledger and the topics that feed it.
///
/// Owned by the sink's thread.
final class SinkTable {
  let identifier: TableIdentifier
  private let store: LakeStore
  private let committer: Committer
  private(set) var table: Table?
  private(set) var ledger = OffsetLedger()
  private var writer: DataFileWriter?
  private var finished: [DataFile] = []
  /// Rows handed to the writer since the last commit.
  private(set) var pendingRows: Int64 = 0

  init(_ identifier: TableIdentifier, store: LakeStore, committer: Committer) throws {
    self.identifier = identifier
    self.store = store
    self.committer = committer
    if try store.table(identifier) != nil { try reload() }
  }

  var exists: Bool { table != nil }

  /// The columns; only of a table that exists.
  var schema: Schema? { table?.metadata.schema }

  private func reload() throws {
    let loaded = try committer.load(identifier)
    table = loaded
    ledger = try OffsetLedger(of: loaded.metadata)
  }

  /// Makes the table in the catalog, unless it is there.
  func create(_ layout: TableLayout) throws {
    guard !exists else { return }
    let schema = layout.schema
    do {
      _ = try store.catalog.create(
        identifier, schema: schema, spec: try PartitionSpec(of: schema, layout.partitions),
        properties: [
          "write.format.default": "parquet", "write.parquet.compression-codec": "zstd",
          TableProperty.deleteAfterCommit: "true", TableProperty.previousVersionsMax: "20",
        ], files: store.files)
    } catch let error as IcebergError where error.code == .alreadyExists {
      // Another process was quicker; its ledger will fence one of the two.
    }
    try reload()
  }

  /// Adds optional columns; rows handed over before stay valid.
  func add(_ columns: [(name: String, type: IcebergType)]) throws {
    if let writer { finished += try writer.finish() }
    writer = nil
    _ = try committer.commit([TableCommit(table: identifier, commitID: "columns", newColumns: columns)])
    table = try committer.load(identifier)
  }

  /// Hands rows to the writer.
  func write(_ batch: ColumnBatch) throws {
    guard let table else { throw LakeError(.badInput, "The table \(identifier) does not exist", advice: "Report this") }
    let writer = try self.writer ?? DataFileWriter(table: table, files: store.files)
    self.writer = writer
    try writer.write(batch)
    pendingRows += Int64(batch.rowCount)
  }

  /// The largest time in the files that wait for their commit, microseconds since the epoch; nil where there is none.
  var newestPending: Int64? { schema.flatMap { TableTime.newest(finished, $0) } }

  /// The commit of everything handed over, and of `ranges`; nil when there is nothing to say.
  func commit(_ ranges: [String: [Int32: OffsetLedger.Entry]], id: String, cluster: String) throws -> TableCommit? {
    if let writer { finished += try writer.finish() }
    guard exists, !finished.isEmpty || !ranges.isEmpty else { return nil }
    return TableCommit(
      table: identifier, commitID: id, files: finished,
      summary: ["engine-name": "wick", OffsetLedger.summaryKey: OffsetLedger.summaryText(ranges)]
    ) { metadata in
      // Judged on the metadata the commit will follow, at every attempt: this is what fences a second sink.
      let next = try OffsetLedger(of: metadata).advanced(by: ranges, cluster: cluster)
      return [OffsetLedger.property: next.text]
    }
  }

  /// Notes that `result` is the table's new state.
  func committed(_ result: CommitResult) throws {
    table = result.table
    ledger = try OffsetLedger(of: result.table.metadata)
    finished = []
    pendingRows = 0
    writer = nil
  }
}
