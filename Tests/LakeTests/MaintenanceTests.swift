import Columns
import Foundation
import Iceberg
import Logging
import TestSupport
import Testing

@testable import Lake

@Suite struct `Maintenance` {
  // MARK: Plans

  private func files(_ sizes: [Int64], day: Int32 = 0) -> [DataFile] {
    sizes.enumerated().map { index, size in
      DataFile(path: "\(day)-\(index)", partition: [.date(day)], specID: 0, recordCount: size, fileSize: size)
    }
  }

  private func groups(_ files: [DataFile], target: Int64 = 1000, minimum: Int = 2) -> [[Int64]] {
    CompactionPlan(files, specID: 0, targetBytes: target, minimumFiles: minimum).groups.map { $0.files.map(\.fileSize) }
  }

  @Test func `small files of one partition become one; large and lonely ones stay`() {
    #expect(groups(files([10, 20, 30])) == [[10, 20, 30]])
    #expect(groups(files([10, 20, 30, 750, 900])) == [[10, 20, 30]])
    #expect(groups(files([10, 20, 30]), minimum: 4).isEmpty)
    #expect(groups(files([10, 20]) + files([30], day: 1)) == [[10, 20]])
    #expect(groups([]).isEmpty && groups(files([5])).isEmpty)
    #expect(groups(files([400, 500, 600, 700])) == [[400, 500]], "no more than the target together")
    #expect(groups(files([1, 1, 1, 700])) == [[1, 1, 1]], "a large file is not written again for the sake of three rows")
    #expect(groups(files([100, 100, 100, 700])) == [[100, 100, 100, 700]])
    var other = files([10, 20])
    other[0].specID = 1
    #expect(groups(other).isEmpty)
  }

  @Test func `whatever the sizes, no file is in two groups, none too large, and it comes to an end`() {
    var random = SeededGenerator.forTest("compaction plans")
    for _ in 0..<200 {
      var live = (0..<Int.random(in: 0...60, using: &random)).map { index in
        DataFile(
          path: "f\(index)", partition: [.date(.random(in: 0...3, using: &random))], specID: 0, recordCount: 1,
          fileSize: .random(in: 1...(1 << Int64.random(in: 0...12, using: &random)), using: &random))
      }
      let bytes = live.reduce(0) { $0 + $1.fileSize }
      var rounds = 0
      while true {
        let plan = CompactionPlan(live, specID: 0, targetBytes: 2000, minimumFiles: 3).groups
        guard !plan.isEmpty, rounds < 100 else { break }
        let paths = plan.flatMap(\.files).map(\.path)
        #expect(Set(paths).count == paths.count)
        for (number, group) in plan.enumerated() {
          #expect(group.files.count >= 3 && group.bytes <= 2000 && Set(group.files.map(\.partition)).count == 1)
          live.removeAll { file in group.files.contains { $0.path == file.path } }
          var merged = group.files[0]
          (merged.path, merged.fileSize) = ("r\(rounds)-\(number)", group.bytes)
          live.append(merged)
        }
        rounds += 1
      }
      #expect(rounds < 10 && live.reduce(0) { $0 + $1.fileSize } == bytes)
    }
  }

  // MARK: Tables

  private final class Lake {
    let store: LakeStore
    let table = TableIdentifier("bronze", "trades")

    init() throws {
      store = try LakeStore(folder: NSTemporaryDirectory() + "wick-maintenance-" + UUID().uuidString, durable: false)
      let layout = TableLayout(
        columns: [
          ("symbol", .string, true), ("price", .decimal(precision: 18, scale: 8), false), ("event_time", .timestampMicros, true),
        ]
          + TableLayout.origin, partitions: [("event_time", .day)])
      _ = try store.catalog.create(
        table, schema: layout.schema, spec: try PartitionSpec(of: layout.schema, layout.partitions),
        properties: ["wick.mark": "kept"], files: store.files)
    }

    deinit { try? FileManager.default.removeItem(atPath: store.folder) }

    func append(_ batch: ColumnBatch) throws {
      let committer = Committer(catalog: store.catalog, files: store.files)
      let writer = try DataFileWriter(table: try committer.load(table), files: store.files)
      try writer.write(batch)
      _ = try committer.commit([TableCommit(table: table, commitID: UUID().uuidString, files: try writer.finish())])
    }

    /// Every row as text, sorted.
    func rows() throws -> [String] {
      var rows: [String] = []
      let columns = try #require(try store.table(table)).metadata.schema.fields.map(\.name)
      try TableReader(store: store).read(try #require(try store.table(table)), columns: columns) { batch in
        let symbols = try batch.texts(0)
        for row in 0..<batch.rowCount {
          let numbers = try [1, 2, 4, 5].map { batch.columns[$0].isNull(row) ? "null" : "\(try batch.integers($0)[row])" }
          rows.append(([symbols.dictionary.string(symbols.codes[row])] + numbers).joined(separator: ","))
        }
      }
      return rows.sorted()
    }
  }

  private func batch(_ offsets: Range<Int64>, _ random: inout SeededGenerator) -> ColumnBatch {
    let count = offsets.count
    let isKnown = offsets.map { _ in Bool.random(using: &random) }
    return ColumnBatch(
      columns: [
        .strings("symbol", offsets.map { _ in "S\(Int.random(in: 0...3, using: &random))" }),
        Column(
          name: "price", type: .decimal(precision: 18, scale: 8),
          values: .int64(isKnown.map { $0 ? .random(in: -9...9, using: &random) : 0 }), validity: isKnown),
        Column(
          name: "event_time", type: .timestampMicros,
          values: .int64(offsets.map { _ in .random(in: 0..<3, using: &random) * 86_400_000_000 + 7 })),
        .constant("_topic", "trades.raw", count: count), .integers("_partition", .int32, offsets.map { $0 % 2 }),
        .integers("_offset", .int64, Array(offsets)),
      ], rowCount: count)
  }

  @Test func `no row is lost or changed, few files and snapshots are left, and a second round has nothing to do`() throws {
    var random = SeededGenerator.forTest("maintained table")
    let lake = try Lake()
    var offset: Int64 = 0
    for _ in 0..<12 {
      let next = offset + .random(in: 1...40, using: &random)
      try lake.append(batch(offset..<next, &random))
      offset = next
    }
    let before = try lake.rows()
    #expect(before.count == Int(offset))
    var options = MaintenanceOptions()
    (options.keepSnapshots, options.keepFor, options.minimumFiles) = (2, .zero, 2)
    let report = try #require(try LakeMaintenance(lake.store, options).run().first)
    #expect(try lake.rows() == before)
    #expect(report.filesBefore > 12 && report.filesAfter == 3 && report.notes.isEmpty, "\(report)")
    #expect(report.snapshots == 2 && report.expired == 13)
    let table = try #require(try lake.store.table(lake.table))
    #expect(table.metadata.properties["wick.mark"] == "kept")
    for snapshot in table.metadata.snapshots {
      for file in try TableScan(table, snapshotID: snapshot.id).files(lake.store.files) {
        _ = try lake.store.files.read(file.path)
      }
    }
    let again = try #require(try LakeMaintenance(lake.store, options).run([lake.table]).first)
    #expect(again.filesBefore == 3 && again.filesAfter == 3 && again.expired == 0 && again.rewrittenBytes == 0)
    // A column that came later is NULL in the rows of before.
    _ = try Committer(catalog: lake.store.catalog, files: lake.store.files).commit([
      TableCommit(table: lake.table, commitID: "column", newColumns: [("note", .string)])
    ])
    try lake.append(
      ColumnBatch(
        columns: batch(offset..<offset + 9, &random).columns + [.constant("note", "new", count: 9)], rowCount: 9))
    let mixed = try #require(try lake.store.table(lake.table)).metadata
    #expect(mixed.schema.fields.count == 7)
    _ = try LakeMaintenance(lake.store, options).run()
    var notes: [String] = []
    try TableReader(store: lake.store).read(try #require(try lake.store.table(lake.table)), columns: ["note"]) { batch in
      let texts = try batch.texts(0)
      notes += (0..<batch.rowCount).map { batch.columns[0].isNull($0) ? "null" : texts.dictionary.string(texts.codes[$0]) }
    }
    #expect(notes.count { $0 == "new" } == 9 && notes.count { $0 == "null" } == Int(offset))
  }

  @Test func `files that nothing refers to go when they are old enough`() throws {
    var random = SeededGenerator.forTest("orphans")
    let lake = try Lake()
    try lake.append(batch(0..<5, &random))
    let table = try #require(try lake.store.table(lake.table))
    let orphan = "\(table.metadata.location)/data/left-over.parquet"
    try lake.store.files.create(orphan, [1])
    #expect(try LakeMaintenance(lake.store).run().first?.orphans == 0)
    var options = MaintenanceOptions()
    options.orphanAge = .zero
    // Made in the millisecond before at the earliest.
    while try LakeMaintenance(lake.store, options).run().first?.orphans == 0 {}
    #expect(!FileManager.default.fileExists(atPath: try LocalFileStore.path(orphan)))
    #expect(try lake.rows().count == 5)
  }
}
