import CrashPoints

/// The files that snapshots of a table need.
public struct ReachableFiles: Sendable {
  /// Manifest lists and manifests, URIs.
  public private(set) var metadata: Set<String> = []
  /// Data files, URIs.
  public private(set) var data: Set<String> = []

  /// Reads every manifest of the snapshots once.
  ///
  /// - Parameter includingDeleted: also the data files that a snapshot took out of the table.
  public init(_ snapshots: [Snapshot], of table: TableMetadata, includingDeleted: Bool = false, files: any FileStore) throws {
    for snapshot in snapshots {
      metadata.insert(snapshot.manifestList)
      for manifest in try ManifestCodec.readList(try files.read(snapshot.manifestList)) {
        guard metadata.insert(manifest.path).inserted else { continue }
        guard let spec = table.partitionSpecs.first(where: { $0.id == manifest.specID }) else {
          throw IcebergError(.invalid, "\(manifest.path) names a partition spec the table does not have.")
        }
        let entries = try ManifestCodec.readManifest(try files.read(manifest.path), manifest, spec: spec, schema: table.schema)
        for entry in entries where includingDeleted || entry.status != .deleted { data.insert(entry.file.path) }
      }
    }
  }
}

extension Table {
  /// Removes the files that only the forgotten snapshots `expired` needed, and returns how many there were.
  ///
  /// The table is the one after they were forgotten. A reader that still follows one of them finds its files gone. What a removal that
  /// is cut short leaves behind is found by `removeOrphans`.
  public func removeFiles(of expired: [Snapshot], from store: any FileStore) throws -> Int {
    guard !expired.isEmpty else { return 0 }
    let needed = try ReachableFiles(metadata.snapshots, of: metadata, files: store)
    let known = try ReachableFiles(expired, of: metadata, includingDeleted: true, files: store)
    let doomed = known.data.subtracting(needed.data).union(known.metadata.subtracting(needed.metadata))
    for file in doomed.sorted() { try store.remove(file) }
    return doomed.count
  }

  /// Removes those of the listed files that nothing refers to and that were last written before a time, and returns them.
  ///
  /// A commit that is under way has written files that nothing refers to yet: they must be younger.
  ///
  /// - Parameters:
  ///   - listed: the files in the table's folder, listed before the table was loaded.
  ///   - limit: milliseconds since 1970-01-01T00:00:00Z.
  /// - Throws: `IcebergError.unsupported` when the table refers to files outside of its folder: then no name there can be trusted.
  public func removeOrphans(among listed: [StoredFile], writtenBefore limit: Int64, from store: any FileStore) throws -> [String]
  {
    let old = listed.filter { $0.modifiedMillis < limit }
    guard !old.isEmpty else { return [] }
    let reachable = try ReachableFiles(metadata.snapshots, of: metadata, files: store)
    let needed = try reachable.metadata.union(reachable.data).union(metadata.metadataLog.map(\.file)).union([metadataLocation])
      .map { try LocalFileStore.path($0) }
    let folder = try LocalFileStore.path(metadata.location) + "/"
    guard needed.allSatisfy({ $0.hasPrefix(folder) }) else {
      throw IcebergError(
        .unsupported, "\(identifier) has files outside of \(folder), so it cannot be told what is left over there.")
    }
    let known = Set(needed)
    let orphans = try old.map(\.uri).filter { try !known.contains(LocalFileStore.path($0)) }.sorted()
    for orphan in orphans { try store.remove(orphan) }
    return orphans
  }
}

extension FileStore {
  fileprivate func remove(_ uri: String) throws {
    CrashPoint.hit("iceberg.remove")
    try delete(uri)
    CrashPoint.hit("iceberg.remove", .after)
  }
}
