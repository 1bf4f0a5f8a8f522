import Iceberg

/// Which small files of a table become one. Pure.
struct CompactionPlan {
  /// Files of one partition that are written into one.
  struct Group: Hashable {
    var files: [DataFile]
    var bytes: Int64 { files.reduce(0) { $0 + $1.fileSize } }
  }

  private(set) var groups: [Group] = []

  /// - Parameters:
  ///   - files: the live files of the table.
  ///   - specID: the partition spec in use; files of earlier ones are left alone.
  ///   - targetBytes: files of three quarters of it or more are left alone, and no group is larger.
  ///   - minimumFiles: fewer are not worth it.
  init(_ files: [DataFile], specID: Int, targetBytes: Int64, minimumFiles: Int) {
    let small = files.filter { $0.specID == specID && $0.fileSize < targetBytes / 4 * 3 && $0.recordCount > 0 }
    for (_, files) in Dictionary(grouping: small, by: \.partition) {
      groups += Self.groups(files, targetBytes: targetBytes).filter { $0.files.count >= max(2, minimumFiles) }
    }
    groups.sort { ($0.files.first?.path ?? "") < ($1.files.first?.path ?? "") }
  }

  /// From the smallest up. A file much larger than those before it together begins a group of its own: written again each time a few
  /// rows have come, it would be rewritten without end.
  private static func groups(_ files: [DataFile], targetBytes: Int64) -> [Group] {
    var groups: [Group] = []
    var group = Group(files: [])
    var bytes: Int64 = 0
    for file in files.sorted(by: { ($0.fileSize, $0.path) < ($1.fileSize, $1.path) }) {
      let isTooMuch = bytes + file.fileSize > targetBytes
      let isMuchLarger = group.files.count > 1 && file.fileSize > bytes * 4
      if isTooMuch || isMuchLarger {
        groups.append(group)
        (group, bytes) = (Group(files: []), 0)
      }
      group.files.append(file)
      bytes += file.fileSize
    }
    return groups + [group]
  }
}
