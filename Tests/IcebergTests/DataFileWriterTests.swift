import Columns
import Parquet
import TestSupport
import Testing

@testable import Iceberg

@Suite struct `Data files` {
  private func batch(_ symbols: [String], days: [Int64], prices: [Int64?]) -> ColumnBatch {
    let dictionary = StringDictionary()
    return ColumnBatch(
      columns: [
        Column(name: "symbol", type: .string, values: .codes(symbols.map { dictionary.code(of: $0) }, dictionary)),
        Column(
          name: "price", type: .decimal(precision: 18, scale: 8), values: .int64(prices.map { $0 ?? 0 }),
          validity: prices.map { $0 != nil }),
        Column(name: "event_time", type: .timestampMicros, values: .int64(days.map { $0 * 86_400_000_000 + 5 })),
      ], rowCount: symbols.count)
  }

  private func makeTable(_ lake: Lakehouse, _ parts: [(column: String, transform: Transform)]) throws -> Table {
    try lake.catalog.create(
      TableIdentifier("bronze", "t"), schema: MetadataTests.schema, spec: try PartitionSpec(of: MetadataTests.schema, parts),
      files: lake.files)
  }

  @Test func `rows go to the file of their partition, in their order, with exact statistics`() throws {
    let lake = try Lakehouse()
    let table = try makeTable(lake, [("event_time", .day), ("symbol", .identity)])
    let writer = try DataFileWriter(table: table, files: lake.files)
    try writer.write(batch(["A", "B", "A"], days: [1, 1, 1], prices: [7, nil, -3]))
    try writer.write(batch(["A", "A"], days: [1, 2], prices: [9, 1]))
    #expect(writer.rowCount == 5)
    let files = try writer.finish().sorted { $0.path < $1.path }
    #expect(files.map(\.partition) == [[.date(1), .string("A")], [.date(1), .string("B")], [.date(2), .string("A")]])
    #expect(files.map(\.recordCount) == [3, 1, 1])
    #expect(files[0].path.contains("/data/event_time_day=1970-01-02/symbol=A/"))
    #expect(files[0].lowerBounds[2] == [0xfd] && files[0].upperBounds[2] == [9])
    #expect(files[0].nullCounts[2] == 0 && files[1].nullCounts[2] == 1)
    #expect(files[1].lowerBounds[2] == nil && files[1].valueCounts == [1: 1, 2: 1, 3: 1])
    for file in files { #expect(try lake.files.read(file.path).count == Int(file.fileSize)) }
  }

  @Test func `splitting loses no row, whatever the mixture`() throws {
    var seed = SeededGenerator.forTest("splitting")
    let spec = try PartitionSpec(
      of: MetadataTests.schema, [("event_time", .month), ("symbol", .bucket(3)), ("price", .truncate(4))])
    let splitter = try PartitionSplitter(spec: spec, schema: MetadataTests.schema)
    for _ in 0..<50 {
      let count = Int.random(in: 1...200, using: &seed)
      let rows = batch(
        (0..<count).map { _ in String(Int.random(in: 0...5, using: &seed)) },
        days: (0..<count).map { _ in Int64.random(in: -40...40, using: &seed) },
        prices: (0..<count).map { _ in Bool.random(using: &seed) ? Int64.random(in: -9...9, using: &seed) : nil })
      let parts = try splitter.split(rows)
      #expect(parts.reduce(0) { $0 + $1.batch.rowCount } == count)
      #expect(Set(parts.map(\.values)).count == parts.count)
      for part in parts {
        for row in 0..<part.batch.rowCount {
          let expected = try [
            Transform.month.apply(part.batch.columns[2].datum(row)), Transform.bucket(3).apply(part.batch.columns[0].datum(row)),
            Transform.truncate(4).apply(part.batch.columns[1].datum(row)),
          ]
          #expect(part.values == expected)
        }
      }
    }
  }

  @Test func `missing optional columns become null, missing required and unknown ones are refused`() throws {
    let lake = try Lakehouse()
    let writer = try DataFileWriter(table: try makeTable(lake, []), files: lake.files)
    var rows = batch(["A"], days: [1], prices: [1])
    rows.columns.remove(at: 1)
    rows.columns.reverse()
    try writer.write(rows)
    rows.columns.append(Column(name: "other", type: .int64, values: .int64([1])))
    #expect(throws: IcebergError.self) { try writer.write(rows) }
    rows.columns.removeLast()
    rows.columns.removeLast()
    #expect(throws: IcebergError.self) { try writer.write(rows) }
    let file = try #require(try writer.finish().first)
    #expect(file.nullCounts[2] == 1 && file.recordCount == 1)
  }

  @Test func `more partitions than may be open still hold every row`() throws {
    let lake = try Lakehouse()
    var options = DataFileWriter.Options()
    options.openPartitions = 2
    let writer = try DataFileWriter(table: try makeTable(lake, [("event_time", .day)]), files: lake.files, options: options)
    for round in 0..<3 {
      try writer.write(batch(["A", "A", "A"], days: [1, 2, 3], prices: [Int64(round), 0, 0]))
    }
    let files = try writer.finish()
    #expect(files.reduce(0) { $0 + $1.recordCount } == 9)
    #expect(Set(files.map(\.path)).count == files.count)
    #expect(try writer.finish().isEmpty)
  }

  @Test func `discarding leaves nothing behind`() throws {
    let lake = try Lakehouse()
    let writer = try DataFileWriter(table: try makeTable(lake, []), files: lake.files)
    try writer.write(batch(["A"], days: [1], prices: [1]))
    try writer.discard()
    #expect(try lake.names(TableIdentifier("bronze", "t")).filter { $0.hasSuffix(".parquet") }.isEmpty)
    #expect(try writer.finish().isEmpty)
  }
}
