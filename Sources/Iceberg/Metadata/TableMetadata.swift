import JSON

/// The whole state of a table as one metadata file holds it (specification, "Table Metadata", version 2).
public struct TableMetadata: Hashable, Sendable {
  /// The format this library writes.
  public static let formatVersion = 2
  /// The branch every reader follows.
  public static let mainBranch = "main"

  public var tableUUID: String
  /// The URI of the table's folder, without a slash at the end.
  public var location: String
  public var lastSequenceNumber: Int64
  /// Milliseconds since 1970-01-01T00:00:00Z.
  public var lastUpdatedMillis: Int64
  public var lastColumnID: Int
  public var schemas: [Schema]
  public var currentSchemaID: Int
  public var partitionSpecs: [PartitionSpec]
  public var defaultSpecID: Int
  public var lastPartitionID: Int
  public var sortOrders: [SortOrder]
  public var defaultSortOrderID: Int
  public var properties: [String: String]
  /// The snapshot of the main branch; nil while the table is empty.
  public var currentSnapshotID: Int64?
  public var snapshots: [Snapshot]
  public var references: [String: SnapshotReference]
  /// When which snapshot became current; time travel by time reads it.
  public var snapshotLog: [SnapshotLogEntry]
  /// The metadata files before this one.
  public var metadataLog: [MetadataLogEntry]
  /// Members of the file this library does not interpret.
  var extra: [JSONValue.Member] = []

  /// One change of the current snapshot.
  public struct SnapshotLogEntry: Hashable, Sendable {
    public var timestampMillis: Int64
    public var snapshotID: Int64
  }

  /// One earlier metadata file.
  public struct MetadataLogEntry: Hashable, Sendable {
    public var timestampMillis: Int64
    public var file: String
  }

  /// The metadata of a new, empty table. `location` is a URI; `now` is in milliseconds.
  public init(
    uuid: String, location: String, schema: Schema, spec: PartitionSpec, sortOrder: SortOrder = .unsorted,
    properties: [String: String] = [:], now: Int64
  ) throws {
    _ = try spec.resultTypes(schema)
    tableUUID = uuid
    self.location = location.hasSuffix("/") ? String(location.dropLast()) : location
    lastSequenceNumber = 0
    lastUpdatedMillis = now
    lastColumnID = schema.highestID
    schemas = [schema]
    currentSchemaID = schema.id
    partitionSpecs = [spec]
    defaultSpecID = spec.id
    lastPartitionID = spec.fields.map(\.fieldID).max() ?? 999
    sortOrders = sortOrder == .unsorted ? [.unsorted] : [.unsorted, sortOrder]
    defaultSortOrderID = sortOrder.id
    self.properties = properties
    snapshots = []
    references = [:]
    snapshotLog = []
    metadataLog = []
  }
}

extension TableMetadata {
  /// The columns new data files have.
  public var schema: Schema { schemas.first { $0.id == currentSchemaID } ?? Schema(id: currentSchemaID, fields: []) }

  /// The partitioning of new data files.
  public var spec: PartitionSpec { partitionSpecs.first { $0.id == defaultSpecID } ?? PartitionSpec(id: defaultSpecID) }

  /// The snapshot readers see; nil while the table is empty.
  public var currentSnapshot: Snapshot? { currentSnapshotID.flatMap(snapshot(id:)) }

  /// The snapshot with that id, if it has not been expired.
  public func snapshot(id: Int64) -> Snapshot? { snapshots.last { $0.id == id } }

  /// The current snapshot and all it was made from, newest first, as far as they have not been expired.
  public var ancestry: [Snapshot] {
    let byID = Dictionary(snapshots.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var result: [Snapshot] = []
    var next = currentSnapshotID
    while let id = next, let snapshot = byID[id], result.count < snapshots.count {
      result.append(snapshot)
      next = snapshot.parentID
    }
    return result
  }

  /// The snapshot that commit `commitID` made, searched in the whole ancestry: a later commit or compaction must not hide it.
  public func snapshot(commitID: String) -> Snapshot? {
    // The newest are the likeliest, and following parents by hand avoids indexing a long history for them.
    if let current = currentSnapshot, current.commitID == commitID { return current }
    guard snapshots.contains(where: { $0.commitID == commitID }) else { return nil }
    return ancestry.first { $0.commitID == commitID }
  }
}
