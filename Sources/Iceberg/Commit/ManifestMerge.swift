/// Which manifests to merge, so that a table of many small commits stays quick to plan.
enum ManifestMerge {
  struct Limits {
    var minimumCount = 100
    var targetBytes: Int64 = 8 << 20

    init() {}

    init(properties: [String: String]) {
      if let count = properties[TableProperty.mergeMinimumCount].flatMap({ Int($0) }) { minimumCount = max(2, count) }
      if let bytes = properties[TableProperty.mergeTargetBytes].flatMap({ Int64($0) }) { targetBytes = max(1, bytes) }
      if properties[TableProperty.mergeEnabled] == "false" { minimumCount = Int.max }
    }
  }

  /// Groups data manifests (newest first) into runs of one spec and at most the target size; each run of several is to become
  /// one.
  ///
  /// The run with the newest manifest is left alone until it has the minimum count, so that most commits write one small
  /// manifest.
  static func groups(_ manifests: [ManifestFile], _ limits: Limits) -> [[ManifestFile]] {
    var groups: [[ManifestFile]] = []
    for specID in Set(manifests.map(\.specID)).sorted() {
      var run: [ManifestFile] = []
      var runs: [[ManifestFile]] = []
      var bytes: Int64 = 0
      for manifest in manifests where manifest.specID == specID {
        if !run.isEmpty, bytes + manifest.length > limits.targetBytes {
          runs.append(run)
          run = []
          bytes = 0
        }
        run.append(manifest)
        bytes += manifest.length
      }
      runs.append(run)
      for (index, run) in runs.enumerated() {
        let waits = index == 0 && run.count < limits.minimumCount
        groups += waits || limits.minimumCount == Int.max ? run.map { [$0] } : [run]
      }
    }
    return groups
  }

  /// The entries of a manifest out of which `snapshotID` takes some files: those become DELETED, the others EXISTING.
  static func entries(_ entries: [ManifestEntry], deleting paths: Set<String>, snapshotID: Int64) -> [ManifestEntry] {
    Self.entries(entries, snapshotID: snapshotID).map { entry in
      guard paths.contains(entry.file.path) else { return entry }
      var entry = entry
      (entry.status, entry.snapshotID) = (.deleted, snapshotID)
      return entry
    }
  }

  /// The entries of a merged manifest: files other snapshots added become EXISTING with the numbers they inherited,
  /// what `snapshotID` adds stays ADDED, what earlier snapshots deleted is forgotten.
  static func entries(_ entries: [ManifestEntry], snapshotID: Int64) -> [ManifestEntry] {
    entries.compactMap { entry in
      var entry = entry
      if entry.snapshotID == snapshotID {
        if entry.status == .added {
          entry.sequenceNumber = nil
          entry.fileSequenceNumber = nil
        }
        return entry
      }
      guard entry.status != .deleted else { return nil }
      entry.status = .existing
      return entry
    }
  }
}
