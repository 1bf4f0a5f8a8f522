/// What one commit does to one table, as a recipe: it is replayed on fresh metadata at every attempt.
public struct TableCommit {
  public var table: TableIdentifier
  /// Unique per commit, and the same when it is tried again: by it a commit of unknown outcome is found in the table's history.
  public var commitID: String
  /// New data files, already durable. With none and an empty summary, no snapshot is made.
  public var files: [DataFile]
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

/// What became of one table's part of a commit.
public struct CommitResult: Sendable {
  /// The table afterwards.
  public var table: Table
  /// The snapshot made; nil when only properties or columns changed.
  public var snapshotID: Int64?
  /// Whether an earlier attempt, whose outcome was not known, turned out to have succeeded.
  public var foundCommitted: Bool
}
