import Columns
import Testing

@testable import Parquet

@Suite struct StatisticsTests {
  private func write(_ column: Column, required: Bool = false, _ options: ParquetWriterOptions = ParquetWriterOptions()) throws
    -> (bytes: [UInt8], reader: ParquetReader, summary: ParquetFileSummary)
  {
    let sink = MemorySink()
    let schema = try ParquetSchema(columns: [
      ParquetColumn(name: column.name, type: column.type, fieldID: 1, isRequired: required)
    ])
    let writer = try ParquetWriter(to: sink, schema: schema, options: options)
    try writer.write(ColumnBatch(columns: [column], rowCount: column.values.count))
    let summary = try writer.finish()
    return (sink.bytes, try ParquetReader(MemorySource(sink.bytes)), summary)
  }

  private func footer(_ column: Column) throws -> Statistics? {
    try write(column).reader.metadata.rowGroups[0].columns[0].statistics
  }

  private func little(_ value: Double) -> [UInt8] { withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }

  @Test func `NaN is counted and never a bound`() throws {
    let file = try write(Column(name: "x", type: .double, values: .double([.nan, 2, -1, .nan])))
    let statistics = file.reader.metadata.rowGroups[0].columns[0].statistics
    #expect(statistics?.min == little(-1))
    #expect(statistics?.max == little(2))
    #expect(file.summary.columns[0].nanCount == 2)
    let none = try write(Column(name: "x", type: .double, values: .double([.nan])))
    #expect(none.reader.metadata.rowGroups[0].columns[0].statistics?.min == nil)
    #expect(none.summary.columns[0].lower == nil)
  }

  @Test func `a zero bound is negative below and positive above`() throws {
    for zero in [0.0, -0.0] {
      let statistics = try footer(Column(name: "x", type: .double, values: .double([zero])))
      #expect(statistics?.min == little(-0.0))
      #expect(statistics?.max == little(0.0))
    }
  }

  @Test func `wide decimals are bounded as signed numbers`() throws {
    let values: [Int128] = [5, -1, 1 << 70]
    let statistics = try footer(Column(name: "q", type: .decimal(precision: 28, scale: 8), values: .int128(values)))
    #expect(statistics?.min == [UInt8](repeating: 0xff, count: 12))
    #expect(statistics?.max == [0, 0, 0, 0x40] + [UInt8](repeating: 0, count: 8))
  }

  @Test func `a null row leaves no trace in the bounds`() throws {
    let column = Column(name: "i", type: .int64, values: .int64([99, 1, -99]), validity: [false, true, false])
    let statistics = try footer(column)
    #expect(statistics?.nullCount == 2)
    #expect(statistics?.min == statistics?.max)
    #expect(statistics?.min == [1, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func `strings are ordered by unsigned bytes`() throws {
    let strings = StringDictionary()
    let codes = ["z", "é", "a", "Z"].map { strings.code(of: $0) }
    let statistics = try footer(Column(name: "s", type: .string, values: .codes(codes, strings)))
    #expect(statistics?.min == Array("Z".utf8))
    #expect(statistics?.max == Array("é".utf8))
  }

  @Test func `long strings are cut at a character and marked`() throws {
    let strings = StringDictionary()
    let code = strings.code(of: String(repeating: "é", count: 20))
    var options = ParquetWriterOptions()
    options.statisticsBytes = 17
    let file = try write(Column(name: "s", type: .string, values: .codes([code], strings)), options)
    let statistics = file.reader.metadata.rowGroups[0].columns[0].statistics
    #expect(statistics?.min == Array(String(repeating: "é", count: 8).utf8))
    #expect(statistics?.max == Array((String(repeating: "é", count: 7) + "ê").utf8))
    #expect(statistics?.isMinExact == false)
    #expect(statistics?.isMaxExact == false)
    #expect(file.summary.columns[0].upper == .bytes(Array(String(repeating: "é", count: 20).utf8)))
  }

  @Test func `an upper bound carries over the last code points and may not exist`() {
    let last: [UInt8] = Array("\u{10ffff}".utf8)
    #expect(BoundTruncation.upper(Array("a".utf8) + last + last, limit: 5, isText: true)?.bytes == Array("b".utf8))
    #expect(BoundTruncation.upper(last + last, limit: 4, isText: true) == nil)
    #expect(BoundTruncation.upper(Array("\u{d7ff}x".utf8), limit: 3, isText: true)?.bytes == Array("\u{e000}".utf8))
    #expect(BoundTruncation.upper([1, 0xff, 0xff], limit: 2, isText: false)?.bytes == [2])
    #expect(BoundTruncation.upper([0xff, 0xff, 0xff], limit: 2, isText: false) == nil)
    #expect(BoundTruncation.upper([0xff], limit: 2, isText: false)?.isExact == true)
  }

  @Test func `page indexes come with several pages and not with one`() throws {
    let values = (0..<100).map { Int64($0) }
    var options = ParquetWriterOptions()
    let one = try write(Column(name: "i", type: .int64, values: .int64(values)), options)
    #expect(one.reader.metadata.rowGroups[0].columns[0].offsetIndexOffset == nil)
    options.pageRows = 10
    let many = try write(Column(name: "i", type: .int64, values: .int64(values)), options)
    let chunk = many.reader.metadata.rowGroups[0].columns[0]
    #expect(chunk.offsetIndexOffset != nil)
    #expect(chunk.columnIndexOffset != nil)
  }

  @Test func `values that do not fit their type are refused`() {
    let bad: [Column] = [
      Column(name: "a", type: .int32, values: .int64([1 << 31])),
      Column(name: "a", type: .date, values: .int64([-(1 << 31) - 1])),
      Column(name: "a", type: .decimal(precision: 4, scale: 2), values: .int64([10_000])),
      Column(name: "a", type: .decimal(precision: 18, scale: 0), values: .int64([1_000_000_000_000_000_000])),
      Column(name: "a", type: .decimal(precision: 28, scale: 8), values: .int128([-Decimals.largest(28) - 1])),
      Column(name: "a", type: .int64, values: .double([1])),
      Column(name: "a", type: .double, values: .int64([1])),
      Column(name: "a", type: .boolean, values: .int64([1])),
      Column(name: "a", type: .string, values: .int64([1])),
      Column(name: "a", type: .string, values: .codes([0], StringDictionary())),
      Column(name: "a", type: .string, values: .codes([-1], StringDictionary())),
      Column(name: "a", type: .int64, values: .int64([1]), validity: [true, true]),
    ]
    for column in bad {
      #expect { _ = try write(column) } throws: { ($0 as? ParquetError)?.code == .value }
    }
    #expect { _ = try write(Column(name: "a", type: .int64, values: .int64([1]), validity: [false]), required: true) } throws: {
      ($0 as? ParquetError)?.code == .value
    }
  }

  @Test func `a failed or finished writer takes no more`() throws {
    let schema = try ParquetSchema(columns: [ParquetColumn(name: "a", type: .int64)])
    let good = ColumnBatch(columns: [Column(name: "a", type: .int64, values: .int64([1]))], rowCount: 1)
    let wrong = ColumnBatch(columns: [Column(name: "b", type: .int64, values: .int64([1]))], rowCount: 1)
    let failed = try ParquetWriter(to: MemorySink(), schema: schema)
    #expect(throws: ParquetError.self) { try failed.write(wrong) }
    #expect { try failed.write(good) } throws: { ($0 as? ParquetError)?.code == .misuse }
    let finished = try ParquetWriter(to: MemorySink(), schema: schema)
    _ = try finished.finish()
    #expect { try finished.write(good) } throws: { ($0 as? ParquetError)?.code == .misuse }
  }

  @Test func `schemas that cannot be are refused`() {
    let bad: [[ParquetColumn]] = [
      [], [ParquetColumn(name: "", type: .int64)],
      [ParquetColumn(name: "a", type: .int64), ParquetColumn(name: "a", type: .string)],
      [ParquetColumn(name: "a", type: .int64, fieldID: 1), ParquetColumn(name: "b", type: .string, fieldID: 1)],
      [ParquetColumn(name: "a", type: .decimal(precision: 39, scale: 0))],
      [ParquetColumn(name: "a", type: .decimal(precision: 4, scale: 5))],
    ]
    for columns in bad { #expect(throws: ParquetError.self) { try ParquetSchema(columns: columns) } }
  }
}
