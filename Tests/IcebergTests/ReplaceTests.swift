import Testing

@testable import Iceberg

/// Commits that put files in the place of others.
@Suite struct `Replacements` {
  private func commit(_ id: String, _ files: [DataFile], replacing: [DataFile] = [], in table: TableIdentifier) -> TableCommit {
    var commit = TableCommit(table: table, commitID: id, files: files)
    commit.replacing = replacing
    return commit
  }

  private func filled(_ lake: Lakehouse) throws -> (TableIdentifier, Committer) {
    let table = try lake.makeTable("trades", properties: ["ledger": "7"])
    let committer = Committer(catalog: lake.catalog, files: lake.files)
    for name in ["a", "b", "c"] { _ = try committer.commit([commit(name, [file(name, rows: 2)], in: table)]) }
    return (table, committer)
  }

  @Test func `the new files are in, the old ones out, and earlier snapshots unchanged`() throws {
    let lake = try Lakehouse()
    let (table, committer) = try filled(lake)
    let before = try committer.load(table).metadata
    _ = try committer.commit([
      commit("ab", [file("ab", rows: 4)], replacing: [file("a", rows: 2), file("b", rows: 2)], in: table)
    ])
    let loaded = try lake.catalog.load(table, files: lake.files)
    #expect(try lake.paths(table) == paths("ab", "c"))
    let summary = try #require(loaded.metadata.currentSnapshot).summary
    #expect(summary["operation"] == "replace")
    #expect(summary["added-data-files"] == "1" && summary["deleted-data-files"] == "2" && summary["deleted-records"] == "4")
    #expect(summary["total-data-files"] == "2" && summary["total-records"] == "6" && summary["total-files-size"] == "20")
    #expect(loaded.metadata.properties["ledger"] == "7")
    for snapshot in before.snapshots {
      let old = try TableScan(Table(identifier: table, metadataLocation: "", metadata: before), snapshotID: snapshot.id)
      #expect(try TableScan(loaded, snapshotID: snapshot.id).files(lake.files) == old.files(lake.files))
    }
    _ = try committer.commit([commit("d", [file("d", rows: 1)], in: table)])
    #expect(try lake.paths(table) == paths("ab", "c", "d"))
    #expect(try committer.load(table).metadata.currentSnapshot?.summary["total-records"] == "7")
  }

  /// What other readers rely on: each entry of the snapshot's manifests with its status, snapshot and sequence number.
  @Test func `the manifests tell which snapshot took a file out, and when the others came in`() throws {
    let lake = try Lakehouse()
    let (table, committer) = try filled(lake)
    let ids = try committer.load(table).metadata.snapshots.map(\.id)
    _ = try committer.commit([
      commit("ab", [file("ab", rows: 4)], replacing: [file("a", rows: 2), file("b", rows: 2)], in: table)
    ])
    let metadata = try committer.load(table).metadata
    let snapshot = try #require(metadata.currentSnapshot)
    var lines: [String] = []
    for manifest in try ManifestCodec.readList(lake.files.read(snapshot.manifestList)) {
      for entry in try ManifestCodec.readManifest(
        lake.files.read(manifest.path), manifest, spec: metadata.spec, schema: metadata.schema)
      {
        let by = entry.snapshotID == snapshot.id ? "this" : "\(ids.firstIndex(of: entry.snapshotID ?? 0) ?? -1)"
        lines.append("\(entry.file.path.suffix(11)) \(entry.status) by \(by) at \(entry.sequenceNumber ?? -1)")
      }
    }
    #expect(
      lines.sorted()
        == [
          "a/a.parquet deleted by this at 1", "a/b.parquet deleted by this at 2", "a/c.parquet added by 2 at 3",
          "/ab.parquet added by this at 4",
        ].sorted())
  }

  @Test func `an append in between is kept`() throws {
    let lake = try Lakehouse()
    let (table, committer) = try filled(lake)
    let catalog = FaultyCatalog(
      lake.catalog,
      [
        .meanwhile { _ = try committer.commit([commit("d", [file("d")], in: table)]) }, .lostRequest,
        .meanwhile { _ = try committer.commit([commit("e", [file("e")], in: table)]) }, .lostAnswer,
      ])
    let other = Committer(catalog: catalog, files: lake.files)
    _ = try other.commit([commit("abc", [file("abc", rows: 6)], replacing: ["a", "b", "c"].map { file($0, rows: 2) }, in: table)])
    #expect(try lake.paths(table) == paths("abc", "d", "e"))
    #expect(try committer.load(table).metadata.currentSnapshot?.summary["total-records"] == "8")
  }

  @Test func `of two that replace one file the second is refused, and one that loses rows`() throws {
    let lake = try Lakehouse()
    let (table, committer) = try filled(lake)
    let catalog = FaultyCatalog(
      lake.catalog,
      [.meanwhile { _ = try committer.commit([commit("1", [file("b2", rows: 2)], replacing: [file("b", rows: 2)], in: table)]) }])
    let late = #expect(throws: IcebergError.self) {
      try Committer(catalog: catalog, files: lake.files).commit([
        commit("2", [file("ab", rows: 4)], replacing: [file("a", rows: 2), file("b", rows: 2)], in: table)
      ])
    }
    #expect(late?.code == .requirementFailed)
    let fewer = #expect(throws: IcebergError.self) {
      try committer.commit([commit("3", [file("x", rows: 1)], replacing: [file("a", rows: 2)], in: table)])
    }
    #expect(fewer?.code == .invalid)
    #expect(try lake.paths(table) == paths("a", "b2", "c"))
  }

  @Test func `manifests are merged around what was taken out`() throws {
    let lake = try Lakehouse()
    let table = try lake.makeTable("trades", properties: [TableProperty.mergeMinimumCount: "3"])
    let committer = Committer(catalog: lake.catalog, files: lake.files)
    var live: [String] = []
    for number in 0..<30 {
      let name = "f\(number)"
      if number % 5 == 4 {
        let gone = Array(live.prefix(3))
        _ = try committer.commit([commit(name, [file(name, rows: 3)], replacing: gone.map { file($0) }, in: table)])
        live.removeAll { gone.contains($0) }
      } else {
        _ = try committer.commit([commit(name, [file(name)], in: table)])
        live.append(name)
      }
      let merged = (0...number).filter { $0 % 5 == 4 }.map { "f\($0)" }
      #expect(try lake.paths(table) == (live + merged).map { "file:///data/\($0).parquet" }.sorted())
    }
    let snapshot = try #require(try committer.load(table).metadata.currentSnapshot)
    #expect(try ManifestCodec.readList(lake.files.read(snapshot.manifestList)).count <= 6)
  }
}
