import Iceberg

/// Lists what is in a lake, for people.
public struct LakeTables {
  /// One table.
  public struct TableInfo: Hashable, Sendable {
    public var name: String
    public var rows: Int64
    public var dataFiles: Int64
    /// Bytes of the data files.
    public var bytes: Int64
    public var snapshots: Int
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var lastUpdatedMillis: Int64
    /// The table's folder, a URI.
    public var location: String
    /// The current metadata file, a URI: what readers without the catalog are to be given.
    public var metadataLocation: String
    public var partitioning: String
  }

  /// One snapshot of a table.
  public struct SnapshotInfo: Hashable, Sendable {
    public var id: Int64
    public var parentID: Int64?
    public var timestampMillis: Int64
    public var operation: String
    public var addedRows: Int64
    public var totalRows: Int64
    /// The source offsets the commit covered, as `trades.raw[0] 120..<480`, sorted.
    public var offsets: [String]
    public var isCurrent: Bool
  }

  private let store: LakeStore

  public init(_ store: LakeStore) { self.store = store }

  /// All tables, by name.
  ///
  /// - Parameter known: what an earlier call has returned; tables that stand where they stood are not read again.
  public func tables(known: [TableInfo] = []) throws -> [TableInfo] {
    let byLocation = Dictionary(known.map { ($0.metadataLocation, $0) }) { first, _ in first }
    do {
      return try store.catalog.tables(in: nil).map { table in
        if let same = byLocation[try store.catalog.metadataLocation(of: table)] { return same }
        return info(try store.catalog.load(table, files: store.files))
      }
    } catch { throw LakeError.wrapping(error) }
  }

  /// The snapshots of a table, newest first. Throws `LakeError.badInput` when there is no such table.
  public func snapshots(of name: String) throws -> [SnapshotInfo] {
    do {
      let metadata = try store.catalog.load(try TableIdentifier(name), files: store.files).metadata
      return try metadata.snapshots.reversed().map { snapshot in
        SnapshotInfo(
          id: snapshot.id, parentID: snapshot.parentID, timestampMillis: snapshot.timestampMillis,
          operation: snapshot.summary[SummaryKey.operation] ?? "", addedRows: Self.number(snapshot, SummaryKey.addedRecords),
          totalRows: Self.number(snapshot, SummaryKey.totalRecords), offsets: try Self.offsets(snapshot),
          isCurrent: snapshot.id == metadata.currentSnapshotID)
      }
    } catch { throw LakeError.wrapping(error) }
  }

  private static func offsets(_ snapshot: Snapshot) throws -> [String] {
    try OffsetLedger.ranges(of: snapshot).sorted { $0.key < $1.key }.flatMap { topic, partitions in
      partitions.sorted { $0.key < $1.key }.map { "\(topic)[\($0.key)] \($0.value.start)..<\($0.value.end)" }
    }
  }

  private static func number(_ snapshot: Snapshot, _ key: String) -> Int64 { snapshot.summary[key].flatMap { Int64($0) } ?? 0 }

  private func info(_ table: Table) -> TableInfo {
    let metadata = table.metadata
    func total(_ key: String) -> Int64 { metadata.currentSnapshot.map { Self.number($0, key) } ?? 0 }
    let parts = metadata.spec.fields.map { field in
      let column = metadata.schema.field(id: field.sourceID)?.name ?? "?"
      return field.transform == .identity ? column : "\(field.transform.name)(\(column))"
    }
    return TableInfo(
      name: table.identifier.description, rows: total(SummaryKey.totalRecords), dataFiles: total(SummaryKey.totalDataFiles),
      bytes: total(SummaryKey.totalFilesSize), snapshots: metadata.snapshots.count,
      lastUpdatedMillis: metadata.lastUpdatedMillis, location: metadata.location, metadataLocation: table.metadataLocation,
      partitioning: parts.joined(separator: ", "))
  }
}
