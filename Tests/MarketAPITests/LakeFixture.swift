import Columns
import Foundation
import Iceberg
import MarketAPI
import Synchronization

/// A lake of many small files of candles, as a sink that commits often leaves it.
final class LakeFixture {
  let folder: String
  private let files = LocalFileStore(durable: false)
  private let committer: Committer
  private let table = TableIdentifier("silver", "candles")
  private var pending: [DataFile] = []
  /// The paths of the data files, by the minute they hold.
  private(set) var paths: [Int64: [String]] = [:]

  static let first: Int64 = 1_723_161_600_000 / 60_000

  private static let decimals = ["open", "high", "low", "close", "volume", "quote_volume", "vwap"]

  private static let schema: Schema = {
    var fields: [(String, IcebergType)] = [("interval", .string), ("venue", .string), ("symbol", .string)]
    fields += [("window_start", .timestamptz), ("window_end", .timestamptz)]
    fields += decimals.map { ($0, .decimal(precision: 18, scale: 8)) }
    fields += [("trades", .long), ("revision", .int)]
    return Schema(
      fields: fields.enumerated().map { Field(id: $0.offset + 1, name: $0.element.0, required: false, type: $0.element.1) })
  }()

  init() throws {
    folder = NSTemporaryDirectory() + "wick-history-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let catalog = try SQLiteCatalog(path: folder + "/catalog.db", warehouse: LocalFileStore.uri(path: folder))
    committer = Committer(catalog: catalog, files: files)
    _ = try catalog.create(
      table, schema: Self.schema,
      spec: try PartitionSpec(of: Self.schema, [("interval", .identity), ("window_start", .month)]), files: files)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// One file with the candles of one minute.
  func write(minute: Int64, symbols: [String] = ["BTC-USDT", "ETH-USDT"], interval: String = "1m", revision: Int64 = 0) throws {
    let writer = try DataFileWriter(table: try committer.load(table), files: files)
    try writer.write(Self.batch(minute: minute, symbols: symbols, interval: interval, revision: revision))
    let made = try writer.finish()
    pending += made
    paths[minute, default: []] += made.map(\.path)
  }

  static func batch(
    minute: Int64, symbols: [String], interval: String = "1m", revision: Int64 = 0
  ) -> ColumnBatch {
    let (start, count) = ((first + minute) * 60_000_000, symbols.count)
    func text(_ name: String, _ values: [String]) -> Column {
      let dictionary = StringDictionary()
      return Column(name: name, type: .string, values: .codes(values.map { dictionary.code(of: $0) }, dictionary))
    }
    func numbers(_ name: String, _ type: ColumnType, _ value: Int64) -> Column {
      Column(name: name, type: type, values: .int64(Array(repeating: value, count: count)))
    }
    var columns = [
      text("interval", symbols.map { _ in interval }), text("venue", symbols.map { _ in "binance" }), text("symbol", symbols),
      numbers("window_start", .timestampMicros, start), numbers("window_end", .timestampMicros, start + 60_000_000),
    ]
    columns += decimals.map { numbers($0, .decimal(precision: 18, scale: 8), minute * 100_000_000) }
    columns += [numbers("trades", .int64, 1), numbers("revision", .int32, revision)]
    return ColumnBatch(columns: columns, rowCount: count)
  }

  func commit() throws {
    _ = try committer.commit([TableCommit(table: table, commitID: UUID().uuidString, files: pending)])
    pending = []
  }

  static func query(
    _ minutes: Range<Int64>, symbol: String = "BTC-USDT", limit: Int = 5000, newest: Bool = false
  ) -> CandleQuery {
    CandleQuery(
      symbol: symbol, interval: "1m", venue: "binance",
      range: (first + minutes.lowerBound) * 60_000..<(first + minutes.upperBound) * 60_000, limit: limit, isNewest: newest)
  }
}

extension [NamedCandle] {
  var lakeMinutes: [Int64] { map { $0.candle.start / 60_000 - LakeFixture.first } }
}

/// What was opened since the last look. Safe from any thread.
final class Opened: Sendable {
  private let paths = Mutex<[String]>([])
  func add(_ path: String) { paths.withLock { $0.append(path) } }
  func take() -> [String] {
    paths.withLock { paths in
      defer { paths = [] }
      return paths
    }
  }
}

/// A store that tells what is read whole.
final class WatchedStore: FileStore {
  private let base = LocalFileStore(durable: false)
  let reads = Opened()

  func read(_ uri: String) throws -> [UInt8] {
    reads.add(uri)
    return try base.read(uri)
  }
  func create(_ uri: String, _ bytes: [UInt8]) throws { try base.create(uri, bytes) }
  func delete(_ uri: String) throws { try base.delete(uri) }
  func localPath(forWriting uri: String) throws -> String { try base.localPath(forWriting: uri) }
  func seal(_ uri: String) throws { try base.seal(uri) }
  func list(_ folder: String) throws -> [StoredFile] { try base.list(folder) }
  func localPath(forReading uri: String) throws -> String { try base.localPath(forReading: uri) }
}
