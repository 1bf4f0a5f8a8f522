import Columns
import Foundation
import TestSupport
import Testing

@testable import Parquet

/// Writes files for `Tests/interop/parquet_readers.py` into the folder named by WICK_PARQUET_FIXTURES: `<name>.parquet` and its
/// twin `<name>.ndjson`. The twin's first line lists the columns; each further line is a row of strings: integers in decimal, dates
/// and timestamps as their integers, decimals as text, doubles as the 16 hex digits of their bits, text and bytes in hex.
///
/// If the folder holds `foreign/` (made by `parquet_readers.py --write FOLDER`), the files of other writers there are read and
/// compared with their twins.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["WICK_PARQUET_FIXTURES"] != nil, "WICK_PARQUET_FIXTURES is not set"))
struct FixtureTests {
  private let folder = URL(fileURLWithPath: ProcessInfo.processInfo.environment["WICK_PARQUET_FIXTURES"] ?? "/nonexistent")

  @Test func `fixtures of every type, shape, version and codec`() throws {
    var random = SeededGenerator.forTest("fixtures")
    let codecs: [ParquetWriterOptions.Compression] = [.zstd(level: 1), .uncompressed, .zstd(level: 3)]
    var index = 0
    for shape in Samples.Shape.allCases {
      for version in [ParquetWriterOptions.PageVersion.v1, .v2] {
        var options = ParquetWriterOptions()
        options.pageVersion = version
        options.compression = codecs[index % 3]
        options.pageRows = 500
        options.rowGroupRows = 1700
        options.dictionaryBytes = index % 2 == 0 ? 1 << 20 : 2000
        let strings = StringDictionary()
        let batches = [0.1, 0, 0.1, 1, 0.5].map {
          Samples.batch(Samples.allTypes, rows: 700, shape: shape, nullShare: $0, strings: strings, &random)
        }
        try write("\(shape)-\(version)", Samples.allTypes, batches, options)
        index += 1
      }
    }
  }

  @Test func `fixtures of edges`() throws {
    var random = SeededGenerator.forTest("edge fixtures")
    try write("no-rows", Samples.allTypes, [], ParquetWriterOptions())
    let one = Samples.batch(Samples.allTypes, rows: 1, shape: .any, nullShare: 0, strings: StringDictionary(), &random)
    try write("one-row", Samples.allTypes, [one], ParquetWriterOptions())
    let optional = Samples.allTypes.filter { !$0.isRequired }
    let nulls = Samples.batch(optional, rows: 3000, shape: .any, nullShare: 1, strings: StringDictionary(), &random)
    try write("all-null", optional, [nulls], ParquetWriterOptions())
  }

  @Test func `a fixture of trades that fall back from their dictionaries`() throws {
    var random = SeededGenerator.forTest("trade fixture")
    let rows = 12_000
    let symbols = StringDictionary()
    let keys = StringDictionary()
    var time: Int64 = 1_723_161_254_000_000
    var price: Int64 = 6_183_763_000_000
    var columns = [
      Column(name: "symbol", type: .string, values: .codes((0..<rows).map { symbols.code(of: "S\($0 % 7)-USDT") }, symbols)),
      Column(name: "key", type: .string, values: .codes((0..<rows).map { keys.code(of: "order \($0) of \(rows)") }, keys)),
      Column(name: "trade_id", type: .int64, values: .int64((0..<rows).map { Int64($0) + 3_735_683_259 })),
    ]
    let steps = (0..<rows).map { _ in Int64.random(in: -2...2, using: &random) * 1_000_000 }
    columns.append(
      Column(
        name: "price", type: .decimal(precision: 18, scale: 8),
        values: .int64(
          steps.map {
            price += $0; return price
          })))
    let quantities = (0..<rows).map { _ in Int128(Int64.random(in: 1...9_000_000, using: &random)) * 1000 }
    columns.append(Column(name: "quantity", type: .decimal(precision: 28, scale: 8), values: .int128(quantities)))
    let pauses = (0..<rows).map { _ in Int64.random(in: -1...20, using: &random) * 1000 }
    columns.append(
      Column(
        name: "event_time", type: .timestampMicros,
        values: .int64(
          pauses.map {
            time += $0; return time
          })))
    var options = ParquetWriterOptions()
    options.pageRows = 1000
    options.dictionaryBytes = 40_000
    options.rowGroupRows = 5000
    options.sortingColumns = [SortingColumn(column: 2)]
    let schema = columns.enumerated().map {
      ParquetColumn(name: $1.name, type: $1.type, fieldID: Int32($0 + 1), isRequired: true)
    }
    try write("trades", schema, [ColumnBatch(columns: columns, rowCount: rows)], options)
  }

  @Test func `files of other writers read as their twins say`() throws {
    let foreign = folder.appendingPathComponent("foreign")
    guard FileManager.default.fileExists(atPath: foreign.path) else {
      print("skipped: \(foreign.path) does not exist; parquet_readers.py --write makes it")
      return
    }
    for file in try FileManager.default.contentsOfDirectory(atPath: foreign.path).sorted() where file.hasSuffix(".parquet") {
      let path = foreign.appendingPathComponent(file).path
      let twin = try String(contentsOfFile: String(path.dropLast("parquet".count)) + "ndjson", encoding: .utf8)
      let expected = twin.split(separator: "\n").dropFirst().map(String.init)
      let reader = try ParquetReader(FileSource(path: path))
      let rows = try (0..<reader.rowGroupCount).flatMap { group -> [String] in
        let batch = try reader.readRowGroup(group)
        return (0..<batch.rowCount).map { row in "[" + batch.columns.map { Self.text($0, row) }.joined(separator: ",") + "]" }
      }
      #expect(rows.count == expected.count, "\(file)")
      let wrong = zip(rows, expected).enumerated().first { $1.0 != $1.1 }
      #expect(wrong == nil, "\(file): row \(wrong?.offset ?? -1)")
    }
  }

  private func write(_ name: String, _ columns: [ParquetColumn], _ batches: [ColumnBatch], _ options: ParquetWriterOptions) throws
  {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let path = folder.appendingPathComponent("\(name).parquet").path
    if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
    let writer = try ParquetWriter(to: FileSink(path: path), schema: ParquetSchema(columns: columns), options: options)
    for batch in batches { try writer.write(batch) }
    let summary = try writer.finish()
    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    #expect(size == Int(summary.fileSize))
    let header =
      "["
      + columns.map { "[\"\($0.name)\",\"\(Self.name($0.type))\",\($0.isRequired),\($0.fieldID ?? 0)]" }.joined(separator: ",")
      + "]"
    var lines = [header]
    for batch in batches {
      for row in 0..<batch.rowCount {
        lines.append("[" + batch.columns.map { Self.text($0, row) }.joined(separator: ",") + "]")
      }
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: folder.appendingPathComponent("\(name).ndjson"))
  }

  private static func name(_ type: ColumnType) -> String {
    if case .decimal(let precision, let scale) = type { "decimal128(\(precision), \(scale))" } else { "\(type)" }
  }

  private static func text(_ column: Column, _ row: Int) -> String {
    switch Cell(column, row) {
    case .null: "null"
    case .bool(let value): "\"\(value)\""
    case .double(let bits): "\"\(padded(String(bits, radix: 16), 16))\""
    case .bytes(let bytes): "\"\(bytes.map { padded(String($0, radix: 16), 2) }.joined())\""
    case .int(let value):
      if case .decimal(_, let scale) = column.type { "\"\(decimal(value, scale))\"" } else { "\"\(value)\"" }
    }
  }

  private static func decimal(_ value: Int128, _ scale: Int) -> String {
    guard scale > 0 else { return "\(value)" }
    let digits = padded(String(value.magnitude), scale + 1)
    return (value < 0 ? "-" : "") + digits.dropLast(scale) + "." + digits.suffix(scale)
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
