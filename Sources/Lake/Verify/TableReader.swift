import Columns
import Iceberg
import Parquet

/// Reads the rows of a table's current snapshot, file by file.
struct TableReader {
  let store: LakeStore

  static func open(_ file: DataFile, _ store: LakeStore) throws -> ParquetReader {
    try ParquetReader(FileSource(path: try store.files.localPath(forReading: file.path)))
  }

  /// Calls `body` for each row group of each file, with the columns asked for, in the order asked for.
  func read(_ table: Table, columns: [String], _ body: (ColumnBatch) throws -> Void) throws {
    for file in try TableScan(table).files(store.files) {
      let reader = try Self.open(file, store)
      for group in 0..<reader.rowGroupCount { try body(try reader.readRowGroup(group, columns: columns)) }
    }
  }

  /// The offsets of a table's rows by topic and partition.
  func offsets(_ table: Table) throws -> [TopicPart: [Int64]] {
    var offsets: [TopicPart: [Int64]] = [:]
    try read(table, columns: TableLayout.origin.map(\.name)) { batch in
      let (names, partitions, numbers) = (try batch.texts(0), try batch.integers(1), try batch.integers(2))
      var runs: [Int64: [Int64]] = [:]
      for row in 0..<batch.rowCount { runs[Int64(names.codes[row]) << 32 | partitions[row], default: []].append(numbers[row]) }
      for (key, values) in runs {
        let part = TopicPart(
          topic: names.dictionary.string(Int32(truncatingIfNeeded: key >> 32)),
          partition: Int32(truncatingIfNeeded: key & 0xffff_ffff))
        offsets[part, default: []] += values
      }
    }
    return offsets
  }
}

/// Columns of a batch in the shapes the verification asks for; a column of another type is a broken table.
extension ColumnBatch {
  func integers(_ index: Int) throws -> [Int64] {
    guard case .int64(let values) = columns[index].values else { throw unexpected(index) }
    return values
  }

  func wide(_ index: Int) throws -> [Int128] {
    switch columns[index].values {
    case .int128(let values): return values
    case .int64(let values): return values.map { Int128($0) }
    default: throw unexpected(index)
    }
  }

  func texts(_ index: Int) throws -> (codes: [Int32], dictionary: StringDictionary) {
    guard case .codes(let codes, let dictionary) = columns[index].values else { throw unexpected(index) }
    return (codes, dictionary)
  }

  private func unexpected(_ index: Int) -> LakeError {
    LakeError(
      .badInput, "The column \(columns[index].name) does not have the type it should", advice: "Check who wrote the table")
  }
}
