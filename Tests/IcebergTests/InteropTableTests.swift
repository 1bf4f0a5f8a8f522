import Columns
import Foundation
import TestSupport
import Testing

@testable import Iceberg

private let interopFolder = ProcessInfo.processInfo.environment["WICK_INTEROP_DIR"]

/// Leaves a catalog behind for independent readers, where `WICK_INTEROP_DIR` names a folder for it.
@Suite struct `Table for other readers` {
  static let schema = Schema(fields: [
    Field(id: 1, name: "id", required: true, type: .long),
    Field(id: 2, name: "flag", required: false, type: .boolean),
    Field(id: 3, name: "small", required: false, type: .int),
    Field(id: 4, name: "ratio", required: false, type: .double),
    Field(id: 5, name: "name", required: false, type: .string),
    Field(id: 6, name: "payload", required: false, type: .binary),
    Field(id: 7, name: "day", required: false, type: .date),
    Field(id: 8, name: "event_time", required: true, type: .timestamptz),
    Field(id: 9, name: "price", required: false, type: .decimal(precision: 18, scale: 8)),
    Field(id: 10, name: "volume", required: false, type: .decimal(precision: 38, scale: 16)),
    Field(id: 11, name: "tiny", required: false, type: .decimal(precision: 5, scale: 2)),
    Field(id: 12, name: "interval", required: true, type: .string),
  ])

  @Test(.enabled(if: interopFolder != nil))
  func `is written in several commits`() throws {
    let folder = try #require(interopFolder)
    let files = LocalFileStore()
    let catalog = try SQLiteCatalog(path: folder + "/catalog.db", warehouse: LocalFileStore.uri(path: folder))
    let identifier = TableIdentifier("interop", "all_types")
    let committer = Committer(catalog: catalog, files: files)
    if try !catalog.tables(in: "interop").contains(identifier) {
      _ = try catalog.create(
        identifier, schema: Self.schema,
        spec: try PartitionSpec(of: Self.schema, [("interval", .identity), ("event_time", .month), ("id", .bucket(2))]),
        properties: [TableProperty.mergeMinimumCount: "3"], files: files)
      _ = try committer.commit([TableCommit(table: identifier, commitID: "empty", summary: ["note": "no files"])])
    }
    var seed = SeededGenerator(seed: 7)
    var id = try TableScan(try committer.load(identifier)).files(files).reduce(0) { $0 + $1.recordCount }
    for _ in 0..<5 {
      let table = try committer.load(identifier)
      let writer = try DataFileWriter(table: table, files: files)
      try writer.write(rows(200, from: id, &seed))
      id += 200
      _ = try committer.commit([TableCommit(table: identifier, commitID: UUID().uuidString, files: try writer.finish())])
    }
  }

  private func rows(_ count: Int, from first: Int64, _ seed: inout SeededGenerator) -> ColumnBatch {
    let dictionary = StringDictionary()
    let numbers = Array(0..<count)
    func validity() -> [Bool] { numbers.map { _ in Int.random(in: 0..<5, using: &seed) > 0 } }
    func ints(_ range: ClosedRange<Int64>) -> ColumnValues { .int64(numbers.map { _ in .random(in: range, using: &seed) }) }
    func strings(_ make: (Int) -> String) -> ColumnValues { .codes(numbers.map { dictionary.code(of: make($0)) }, dictionary) }
    var payload = BytesVector()
    for number in numbers { payload.append(contentsOf: [UInt8](repeating: UInt8(number % 256), count: number % 40)) }
    let largest = Int128(10_000_000_000_000_000) * 10_000_000_000_000_000 * 999_999
    let wide = numbers.map { Int128($0 - count / 2) * (largest / Int128(count)) }
    let doubles = numbers.map { number -> Double in
      number % 17 == 0 ? .nan : number % 13 == 0 ? -0.0 : .random(in: -1e9...1e9, using: &seed)
    }
    let columns: [(String, ColumnType, ColumnValues, Bool)] = [
      ("id", .int64, .int64(numbers.map { first + Int64($0) }), true),
      ("flag", .boolean, .bool(numbers.map { $0 % 3 == 0 }), false),
      ("small", .int32, ints(-2_147_483_648...2_147_483_647), false),
      ("ratio", .double, .double(doubles), false),
      ("name", .string, strings { "名前-\($0 % 50)-" + String(repeating: "é", count: $0 % 30) }, false),
      ("payload", .bytes, .bytes(payload), false),
      ("day", .date, ints(-30_000...30_000), false),
      ("event_time", .timestampMicros, ints(1_723_000_000_000_000...1_731_000_000_000_000), true),
      ("price", .decimal(precision: 18, scale: 8), ints(-999_999_999_999_999_999...999_999_999_999_999_999), false),
      ("volume", .decimal(precision: 38, scale: 16), .int128(wide), false),
      ("tiny", .decimal(precision: 5, scale: 2), ints(-99_999...99_999), false),
      ("interval", .string, strings { ["1s", "1m", "1h"][$0 % 3] }, true),
    ]
    return ColumnBatch(
      columns: columns.map { Column(name: $0.0, type: $0.1, values: $0.2, validity: $0.3 ? nil : validity()) }, rowCount: count)
  }
}
