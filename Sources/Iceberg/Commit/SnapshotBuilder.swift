/// The pure part of a commit: the next snapshot's summary and metadata, from the current one's.
enum SnapshotBuilder {
  /// The summary of a commit of `files` in place of `replaced` ones after `parent`: what was added and removed, the totals, and the
  /// committer's own entries.
  static func summary(
    appending files: [DataFile], replacing replaced: [DataFile] = [], after parent: Snapshot?, commitID: String,
    extra: [String: String]
  ) -> [String: String] {
    let records = files.reduce(0) { $0 + $1.recordCount }
    let bytes = files.reduce(0) { $0 + $1.fileSize }
    let (lostRecords, lostBytes) = (replaced.reduce(0) { $0 + $1.recordCount }, replaced.reduce(0) { $0 + $1.fileSize })
    var summary = extra
    summary[SummaryKey.operation] = replaced.isEmpty ? "append" : "replace"
    summary[SummaryKey.commitID] = commitID
    if !files.isEmpty {
      summary[SummaryKey.addedDataFiles] = String(files.count)
      summary[SummaryKey.addedRecords] = String(records)
      summary[SummaryKey.addedFilesSize] = String(bytes)
      summary[SummaryKey.changedPartitions] = String(Set((files + replaced).map(\.partition)).count)
    }
    if !replaced.isEmpty {
      summary[SummaryKey.deletedDataFiles] = String(replaced.count)
      summary[SummaryKey.deletedRecords] = String(lostRecords)
      summary[SummaryKey.removedFilesSize] = String(lostBytes)
    }
    let added = [
      SummaryKey.totalDataFiles: Int64(files.count - replaced.count), SummaryKey.totalRecords: records - lostRecords,
      SummaryKey.totalFilesSize: bytes - lostBytes,
    ]
    for key in SummaryKey.totals {
      // A total another writer left out cannot be continued; a wrong one would be worse than none.
      let before = parent == nil ? 0 : parent?.summary[key].flatMap { Int64($0) }
      if let before { summary[key] = String(before + (added[key] ?? 0)) }
    }
    return summary
  }

  /// A time for the next snapshot: now, but never before what the table has already seen, as readers require.
  static func timestamp(after metadata: TableMetadata, now: Int64) -> Int64 {
    max(now, metadata.lastUpdatedMillis, metadata.snapshotLog.last?.timestampMillis ?? 0)
  }
}
