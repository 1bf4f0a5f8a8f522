import Foundation
import Iceberg
import Parquet
import Synchronization

/// Candles of the lake's table `silver.candles`, as the sink fills it. Safe from any thread; calls block.
///
/// A lake or table that does not exist yet has no candles. Of each question only the files are read whose bounds may hold an
/// answer, those nearest to its beginning first, and no more than `Limits` allow. A manifest is read once while the table has it.
public final class LakeHistory: CandleHistory {
  /// How much one question may read.
  public struct Limits: Sendable {
    public var files = 2_000
    /// As many as the files say they hold.
    public var rows: Int64 = 4_000_000
    /// Files that are opened to learn which series there are.
    public var seriesFiles = 500
    /// Series that are listed.
    public var series = 16_000

    public init() {}
  }

  private struct Opened {
    var catalog: SQLiteCatalog?
    /// The metadata file of `files`.
    var location: String?
    var files: [HistoryFile] = []
    var manifests: [String: [HistoryFile]] = [:]
  }

  private let folder: String
  private let limits: Limits
  private let store: any FileStore
  private let onOpen: @Sendable (String) -> Void
  private let table = TableIdentifier("silver", "candles")
  private let opened = Mutex(Opened())
  private let known = Mutex(KnownSeries())

  /// - Parameters:
  ///   - folder: as the sink's `--lake`.
  ///   - onOpen: told of each data file that is opened.
  public init(
    folder: String, limits: Limits = Limits(), store: any FileStore = LocalFileStore(durable: false),
    onOpen: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.folder = URL(fileURLWithPath: folder).standardizedFileURL.path
    self.limits = limits
    self.store = store
    self.onOpen = onOpen
  }

  public func candles(_ query: CandleQuery) throws -> HistoryAnswer {
    var found = HistoryRows(query: query)
    var read: (files: Int, rows: Int64) = (0, 0)
    for file in HistoryFile.ordered(try files().filter { $0.mayHold(query) }, newest: query.isNewest) {
      guard found.needs(file) else { continue }
      if read.files >= limits.files || read.files > 0 && read.rows + file.rows > limits.rows {
        return try cut(found, before: file)
      }
      let reader = try open(file)
      for group in 0..<reader.rowGroupCount { try found.add(try reader.readRowGroup(group, columns: HistoryRows.columns)) }
      read.files += 1
      read.rows += file.rows
    }
    return HistoryAnswer(query.cut(found.candles))
  }

  /// What is certain without `file` and those behind it.
  private func cut(_ found: HistoryRows, before file: HistoryFile) throws -> HistoryAnswer {
    if let end = found.query.isNewest ? file.last : file.first {
      let answer = HistoryAnswer(found.query.cut(found.candles), end: end).certain(newest: found.query.isNewest)
      if !answer.candles.isEmpty { return answer }
    }
    throw Problem(
      503, "More than \(limits.files) files of the lake hold the beginning of this range; name a venue, or compact the table.")
  }

  private func open(_ file: HistoryFile) throws -> ParquetReader {
    onOpen(file.path)
    return try ParquetReader(FileSource(path: try store.localPath(forReading: file.path)))
  }

  /// The files of the current snapshot.
  private func files() throws -> [HistoryFile] {
    try opened.withLock { opened in
      if opened.catalog == nil {
        let path = folder + "/catalog.db"
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        opened.catalog = try SQLiteCatalog(path: path, warehouse: LocalFileStore.uri(path: folder))
      }
      guard let catalog = opened.catalog else { return [] }
      do {
        if try catalog.metadataLocation(of: table) == opened.location { return opened.files }
        let scan = try TableScan(try catalog.load(table, files: store))
        let schema = scan.schema
        opened.files = try scan.files(store, known: &opened.manifests) { HistoryFile($0, schema) }
        opened.location = scan.table.metadataLocation
      } catch let error as IcebergError where error.code == .notFound {
        return []
      }
      return opened.files
    }
  }

  // MARK: Series

  private struct KnownSeries {
    var keys: Set<SeriesKey> = []
    /// Paths of files that were looked into.
    var seen: Set<String> = []
    var isReading = false
  }

  /// The series of the files looked into so far. Each call looks into some more, the newest first, until all are known; while
  /// one does, others answer with what there is.
  public func series() throws -> Set<SeriesKey> {
    let files = HistoryFile.ordered(try files(), newest: true)
    let mayRead = known.withLock { known in
      guard !known.isReading else { return false }
      known.isReading = true
      known.seen.formIntersection(files.map(\.path))
      return true
    }
    guard mayRead else { return known.withLock(\.keys) }
    defer { known.withLock { $0.isReading = false } }
    var left = limits.seriesFiles
    for file in files where known.withLock({ !$0.seen.contains(file.path) && $0.keys.count < limits.series }) {
      guard file.series != nil || left > 0 else { continue }
      let keys = try file.series.map { [$0] } ?? series(of: file)
      if file.series == nil { left -= 1 }
      known.withLock { known in
        known.keys.formUnion(keys)
        known.seen.insert(file.path)
      }
    }
    return known.withLock(\.keys)
  }

  private func series(of file: HistoryFile) throws -> Set<SeriesKey> {
    let reader = try open(file)
    var keys: Set<SeriesKey> = []
    for group in 0..<reader.rowGroupCount {
      let batch = try HistoryBatch(try reader.readRowGroup(group, columns: HistoryFile.names))
      for row in 0..<batch.rowCount {
        keys.insert(SeriesKey(venue: batch.text(1, row), symbol: batch.text(2, row), interval: batch.text(0, row)))
      }
    }
    return keys
  }
}
