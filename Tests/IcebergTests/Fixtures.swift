import Columns
import Foundation
import Testing

@testable import Iceberg

/// A folder of its own, removed with the fixture, with a catalog and its files.
final class Lakehouse {
  let folder: String
  let files: LocalFileStore
  let catalog: SQLiteCatalog

  init() throws {
    folder = NSTemporaryDirectory() + "wick-iceberg-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    files = LocalFileStore(durable: false)
    catalog = try SQLiteCatalog(path: folder + "/catalog.db", warehouse: LocalFileStore.uri(path: folder))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// A second handle on the same catalog file, as another process would have.
  func otherCatalog() throws -> SQLiteCatalog {
    try SQLiteCatalog(path: folder + "/catalog.db", warehouse: LocalFileStore.uri(path: folder))
  }

  @discardableResult
  func makeTable(_ name: String, properties: [String: String] = [:]) throws -> TableIdentifier {
    let identifier = TableIdentifier("bronze", name)
    _ = try catalog.create(
      identifier, schema: MetadataTests.schema, spec: try PartitionSpec(of: MetadataTests.schema, [("symbol", .identity)]),
      properties: properties, files: files)
    return identifier
  }

  func paths(_ table: TableIdentifier) throws -> [String] {
    try TableScan(try catalog.load(table, files: files)).files(files).map(\.path).sorted()
  }

  /// All files below the table's folder, as names.
  func names(_ table: TableIdentifier) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/\(table.namespace)/\(table.name)").filter { $0.contains(".") }
  }
}

typealias MetadataTests = `Table metadata`

/// A data file that exists in name only.
func file(_ name: String, symbol: String = "BTC-USDT", rows: Int64 = 1) -> DataFile {
  DataFile(path: "file:///data/\(name).parquet", partition: [.string(symbol)], specID: 0, recordCount: rows, fileSize: 10)
}

func paths(_ names: String...) -> [String] { names.map { "file:///data/\($0).parquet" } }

/// A catalog that misbehaves on demand.
final class FaultyCatalog: Catalog, @unchecked Sendable {
  enum Fault {
    /// The swap takes place, but the answer is lost.
    case lostAnswer
    /// The swap does not take place, and nobody can tell.
    case lostRequest
    /// The swap is refused without having been tried.
    case locked
    /// Something else happens just before.
    case meanwhile(() throws -> Void)
  }

  let base: any Catalog
  var faults: [Fault]
  private(set) var swaps = 0

  init(_ base: any Catalog, _ faults: [Fault]) {
    self.base = base
    self.faults = faults
  }

  var warehouse: String { base.warehouse }
  func createNamespace(_ namespace: String) throws { try base.createNamespace(namespace) }
  func namespaces() throws -> [String] { try base.namespaces() }
  func tables(in namespace: String?) throws -> [TableIdentifier] { try base.tables(in: namespace) }
  func metadataLocation(of table: TableIdentifier) throws -> String { try base.metadataLocation(of: table) }
  func register(_ table: TableIdentifier, metadataLocation: String) throws {
    try base.register(table, metadataLocation: metadataLocation)
  }

  func swap(_ pointers: [PointerSwap]) throws {
    swaps += 1
    switch faults.isEmpty ? nil : faults.removeFirst() {
    case nil: try base.swap(pointers)
    case .lostAnswer:
      try base.swap(pointers)
      throw IcebergError(.commitStateUnknown, "the answer was lost.")
    case .lostRequest: throw IcebergError(.commitStateUnknown, "the request was lost.")
    case .locked: throw IcebergError(.catalog, "the database is locked.")
    case .meanwhile(let action):
      try action()
      try base.swap(pointers)
    }
  }
}

/// A file store that fails for good at its `limit`-th new file, as a process that dies there.
final class DyingFileStore: FileStore, @unchecked Sendable {
  struct Died: Error {}

  let base: any FileStore
  var left: Int

  init(_ base: any FileStore, diesAfter left: Int) {
    self.base = base
    self.left = left
  }

  private func step() throws {
    guard left > 0 else { throw Died() }
    left -= 1
  }

  func read(_ uri: String) throws -> [UInt8] { try base.read(uri) }
  func create(_ uri: String, _ bytes: [UInt8]) throws {
    try step()
    try base.create(uri, bytes)
  }
  func delete(_ uri: String) throws { throw Died() }
  func localPath(forWriting uri: String) throws -> String { try base.localPath(forWriting: uri) }
  func seal(_ uri: String) throws { try step() }
  func list(_ folder: String) throws -> [StoredFile] { try base.list(folder) }
  func localPath(forReading uri: String) throws -> String { try base.localPath(forReading: uri) }
}
