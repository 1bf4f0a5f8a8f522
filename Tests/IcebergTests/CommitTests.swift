import Testing

@testable import Iceberg

@Suite struct `Commits` {
  private func patient() -> Committer.Options {
    var options = Committer.Options()
    options.attempts = 5
    options.longestWaitMillis = 1
    return options
  }

  @Test func `an append becomes the current snapshot with its totals`() throws {
    let lake = try Lakehouse()
    let table = try lake.makeTable("trades")
    let committer = Committer(catalog: lake.catalog, files: lake.files)
    let first = try committer.commit([TableCommit(table: table, commitID: "1", files: [file("a", rows: 3)], summary: ["x": "y"])])
    _ = try committer.commit([TableCommit(table: table, commitID: "2", files: [file("b", rows: 4)])])
    let metadata = try lake.catalog.load(table, files: lake.files).metadata
    #expect(try lake.paths(table) == paths("a", "b"))
    #expect(metadata.currentSnapshot?.summary["total-records"] == "7")
    #expect(metadata.currentSnapshot?.sequenceNumber == 2)
    #expect(metadata.currentSnapshot?.parentID == first[0].snapshotID)
    #expect(metadata.snapshots[0].summary["x"] == "y")
    #expect(metadata.snapshotLog.count == 2 && metadata.metadataLog.count == 2)
    #expect(metadata.references["main"]?.snapshotID == metadata.currentSnapshotID)
    let earlier = try TableScan(try lake.catalog.load(table, files: lake.files), snapshotID: first[0].snapshotID)
    #expect(try earlier.files(lake.files).map(\.path) == paths("a"))
  }

  @Test func `two writers that meet both get their files in`() throws {
    let lake = try Lakehouse()
    let table = try lake.makeTable("trades")
    let other = Committer(catalog: try lake.otherCatalog(), files: lake.files)
    let catalog = FaultyCatalog(
      lake.catalog,
      [
        .meanwhile { _ = try other.commit([TableCommit(table: table, commitID: "o1", files: [file("b")])]) },
        .meanwhile { _ = try other.commit([TableCommit(table: table, commitID: "o2", files: [file("c")])]) },
      ])
    let committer = Committer(catalog: catalog, files: lake.files, options: patient())
    _ = try committer.commit([TableCommit(table: table, commitID: "1", files: [file("a")])])
    #expect(catalog.swaps == 3)
    #expect(try lake.paths(table) == paths("a", "b", "c"))
    let metadata = try lake.catalog.load(table, files: lake.files).metadata
    #expect(metadata.snapshots.map(\.sequenceNumber) == [1, 2, 3])
    #expect(metadata.currentSnapshot?.summary["total-data-files"] == "3")
    // What the two lost attempts wrote for themselves is gone, what they share is not: one file per snapshot and version.
    #expect(try lake.names(table).filter { $0.contains("snap-") }.count == 3)
    #expect(try lake.names(table).filter { $0.hasSuffix(".metadata.json") }.count == 4)
  }

  @Test func `a requirement is checked again on what the other writer left`() throws {
    let lake = try Lakehouse()
    let table = try lake.makeTable("trades", properties: ["end": "0"])
    func commit(_ id: String, from start: Int, to end: Int) -> TableCommit {
      TableCommit(table: table, commitID: id, files: [file(id)]) { metadata in
        guard metadata.properties["end"] == String(start) else {
          throw IcebergError(.requirementFailed, "the table has moved on.")
        }
        return ["end": String(end)]
      }
    }
    let other = Committer(catalog: try lake.otherCatalog(), files: lake.files)
    let catalog = FaultyCatalog(lake.catalog, [.meanwhile { _ = try other.commit([commit("b", from: 0, to: 7)]) }])
    let committer = Committer(catalog: catalog, files: lake.files, options: patient())
    let error = #expect(throws: IcebergError.self) { try committer.commit([commit("a", from: 0, to: 5)]) }
    #expect(error?.code == .requirementFailed)
    #expect(try lake.paths(table) == paths("b"))
    #expect(try committer.load(table).metadata.properties["end"] == "7")
  }

  @Test func `a lost answer is found in the history and not repeated`() throws {
    let lake = try Lakehouse()
    let table = try lake.makeTable("trades")
    let catalog = FaultyCatalog(lake.catalog, [.lostAnswer])
    let committer = Committer(catalog: catalog, files: lake.files, options: patient())
    let result = try committer.commit([TableCommit(table: table, commitID: "1", files: [file("a")])])
    #expect(result[0].foundCommitted)
    #expect(catalog.swaps == 1)
    #expect(try lake.paths(table) == paths("a"))
  }

  @Test func `a lost answer is found behind the commits of others`() throws {
    let lake = try Lakehouse()
    let table = try lake.makeTable("trades")
    let other = Committer(catalog: try lake.otherCatalog(), files: lake.files)
    _ = try Committer(catalog: lake.catalog, files: lake.files).commit([
      TableCommit(table: table, commitID: "1", files: [file("a")])
    ])
    for id in ["o1", "o2"] { _ = try other.commit([TableCommit(table: table, commitID: id, files: [file(id)])]) }
    // A restarted process tries its commit again under the same id.
    let again = try Committer(catalog: lake.catalog, files: lake.files).commit([
      TableCommit(table: table, commitID: "1", files: [file("a")])
    ])
    #expect(again[0].foundCommitted)
    #expect(try lake.paths(table) == paths("a", "o1", "o2"))
  }

  @Test func `a lost request and a locked database are tried again`() throws {
    let lake = try Lakehouse()
    let table = try lake.makeTable("trades")
    let catalog = FaultyCatalog(lake.catalog, [.lostRequest, .locked, .lostRequest])
    let committer = Committer(catalog: catalog, files: lake.files, options: patient())
    let result = try committer.commit([TableCommit(table: table, commitID: "1", files: [file("a")])])
    #expect(!result[0].foundCommitted && catalog.swaps == 4)
    #expect(try lake.paths(table) == paths("a"))
    #expect(try lake.catalog.load(table, files: lake.files).metadata.snapshots.count == 1)
  }

  @Test func `an outcome that stays unknown is reported as such and no file is deleted`() throws {
    let lake = try Lakehouse()
    let table = try lake.makeTable("trades")
    let committer = Committer(
      catalog: FaultyCatalog(lake.catalog, Array(repeating: .lostRequest, count: 9)), files: lake.files, options: patient())
    let error = #expect(throws: IcebergError.self) {
      try committer.commit([TableCommit(table: table, commitID: "1", files: [file("a")])])
    }
    #expect(error?.code == .commitStateUnknown)
    #expect(try lake.names(table).filter { $0.contains("snap-") }.count == 5)
  }

  @Test func `dying between any two steps leaves the table as it was`() throws {
    let lake = try Lakehouse()
    let table = try lake.makeTable("trades")
    _ = try Committer(catalog: lake.catalog, files: lake.files).commit([
      TableCommit(table: table, commitID: "0", files: [file("a")])
    ])
    let before = try lake.catalog.metadataLocation(of: table)
    for steps in 0..<3 {
      let dying = DyingFileStore(lake.files, diesAfter: steps)
      let committer = Committer(catalog: lake.catalog, files: dying, options: patient())
      #expect(throws: DyingFileStore.Died.self) {
        try committer.commit([TableCommit(table: table, commitID: "1", files: [file("b")])])
      }
      #expect(try lake.catalog.metadataLocation(of: table) == before)
      #expect(try lake.paths(table) == paths("a"))
    }
    _ = try Committer(catalog: lake.catalog, files: lake.files).commit([
      TableCommit(table: table, commitID: "1", files: [file("b")])
    ])
    #expect(try lake.paths(table) == paths("a", "b"))
  }

  @Test func `several tables change together or not at all`() throws {
    let lake = try Lakehouse()
    let tables = try ["t1", "t2", "t3"].map { try lake.makeTable($0) }
    let commits = tables.map { TableCommit(table: $0, commitID: "1", files: [file($0.name)], summary: [:]) }
    var refusing = commits
    refusing[2].amend = { _ in throw IcebergError(.requirementFailed, "no.") }
    let committer = Committer(catalog: lake.catalog, files: lake.files)
    #expect(throws: IcebergError.self) { try committer.commit(refusing) }
    for table in tables { #expect(try lake.paths(table) == []) }
    let before = try tables.map { try lake.catalog.metadataLocation(of: $0) }
    let swaps = zip(tables, before).map { PointerSwap(table: $0, expected: $1, replacement: $1 + "x") }
    let stale = [swaps[0], swaps[1], PointerSwap(table: tables[2], expected: "stale", replacement: "x")]
    let error = #expect(throws: IcebergError.self) { try lake.catalog.swap(stale) }
    #expect(error?.code == .commitConflict)
    #expect(try tables.map { try lake.catalog.metadataLocation(of: $0) } == before)
    _ = try committer.commit(commits)
    for table in tables { #expect(try lake.paths(table) == paths(table.name)) }
  }

  @Test func `many small manifests are merged and nothing is lost or renumbered`() throws {
    let lake = try Lakehouse()
    let table = try lake.makeTable("trades", properties: [TableProperty.mergeMinimumCount: "4"])
    let committer = Committer(catalog: lake.catalog, files: lake.files)
    for number in 0..<11 {
      _ = try committer.commit([TableCommit(table: table, commitID: "\(number)", files: [file("f\(number)")])])
    }
    let metadata = try lake.catalog.load(table, files: lake.files).metadata
    let list = try ManifestCodec.readList(try lake.files.read(try #require(metadata.currentSnapshot).manifestList))
    #expect(list.count < 4)
    #expect(try lake.paths(table).count == 11)
    var sequence: [String: Int64?] = [:]
    for manifest in list {
      let entries = try ManifestCodec.readManifest(
        try lake.files.read(manifest.path), manifest, spec: metadata.spec, schema: metadata.schema)
      #expect(manifest.addedFiles + manifest.existingFiles == Int64(entries.count))
      #expect(manifest.addedRows + manifest.existingRows == entries.reduce(0) { $0 + $1.file.recordCount })
      #expect(manifest.minSequenceNumber == entries.compactMap(\.sequenceNumber).min())
      for entry in entries { sequence[entry.file.path] = entry.sequenceNumber }
    }
    for number in 0..<11 { #expect(sequence["file:///data/f\(number).parquet"] == Int64(number + 1)) }
    for snapshot in metadata.snapshots {
      let scan = try TableScan(try lake.catalog.load(table, files: lake.files), snapshotID: snapshot.id)
      #expect(try scan.files(lake.files).count == Int(snapshot.sequenceNumber))
    }
  }

  @Test func `properties and columns change without a snapshot`() throws {
    let lake = try Lakehouse()
    let table = try lake.makeTable("trades", properties: ["old": "1"])
    let committer = Committer(catalog: lake.catalog, files: lake.files)
    let result = try committer.commit([
      TableCommit(table: table, commitID: "1", newColumns: [("venue", .string)]) { _ in ["old": nil, "new": "2"] }
    ])
    #expect(result[0].snapshotID == nil)
    let metadata = try lake.catalog.load(table, files: lake.files).metadata
    #expect(metadata.snapshots.isEmpty && metadata.properties == ["new": "2"] && metadata.schema.fields.count == 4)
  }

  @Test func `old metadata files are deleted where the table asks for it`() throws {
    let lake = try Lakehouse()
    let table = try lake.makeTable(
      "trades", properties: [TableProperty.deleteAfterCommit: "true", TableProperty.previousVersionsMax: "2"])
    let committer = Committer(catalog: lake.catalog, files: lake.files)
    for number in 0..<6 {
      _ = try committer.commit([TableCommit(table: table, commitID: "\(number)", summary: ["n": "\(number)"])])
    }
    #expect(try lake.names(table).filter { $0.hasSuffix(".metadata.json") }.count == 3)
    #expect(try lake.catalog.load(table, files: lake.files).metadata.snapshots.count == 6)
  }
}
