extension ManifestFile {
  /// The list row of a manifest of `entries`, written by the snapshot `snapshotID` with number `sequenceNumber`.
  init(
    path: String, length: Int, entries: [ManifestEntry], spec: PartitionSpec, schema: Schema, snapshotID: Int64,
    sequenceNumber: Int64
  ) throws {
    func total(_ status: ManifestEntry.Status) -> (files: Int64, rows: Int64) {
      let chosen = entries.filter { $0.status == status }
      return (Int64(chosen.count), chosen.reduce(0) { $0 + $1.file.recordCount })
    }
    let live = entries.filter { $0.status != .deleted }
    self.init(
      path: path, length: Int64(length), specID: spec.id, content: .data, sequenceNumber: sequenceNumber,
      minSequenceNumber: live.map { $0.sequenceNumber ?? sequenceNumber }.min() ?? sequenceNumber,
      addedSnapshotID: snapshotID, addedFiles: total(.added).files, existingFiles: total(.existing).files,
      deletedFiles: total(.deleted).files, addedRows: total(.added).rows, existingRows: total(.existing).rows,
      deletedRows: total(.deleted).rows,
      partitions: spec.fields.indices.map { index in Self.summary(entries.map { $0.file.partition[index] }) },
      keyMetadata: nil)
  }

  private static func summary(_ values: [Datum?]) -> FieldSummary {
    var summary = FieldSummary(containsNull: false, containsNaN: false)
    var lower: Datum?
    var upper: Datum?
    for value in values {
      guard let value else {
        summary.containsNull = true
        continue
      }
      if value.isNaN {
        summary.containsNaN = true
        continue
      }
      if lower.map({ value.precedes($0) }) ?? true { lower = value }
      if upper.map({ $0.precedes(value) }) ?? true { upper = value }
    }
    summary.lower = lower?.serialized
    summary.upper = upper?.serialized
    return summary
  }
}
