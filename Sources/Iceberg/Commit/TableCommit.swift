/// What one commit does to one table, as a recipe: it is replayed on fresh metadata at every attempt.
public struct TableCommit {
  public var table: TableIdentifier
  /// Unique per commit, and the same when it is tried again: by it a commit of unknown outcome is found in the table's history.
  public var commitID: String
  /// New data files, already durable. With none and an empty summary, no snapshot is made.
  public var files: [DataFile]
  /// Data files of the current snapshot that `files` take the place of, row by row: the same rows in other files. Where one of them
  /// is no longer there, the commit ends with `IcebergError.requirementFailed`.
  public var replacing: [DataFile] = []
  /// Which earlier snapshots are forgotten.
  public var expiry: SnapshotExpiry?
  /// Added to the snapshot's summary.
  public var summary: [String: String]
  /// Optional columns to add.
  public var newColumns: [(name: String, type: IcebergType)]
  /// Checks what the commit relies on, on the metadata it is about to follow, and returns the properties to set (nil: remove).
  ///
  /// Throwing ends the commit: `IcebergError.requirementFailed` where the table is not as expected.
  public var amend: (TableMetadata) throws -> [String: String?]

  public init(
    table: TableIdentifier, commitID: String, files: [DataFile] = [], summary: [String: String] = [:],
    newColumns: [(name: String, type: IcebergType)] = [],
    amend: @escaping (TableMetadata) throws -> [String: String?] = { _ in [:] }
  ) {
    self.table = table
    self.commitID = commitID
    self.files = files
    self.summary = summary
    self.newColumns = newColumns
    self.amend = amend
  }

  var makesSnapshot: Bool { !files.isEmpty || !summary.isEmpty }
}

/// Which snapshots of a table need not be kept.
public struct SnapshotExpiry: Hashable, Sendable {
  /// Snapshots made before this are forgotten; milliseconds since 1970-01-01T00:00:00Z.
  public var olderThanMillis: Int64
  /// So many of the newest, the current one included, stay whatever their age.
  public var keepLast: Int

  public init(olderThanMillis: Int64, keepLast: Int) {
    self.olderThanMillis = olderThanMillis
    self.keepLast = max(1, keepLast)
  }
}

/// What became of one table's part of a commit.
public struct CommitResult: Sendable {
  /// The table afterwards.
  public var table: Table
  /// The snapshot made; nil when only properties or columns changed.
  public var snapshotID: Int64?
  /// The snapshots that were forgotten. Their files are still there.
  public var expired: [Snapshot] = []
  /// Whether an earlier attempt, whose outcome was not known, turned out to have succeeded.
  public var foundCommitted: Bool

  public init(table: Table, snapshotID: Int64? = nil, expired: [Snapshot] = [], foundCommitted: Bool) {
    self.table = table
    self.snapshotID = snapshotID
    self.expired = expired
    self.foundCommitted = foundCommitted
  }
}
