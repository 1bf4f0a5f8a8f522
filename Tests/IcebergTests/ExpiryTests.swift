import Foundation
import JSON
import Testing

@testable import Iceberg

/// Snapshots that are forgotten, and files that nobody needs any more.
@Suite struct `Expiry` {
  private func chain(_ times: [Int64]) throws -> TableMetadata {
    var metadata = try MetadataTests.empty()
    for (index, time) in times.enumerated() {
      let id = Int64(index + 1)
      metadata.append(
        Snapshot(
          id: id, parentID: index == 0 ? nil : id - 1, sequenceNumber: id, timestampMillis: time,
          manifestList: "file:///w/\(id).avro", summary: ["operation": "append"], schemaID: 0))
    }
    return metadata
  }

  @Test func `age and number decide, whichever keeps more, and the current one stays`() throws {
    for (limit, keep, left) in [
      (0, 1, [1, 2, 3, 4, 5]), (30, 1, [3, 4, 5]), (30, 4, [2, 3, 4, 5]), (1000, 1, [5]), (1000, 2, [4, 5]), (1000, 0, [5]),
    ] as [(Int64, Int, [Int64])] {
      var metadata = try chain([10, 20, 30, 40, 50])
      let gone = metadata.expire(SnapshotExpiry(olderThanMillis: limit, keepLast: keep))
      #expect(metadata.snapshots.map(\.id) == left, "\(limit), \(keep)")
      #expect(gone.map(\.id) == (1...5).filter { !left.contains($0) })
      #expect(metadata.snapshotLog.map(\.snapshotID) == left)
      #expect(metadata.currentSnapshotID == 5 && metadata.references["main"]?.snapshotID == 5)
      #expect(try TableMetadata(parsing: metadata.json.utf8) == metadata)
    }
  }

  @Test func `what a tag or another branch names stays`() throws {
    var metadata = try chain([10, 20, 30, 40, 50])
    metadata.references["audit"] = SnapshotReference(snapshotID: 2, isTag: true)
    _ = metadata.expire(SnapshotExpiry(olderThanMillis: 1000, keepLast: 1))
    #expect(metadata.snapshots.map(\.id) == [2, 5])
    // The log would be taken for complete, and 3 and 4 are missing from it.
    #expect(metadata.snapshotLog.map(\.snapshotID) == [5])
    var branched = try chain([10, 20, 30, 40, 50])
    branched.references["try"] = SnapshotReference(snapshotID: 3)
    _ = branched.expire(SnapshotExpiry(olderThanMillis: 1000, keepLast: 1))
    #expect(branched.snapshots.map(\.id) == [1, 2, 3, 5])
  }

  @Test func `a time that went back does not cut the chain`() throws {
    var metadata = try chain([10, 90, 30, 95, 99])
    _ = metadata.expire(SnapshotExpiry(olderThanMillis: 50, keepLast: 1))
    // 30 is too old, and with it what came before on the branch; 2 is young and stays for whoever reads it.
    #expect(metadata.snapshots.map(\.id) == [2, 4, 5])
  }

  @Test func `only files that no snapshot left needs are removed, and orphans when they are old`() throws {
    let lake = try Lakehouse()
    let table = try lake.makeTable(
      "t", properties: [TableProperty.deleteAfterCommit: "true", TableProperty.previousVersionsMax: "1"])
    let committer = Committer(catalog: lake.catalog, files: lake.files)
    func real(_ name: String) throws -> DataFile {
      var file = file(name)
      file.path = "\(try committer.load(table).metadata.location)/data/\(name).parquet"
      try lake.files.create(file.path, [1, 2, 3])
      return file
    }
    for name in ["a", "b", "c"] { _ = try committer.commit([TableCommit(table: table, commitID: name, files: [real(name)])]) }
    var merge = TableCommit(table: table, commitID: "ab", files: [try real("ab")])
    merge.files[0].recordCount = 2
    merge.replacing = try TableScan(committer.load(table)).files(lake.files).filter { !$0.path.hasSuffix("/c.parquet") }
    _ = try committer.commit([merge])
    var expiry = TableCommit(table: table, commitID: "expiry")
    expiry.expiry = SnapshotExpiry(olderThanMillis: .max, keepLast: 1)
    let result = try committer.commit([expiry])[0]
    #expect(result.expired.count == 3 && result.table.metadata.snapshots.count == 1)
    _ = try real("orphan")
    // a and b, three lists; of the manifests, those of a and b are named by no list any more.
    #expect(try result.table.removeFiles(of: result.expired, from: lake.files) == 7)
    func data() throws -> [String] { try lake.names(table).filter { $0.hasSuffix(".parquet") }.sorted() }
    #expect(try data() == ["data/ab.parquet", "data/c.parquet", "data/orphan.parquet"])
    let listed = try lake.files.list(result.table.metadata.location)
    #expect(Set(listed.map { String($0.uri.dropFirst(result.table.metadata.location.count + 1)) }) == Set(try lake.names(table)))
    #expect(try result.table.removeOrphans(among: listed, writtenBefore: 1000, from: lake.files).isEmpty)
    let removed = try result.table.removeOrphans(among: listed, writtenBefore: .max, from: lake.files)
    #expect(removed.map { $0.split(separator: "/").last } == ["orphan.parquet"])
    #expect(try data() == ["data/ab.parquet", "data/c.parquet"])
    for file in try TableScan(lake.catalog.load(table, files: lake.files)).files(lake.files) {
      _ = try lake.files.read(file.path)
    }
  }

  @Test func `a table with files elsewhere is not swept`() throws {
    let lake = try Lakehouse()
    let table = try lake.makeTable("t")
    let committer = Committer(catalog: lake.catalog, files: lake.files)
    let loaded = try committer.commit([TableCommit(table: table, commitID: "1", files: [file("elsewhere")])])[0].table
    let error = #expect(throws: IcebergError.self) {
      try loaded.removeOrphans(
        among: lake.files.list(loaded.metadata.location), writtenBefore: .max, from: lake.files)
    }
    #expect(error?.code == .unsupported)
    #expect(try lake.files.list("file://\(lake.folder)/nowhere").isEmpty)
  }

  /// The writer has read which snapshot is the newest; before it looks into its list, that snapshot is replaced and forgotten.
  @Test func `a writer whose base is forgotten meanwhile begins again`() throws {
    let lake = try Lakehouse()
    let table = try lake.makeTable("t")
    let committer = Committer(catalog: lake.catalog, files: lake.files)
    _ = try committer.commit([TableCommit(table: table, commitID: "a", files: [file("a")])])
    var once = true
    let writer = Committer(catalog: lake.catalog, files: lake.files)
    let commit = TableCommit(table: table, commitID: "c", files: [file("c")]) { _ in
      guard once else { return [:] }
      once = false
      _ = try committer.commit([TableCommit(table: table, commitID: "b", files: [file("b")])])
      var expiry = TableCommit(table: table, commitID: "expiry")
      expiry.expiry = SnapshotExpiry(olderThanMillis: .max, keepLast: 1)
      let result = try committer.commit([expiry])[0]
      _ = try result.table.removeFiles(of: result.expired, from: lake.files)
      return [:]
    }
    _ = try writer.commit([commit])
    #expect(!once)
    #expect(try lake.paths(table) == paths("a", "b", "c"))
  }
}
