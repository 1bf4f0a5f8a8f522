/// The data files of one snapshot.
public struct TableScan: Sendable {
  public let table: Table
  /// The snapshot read; nil for a table without any.
  public let snapshot: Snapshot?

  /// A scan of the current snapshot, or of an earlier one. Throws `IcebergError.notFound` when that one is not there any more.
  public init(_ table: Table, snapshotID: Int64? = nil) throws {
    self.table = table
    guard let snapshotID else {
      snapshot = table.metadata.currentSnapshot
      return
    }
    guard let snapshot = table.metadata.snapshot(id: snapshotID) else {
      throw IcebergError(.notFound, "the table \(table.identifier) has no snapshot \(snapshotID); it may have been expired.")
    }
    self.snapshot = snapshot
  }

  /// The columns as the snapshot's time knew them.
  public var schema: Schema {
    let metadata = table.metadata
    return metadata.schemas.first { $0.id == snapshot?.schemaID } ?? metadata.schema
  }

  /// The live data files. Throws `IcebergError.unsupported` when the snapshot has delete files, which this scan does not apply.
  public func files(_ store: any FileStore) throws -> [DataFile] {
    var known: [String: [DataFile]] = [:]
    return try files(store, known: &known) { $0 }
  }

  /// The live data files as `make` sees them. A manifest never changes: those in `known`, by path, are not read again, and
  /// `known` is what the snapshot has afterwards.
  public func files<File>(
    _ store: any FileStore, known: inout [String: [File]], _ make: (DataFile) throws -> File
  ) throws -> [File] {
    guard let snapshot else {
      known = [:]
      return []
    }
    let manifests = try ManifestCodec.readList(try store.read(snapshot.manifestList))
    guard !manifests.contains(where: { $0.content == .deletes && $0.addedFiles + $0.existingFiles > 0 }) else {
      throw IcebergError(
        .unsupported, "the table \(table.identifier) has delete files; compact it with the writer that made them.")
    }
    var current: [String: [File]] = [:]
    for manifest in manifests where manifest.content == .data {
      if let files = known[manifest.path] {
        current[manifest.path] = files
        continue
      }
      guard let spec = table.metadata.partitionSpecs.first(where: { $0.id == manifest.specID }) else {
        throw IcebergError(.invalid, "\(manifest.path) names a partition spec the table does not have.")
      }
      let entries = try ManifestCodec.readManifest(
        try store.read(manifest.path), manifest, spec: spec, schema: table.metadata.schema)
      current[manifest.path] = try entries.filter { $0.status != .deleted }.map { try make($0.file) }
    }
    known = current
    return manifests.flatMap { current[$0.path] ?? [] }
  }
}

extension DataFile {
  /// The bounds of a column in this file; nil for a side that is not known.
  public func bounds(of field: Field) -> (lower: Datum?, upper: Datum?) {
    (
      lowerBounds[field.id].flatMap { Datum(serialized: $0, type: field.type) },
      upperBounds[field.id].flatMap { Datum(serialized: $0, type: field.type) }
    )
  }
}
