import Columns
import Foundation
import Iceberg
import Market
import Parquet
import Synchronization

/// Candles of the lake's table `silver.candles`, as the sink fills it. Safe from any thread; calls block.
///
/// A lake or table that does not exist yet has no candles. Of each question only the files are read whose bounds may hold an
/// answer, those nearest to its beginning first.
public final class LakeHistory: CandleHistory {
  private let folder: String
  private let table = TableIdentifier("silver", "candles")
  private let store = LocalFileStore(durable: false)
  private struct Opened {
    var catalog: SQLiteCatalog?
    /// The files of the snapshot that was read last.
    var location: String?
    var files: [DataFile] = []
    var schema: Schema?
  }
  private let opened = Mutex(Opened())

  /// - Parameter folder: as the sink's `--lake`.
  public init(folder: String) { self.folder = URL(fileURLWithPath: folder).standardizedFileURL.path }

  public func candles(_ query: CandleQuery) throws -> [NamedCandle] {
    guard let (schema, files) = try snapshot() else { return [] }
    guard let start = schema.field(named: "window_start") else { return [] }
    var found = HistoryRows(query: query)
    for file in Self.ordered(files, by: start, newest: query.isNewest) {
      guard Self.mayHold(file, schema, query), found.needs(file.bounds(of: start)) else { continue }
      let reader = try ParquetReader(FileSource(path: try LocalFileStore.path(file.path)))
      for group in 0..<reader.rowGroupCount { try found.add(try reader.readRowGroup(group, columns: HistoryRows.columns)) }
    }
    return query.cut(found.candles)
  }

  private func snapshot() throws -> (Schema, [DataFile])? {
    try opened.withLock { opened in
      if opened.catalog == nil {
        let path = folder + "/catalog.db"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        opened.catalog = try SQLiteCatalog(path: path, warehouse: LocalFileStore.uri(path: folder))
      }
      guard let catalog = opened.catalog else { return nil }
      let loaded: Table
      do { loaded = try catalog.load(table, files: store) } catch let error as IcebergError where error.code == .notFound {
        return nil
      }
      if opened.location != loaded.metadataLocation {
        let scan = try TableScan(loaded)
        (opened.files, opened.schema) = (try scan.files(store), scan.schema)
        opened.location = loaded.metadataLocation
      }
      return opened.schema.map { ($0, opened.files) }
    }
  }

  /// Files in the order in which they are needed.
  private static func ordered(_ files: [DataFile], by start: Field, newest: Bool) -> [DataFile] {
    let keyed = files.map { file -> (Int64, DataFile) in
      let bounds = file.bounds(of: start)
      return newest ? (micros(bounds.upper) ?? .max, file) : (micros(bounds.lower) ?? .min, file)
    }
    return keyed.sorted { newest ? $0.0 > $1.0 : $0.0 < $1.0 }.map(\.1)
  }

  /// Whether a file's bounds leave room for a row of the question.
  private static func mayHold(_ file: DataFile, _ schema: Schema, _ query: CandleQuery) -> Bool {
    let texts = [("interval", query.interval), ("symbol", query.symbol)] + (query.venue.map { [("venue", $0)] } ?? [])
    for (name, text) in texts {
      guard let field = schema.field(named: name) else { return false }
      let bounds = file.bounds(of: field)
      // Bounds of long texts are cut off, and a cut upper bound is rounded up.
      if case .string(let lower)? = bounds.lower, text < lower { return false }
      if case .string(let upper)? = bounds.upper, text > upper { return false }
    }
    guard let start = schema.field(named: "window_start") else { return false }
    let bounds = file.bounds(of: start)
    if let lower = micros(bounds.lower), lower / 1000 >= query.range.upperBound { return false }
    if let upper = micros(bounds.upper), upper / 1000 < query.range.lowerBound { return false }
    return true
  }

  static func micros(_ datum: Datum?) -> Int64? {
    switch datum {
    case .timestamptz(let value), .long(let value): value
    default: nil
    }
  }
}

/// The rows found so far, of each window the highest revision. Pure.
struct HistoryRows {
  struct Window: Hashable {
    var series: SeriesKey
    var start: Int64
  }

  let query: CandleQuery
  private var rows: [Window: CandleRow] = [:]

  init(query: CandleQuery) { self.query = query }

  var candles: [NamedCandle] { rows.map { NamedCandle($0.key.series, $0.value) } }

  static let columns = [
    "interval", "venue", "symbol", "window_start", "window_end", "open", "high", "low", "close", "volume", "quote_volume", "vwap",
    "trades", "revision",
  ]

  /// Whether a file of these bounds can still change the answer: once there are enough rows, only rows nearer to the beginning can.
  mutating func needs(_ bounds: (lower: Datum?, upper: Datum?)) -> Bool {
    // A page may begin with the rows of one start that the page before ended with.
    let enough = query.limit + 2 + (query.after == nil ? 0 : 100)
    guard rows.count > enough else { return true }
    let starts = rows.keys.map(\.start).sorted()
    if query.isNewest {
      return LakeHistory.micros(bounds.upper).map { $0 / 1000 >= starts[starts.count - enough] } ?? true
    }
    return LakeHistory.micros(bounds.lower).map { $0 / 1000 <= starts[enough - 1] } ?? true
  }

  mutating func add(_ batch: ColumnBatch) throws {
    let reader = try HistoryBatch(batch)
    for row in 0..<batch.rowCount {
      guard reader.text(0, row) == query.interval, reader.text(2, row) == query.symbol else { continue }
      let key = SeriesKey(venue: reader.text(1, row), symbol: reader.text(2, row), interval: query.interval)
      let start = reader.integer(3, row) / 1000
      guard query.takes(key), query.range.contains(start) else { continue }
      let window = Window(series: key, start: start)
      let candle = reader.candle(row)
      if rows[window].map({ $0.revision <= candle.revision }) ?? true { rows[window] = candle }
    }
  }
}

/// Typed access to a batch of `HistoryRows.columns`.
private struct HistoryBatch {
  private let batch: ColumnBatch
  private let scales: [Int]

  init(_ batch: ColumnBatch) throws {
    self.batch = batch
    scales = batch.columns.map { column in
      if case .decimal(_, let scale) = column.type { scale } else { 0 }
    }
    for (index, column) in batch.columns.enumerated() {
      let isSound =
        switch column.values {
        case .codes: index < 3
        case .int64, .int128: index >= 3
        default: false
        }
      guard isSound else {
        throw IcebergError(.invalid, "the column \(column.name) of silver.candles does not have the type it should.")
      }
    }
  }

  func text(_ column: Int, _ row: Int) -> String {
    guard case .codes(let codes, let dictionary) = batch.columns[column].values else { return "" }
    return dictionary.string(codes[row])
  }

  func integer(_ column: Int, _ row: Int) -> Int64 {
    guard case .int64(let values) = batch.columns[column].values else { return 0 }
    return values[row]
  }

  private func decimal(_ column: Int, _ row: Int) -> FixedDecimal {
    switch batch.columns[column].values {
    case .int64(let values): FixedDecimal(unscaled: Int128(values[row]), scale: scales[column])
    case .int128(let values): FixedDecimal(unscaled: values[row], scale: scales[column])
    default: FixedDecimal(unscaled: 0, scale: 0)
    }
  }

  func candle(_ row: Int) -> CandleRow {
    CandleRow(
      start: integer(3, row) / 1000, end: integer(4, row) / 1000, open: decimal(5, row), high: decimal(6, row),
      low: decimal(7, row), close: decimal(8, row), volume: decimal(9, row), quoteVolume: decimal(10, row),
      vwap: batch.columns[11].isNull(row) ? nil : decimal(11, row), trades: integer(12, row),
      revision: Int32(clamping: integer(13, row)))
  }
}
