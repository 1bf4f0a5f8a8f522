/// Properties of tables this library reads.
public enum TableProperty {
  /// How many earlier metadata files the log names.
  public static let previousVersionsMax = "write.metadata.previous-versions-max"
  /// Whether metadata files that leave the log are deleted.
  public static let deleteAfterCommit = "write.metadata.delete-after-commit.enabled"
  /// Whether small manifests are merged.
  public static let mergeEnabled = "commit.manifest-merge.enabled"
  /// How many manifests start a merge.
  public static let mergeMinimumCount = "commit.manifest.min-count-to-merge"
  /// Up to how many bytes manifests are merged.
  public static let mergeTargetBytes = "commit.manifest.target-size-bytes"
}

extension TableMetadata {
  /// Makes `snapshot` the current one.
  mutating func append(_ snapshot: Snapshot) {
    snapshots.append(snapshot)
    currentSnapshotID = snapshot.id
    lastSequenceNumber = snapshot.sequenceNumber
    references[Self.mainBranch] = SnapshotReference(snapshotID: snapshot.id)
    snapshotLog.append(.init(timestampMillis: snapshot.timestampMillis, snapshotID: snapshot.id))
  }

  /// Notes that this metadata follows the file `previous`, and returns the files that leave the log for good.
  mutating func follow(_ previous: String, writtenAt millis: Int64) -> [String] {
    metadataLog.append(.init(timestampMillis: millis, file: previous))
    let limit = max(1, properties[TableProperty.previousVersionsMax].flatMap { Int($0) } ?? 100)
    let surplus = max(0, metadataLog.count - limit)
    let dropped = metadataLog.prefix(surplus).map(\.file)
    metadataLog.removeFirst(surplus)
    return dropped
  }

  /// Adds optional columns at the end, under new ids, as a new current schema. Columns already there by name and type are left
  /// alone.
  ///
  /// Throws `IcebergError.invalid` when a column of that name has another type.
  public mutating func addColumns(_ columns: [(name: String, type: IcebergType)]) throws {
    var next = schema
    for column in columns {
      if let existing = next.field(named: column.name) {
        guard existing.type == column.type else {
          throw IcebergError(.invalid, "the column \(column.name) has another type in the table; choose another name.")
        }
        continue
      }
      lastColumnID += 1
      next.fields.append(Field(id: lastColumnID, name: column.name, required: false, type: column.type))
    }
    guard next.fields.count > schema.fields.count else { return }
    next.id = (schemas.map(\.id).max() ?? -1) + 1
    schemas.append(next)
    currentSchemaID = next.id
  }
}
