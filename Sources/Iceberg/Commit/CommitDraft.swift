import JSON
import CrashPoints

/// One table's part of an attempt: everything written, only the pointer not yet moved.
struct PreparedStep {
  var base: Table
  var metadata: TableMetadata
  var location: String
  var snapshotID: Int64?
  var expired: [Snapshot] = []
  /// Files that only this attempt needs.
  var replaceable: [String]
  /// Earlier metadata files that the new one no longer names.
  var droppedMetadata: [String]
}

/// One table's commit across its attempts: the manifests of new files are written once and kept.
final class CommitDraft {
  let commit: TableCommit
  private let id = Identifiers.uuid()
  private var snapshotID: Int64?
  private var newManifests: [ManifestFile]?
  private var manifestNumber = 0

  init(commit: TableCommit) { self.commit = commit }

  /// Replays the commit on `base` and writes what the next state needs.
  func prepare(_ base: Table, attempt: Int, files: any FileStore) throws -> PreparedStep {
    guard commit.replacing.isEmpty || Self.rows(commit.files) == Self.rows(commit.replacing) else {
      throw IcebergError(.invalid, "files that replace others must hold as many rows.")
    }
    var metadata = base.metadata
    let changes = try commit.amend(metadata)
    try metadata.addColumns(commit.newColumns)
    for (key, value) in changes { metadata.properties[key] = value }
    let now = SnapshotBuilder.timestamp(after: metadata, now: Identifiers.nowMillis())
    let dropped = metadata.follow(base.metadataLocation, writtenAt: base.metadata.lastUpdatedMillis)
    metadata.lastUpdatedMillis = now
    let location = MetadataNames.metadata(
      in: metadata.location, version: MetadataNames.version(of: base.metadataLocation) + 1)
    var step = PreparedStep(
      base: base, metadata: metadata, location: location, snapshotID: nil, replaceable: [], droppedMetadata: dropped)
    if commit.makesSnapshot { try addSnapshot(&step, now: now, attempt: attempt, files: files) }
    if let expiry = commit.expiry { step.expired = step.metadata.expire(expiry) }
    CrashPoint.hit("iceberg.metadata")
    try files.create(location, step.metadata.json.utf8)
    CrashPoint.hit("iceberg.metadata", .after)
    step.replaceable.append(location)
    return step
  }

  private static func rows(_ files: [DataFile]) -> Int64 { files.reduce(0) { $0 + $1.recordCount } }

  private func addSnapshot(_ step: inout PreparedStep, now: Int64, attempt: Int, files: any FileStore) throws {
    let metadata = step.metadata
    let id = snapshotID ?? Identifiers.snapshotID(metadata.snapshots)
    snapshotID = id
    let parent = metadata.currentSnapshot
    let snapshot = Snapshot(
      id: id, parentID: parent?.id, sequenceNumber: metadata.lastSequenceNumber + 1, timestampMillis: now,
      manifestList: MetadataNames.list(in: metadata.location, snapshotID: id, attempt: attempt, commit: self.id),
      summary: SnapshotBuilder.summary(
        appending: commit.files, replacing: commit.replacing, after: parent, commitID: commit.commitID, extra: commit.summary),
      schemaID: metadata.currentSchemaID)
    let manifests = try manifests(of: snapshot, after: parent, &step, files)
    CrashPoint.hit("iceberg.list")
    try files.create(
      snapshot.manifestList, try ManifestCodec.list(manifests, snapshot: snapshot, sync: Identifiers.randomBytes()))
    CrashPoint.hit("iceberg.list", .after)
    step.replaceable.append(snapshot.manifestList)
    step.metadata.append(snapshot)
    step.snapshotID = id
  }

  /// The rows of the next manifest list: the new files' manifests, then those of `parent`, merged where there are many.
  private func manifests(
    of snapshot: Snapshot, after parent: Snapshot?, _ step: inout PreparedStep, _ files: any FileStore
  ) throws -> [ManifestFile] {
    let added = try newManifests ?? writeNewManifests(snapshot, step.metadata, files)
    newManifests = added
    let earlier = try parent.map { try ManifestCodec.readList(try files.read($0.manifestList)) } ?? []
    // The number of the snapshot is known only now; entries inherit it from here.
    let numbered = added.map { manifest in
      var manifest = manifest
      manifest.sequenceNumber = snapshot.sequenceNumber
      manifest.minSequenceNumber = snapshot.sequenceNumber
      return manifest
    }
    let kept = earlier.filter { $0.content == .data && $0.addedFiles + $0.existingFiles > 0 }
    let data = try numbered + withoutReplaced(kept, snapshot, &step, files)
    let deletes = earlier.filter { $0.content == .deletes }
    var result: [ManifestFile] = []
    for group in ManifestMerge.groups(data, .init(properties: step.metadata.properties)) {
      result += group.count < 2 ? group : [try merge(group, snapshot, &step, files)]
    }
    return result + deletes
  }

  /// The manifests without the files that the commit replaces: those that name one are written anew, and tell that it was deleted.
  private func withoutReplaced(
    _ manifests: [ManifestFile], _ snapshot: Snapshot, _ step: inout PreparedStep, _ files: any FileStore
  ) throws -> [ManifestFile] {
    let replaced = Set(commit.replacing.map(\.path))
    guard !replaced.isEmpty else { return manifests }
    var found: Set<String> = []
    let result = try manifests.map { manifest in
      let entries = try read(manifest, step.metadata, files)
      let hits = entries.filter { $0.status != .deleted && replaced.contains($0.file.path) }.map(\.file.path)
      guard !hits.isEmpty else { return manifest }
      found.formUnion(hits)
      let rewritten = try write(
        ManifestMerge.entries(entries, deleting: replaced, snapshotID: snapshot.id), specID: manifest.specID, snapshot,
        step.metadata, files)
      step.replaceable.append(rewritten.path)
      return rewritten
    }
    guard found == replaced else {
      throw IcebergError(
        .requirementFailed, "\(replaced.count - found.count) files to be replaced are no longer in \(commit.table); plan again.")
    }
    return result
  }

  private func read(_ manifest: ManifestFile, _ metadata: TableMetadata, _ files: any FileStore) throws -> [ManifestEntry] {
    guard let spec = metadata.partitionSpecs.first(where: { $0.id == manifest.specID }) else {
      throw IcebergError(.invalid, "a manifest names a partition spec the table does not have.")
    }
    return try ManifestCodec.readManifest(try files.read(manifest.path), manifest, spec: spec, schema: metadata.schema)
  }

  private func writeNewManifests(
    _ snapshot: Snapshot, _ metadata: TableMetadata, _ files: any FileStore
  ) throws -> [ManifestFile] {
    try Set(commit.files.map(\.specID)).sorted().map { specID in
      let entries = commit.files.filter { $0.specID == specID }.map {
        ManifestEntry(status: .added, snapshotID: snapshot.id, file: $0)
      }
      return try write(entries, specID: specID, snapshot, metadata, files)
    }
  }

  private func merge(
    _ group: [ManifestFile], _ snapshot: Snapshot, _ step: inout PreparedStep, _ files: any FileStore
  ) throws -> ManifestFile {
    let entries = try group.flatMap { manifest in
      ManifestMerge.entries(try read(manifest, step.metadata, files), snapshotID: snapshot.id)
    }
    let merged = try write(entries, specID: group[0].specID, snapshot, step.metadata, files)
    step.replaceable.append(merged.path)
    return merged
  }

  private func write(
    _ entries: [ManifestEntry], specID: Int, _ snapshot: Snapshot, _ metadata: TableMetadata, _ files: any FileStore
  ) throws -> ManifestFile {
    guard let spec = metadata.partitionSpecs.first(where: { $0.id == specID }) else {
      throw IcebergError(.requirementFailed, "the table no longer has the partition spec \(specID) the files were written for.")
    }
    let bytes = try ManifestCodec.manifest(
      entries, spec: spec, schema: metadata.schema, sync: Identifiers.randomBytes())
    let path = MetadataNames.manifest(in: metadata.location, commit: id, number: manifestNumber)
    manifestNumber += 1
    CrashPoint.hit("iceberg.manifest")
    try files.create(path, bytes)
    CrashPoint.hit("iceberg.manifest", .after)
    return try ManifestFile(
      path: path, length: bytes.count, entries: entries, spec: spec, schema: metadata.schema, snapshotID: snapshot.id,
      sequenceNumber: snapshot.sequenceNumber)
  }
}
