import Columns
import TestSupport
import Testing

@testable import Parquet

@Suite struct RoundTripTests {
  /// Writes `batches`, reads them back and compares every value; checks the summary against the values.
  private func check(
    _ columns: [ParquetColumn], _ batches: [ColumnBatch], _ options: ParquetWriterOptions, _ comment: Comment
  ) throws {
    let sink = MemorySink()
    let writer = try ParquetWriter(to: sink, schema: ParquetSchema(columns: columns), options: options)
    for batch in batches { try writer.write(batch) }
    let summary = try writer.finish()
    let rows = batches.reduce(0) { $0 + $1.rowCount }
    #expect(summary.fileSize == Int64(sink.bytes.count), comment)
    #expect(summary.rowCount == Int64(rows), comment)

    let reader = try ParquetReader(MemorySource(sink.bytes))
    #expect(reader.schema.flatColumns == columns, comment)
    #expect(reader.rowCount == Int64(rows), comment)
    let read = try (0..<reader.rowGroupCount).map { try reader.readRowGroup($0) }
    for index in columns.indices {
      let expected = Cell.column(batches, index)
      #expect(Cell.column(read, index) == expected, "\(columns[index].name), \(comment)")
      check(summary.columns[index], expected)
    }
    #expect(summary.splitOffsets == reader.metadata.rowGroups.map { $0.columns[0].start }, comment)
  }

  private func check(_ summary: ParquetFileSummary.Column, _ cells: [Cell]) {
    #expect(summary.valueCount == Int64(cells.count))
    #expect(summary.nullCount == Int64(cells.count { $0 == .null }))
    #expect(
      summary.nanCount == Int64(cells.count { if case .double(let bits) = $0 { Double(bitPattern: bits).isNaN } else { false } }))
    let (lower, upper) = Self.bounds(cells)
    #expect(summary.lower.map(Self.widened) == lower, "lower of \(summary.name)")
    #expect(summary.upper.map(Self.widened) == upper, "upper of \(summary.name)")
  }

  private static func widened(_ value: ParquetValue) -> ParquetValue {
    if case .int64(let narrow) = value { .int128(Int128(narrow)) } else { value }
  }

  /// Bounds by sorting, apart from how the writer finds them.
  private static func bounds(_ cells: [Cell]) -> (ParquetValue?, ParquetValue?) {
    let ints = cells.compactMap { if case .int(let value) = $0 { value } else { nil } }.sorted()
    let doubles = cells.compactMap { if case .double(let bits) = $0 { Double(bitPattern: bits) } else { nil } }.filter {
      !$0.isNaN
    }.sorted()
    let strings = cells.compactMap { if case .bytes(let value) = $0 { value } else { nil } }.sorted {
      $0.lexicographicallyPrecedes($1)
    }
    let bools = cells.compactMap { if case .bool(let value) = $0 { value } else { nil } }
    if let least = ints.first, let most = ints.last { return (.int128(least), .int128(most)) }
    if let least = doubles.first, let most = doubles.last {
      return (.double(least == 0 ? -0.0 : least), .double(most == 0 ? 0.0 : most))
    }
    if let least = strings.first, let most = strings.last { return (.bytes(least), .bytes(most)) }
    if !bools.isEmpty { return (.boolean(!bools.contains(false)), .boolean(bools.contains(true))) }
    return (nil, nil)
  }

  @Test(arguments: Samples.Shape.allCases, [ParquetWriterOptions.PageVersion.v1, .v2])
  func `every type survives with and without nulls`(shape: Samples.Shape, version: ParquetWriterOptions.PageVersion) throws {
    var random = SeededGenerator.forTest("round trip \(shape) \(version)")
    for nullShare in [0, 0.1, 0.9, 1] {
      let strings = StringDictionary()
      var options = ParquetWriterOptions()
      options.pageVersion = version
      options.compression = Bool.random(using: &random) ? .uncompressed : .zstd(level: 3)
      options.pageRows = Int.random(in: 50...400, using: &random)
      options.rowGroupRows = Int.random(in: 100...900, using: &random)
      options.dictionaryBytes = [0, 200, 1 << 20].randomElement(using: &random) ?? 0
      let batches = (0..<3).map { _ in
        Samples.batch(
          Samples.allTypes, rows: Int.random(in: 0...400, using: &random), shape: shape, nullShare: nullShare, strings: strings,
          &random)
      }
      try check(Samples.allTypes, batches, options, "nulls \(nullShare), \(options)")
    }
  }

  @Test func `shapes may change from batch to batch and dictionaries with them`() throws {
    var random = SeededGenerator.forTest("changing shapes")
    let columns = Samples.allTypes
    var options = ParquetWriterOptions()
    options.pageRows = 300
    options.dictionaryBytes = 4000
    options.pageBytes = 3000
    let batches = (0..<12).map { index in
      Samples.batch(
        columns, rows: 250, shape: Samples.Shape.allCases[(index * 7) % 4], nullShare: index % 3 == 0 ? 0.3 : 0,
        strings: StringDictionary(), &random)
    }
    try check(columns, batches, options, "changing")
  }

  @Test func `an empty file is a file`() throws {
    try check(Samples.allTypes, [], ParquetWriterOptions(), "no batch")
    var random = SeededGenerator.forTest("empty batch")
    let empty = Samples.batch(Samples.allTypes, rows: 0, shape: .any, nullShare: 0.5, strings: StringDictionary(), &random)
    try check(Samples.allTypes, [empty, empty], ParquetWriterOptions(), "empty batches")
  }

  @Test func `high cardinality leaves the dictionary and stays whole`() throws {
    let rows = 45_000
    let strings = StringDictionary()
    let codes = (0..<rows).map { strings.code(of: "order-\($0 &* 2_654_435_761 % 1_000_003)-\($0)") }
    let batch = ColumnBatch(
      columns: [
        Column(name: "id", type: .string, values: .codes(codes, strings)),
        Column(name: "n", type: .int64, values: .int64((0..<rows).map { Int64($0 % 30_000) &* 982_451_653_123 })),
        Column(
          name: "q", type: .decimal(precision: 38, scale: 0), values: .int128((0..<rows).map { Int128($0) * 1_000_000_007 })),
      ], rowCount: rows)
    let columns = batch.columns.map { ParquetColumn(name: $0.name, type: $0.type) }
    try check(columns, [batch], ParquetWriterOptions(), "high cardinality")
  }

  @Test func `strings of megabytes end pages early`() throws {
    let strings = StringDictionary()
    let codes = (0..<20).map { strings.code(of: String(repeating: "long \($0 % 15) ", count: 40_000)) }
    let batch = ColumnBatch(columns: [Column(name: "s", type: .string, values: .codes(codes, strings))], rowCount: 20)
    var options = ParquetWriterOptions()
    options.compression = .uncompressed
    try check([ParquetColumn(name: "s", type: .string)], [batch], options, "long strings")
  }

  @Test func `chosen columns come in the order asked for`() throws {
    var random = SeededGenerator.forTest("projection")
    let batch = Samples.batch(Samples.allTypes, rows: 10, shape: .any, nullShare: 0.2, strings: StringDictionary(), &random)
    let sink = MemorySink()
    let writer = try ParquetWriter(to: sink, schema: ParquetSchema(columns: Samples.allTypes))
    try writer.write(batch)
    _ = try writer.finish()
    let reader = try ParquetReader(MemorySource(sink.bytes))
    let read = try reader.readRowGroup(0, columns: ["d38", "flag"])
    #expect(read.columns.map(\.name) == ["d38", "flag"])
    #expect(Cell.column([read], 1) == Cell.column([batch], 0))
    #expect(throws: ParquetError.self) { try reader.readRowGroup(0, columns: ["nope"]) }
    #expect(throws: ParquetError.self) { try reader.readRowGroup(1) }
  }
}
