import CrashPoints
import JSON

/// A table's name: its namespace (`bronze`, or `a.b`) and its own.
public struct TableIdentifier: Hashable, Sendable, CustomStringConvertible, Comparable {
  public var namespace: String
  public var name: String

  public init(_ namespace: String, _ name: String) {
    self.namespace = namespace
    self.name = name
  }

  /// Splits `bronze.trades` at its last dot. Throws `IcebergError.invalid` without one.
  public init(_ dotted: String) throws {
    guard let dot = dotted.lastIndex(of: "."), dot != dotted.startIndex, dotted.index(after: dot) != dotted.endIndex else {
      throw IcebergError(.invalid, "\(dotted) is not a table name; write namespace.table.")
    }
    self.init(String(dotted[..<dot]), String(dotted[dotted.index(after: dot)...]))
  }

  public var description: String { "\(namespace).\(name)" }

  public static func < (a: TableIdentifier, b: TableIdentifier) -> Bool { a.description < b.description }
}

/// One table's pointer moving from one metadata file to the next.
public struct PointerSwap: Hashable, Sendable {
  public var table: TableIdentifier
  /// The metadata file the table must point to.
  public var expected: String
  /// The metadata file it points to afterwards.
  public var replacement: String

  public init(table: TableIdentifier, expected: String, replacement: String) {
    self.table = table
    self.expected = expected
    self.replacement = replacement
  }
}

/// Which metadata file each table points to. All calls block; implementations may be used from several threads.
public protocol Catalog: Sendable {
  /// The URI under which new tables get their folders.
  var warehouse: String { get }
  /// Makes a namespace; one that exists is fine.
  func createNamespace(_ namespace: String) throws
  /// The namespaces, sorted.
  func namespaces() throws -> [String]
  /// The tables of a namespace, or all, sorted.
  func tables(in namespace: String?) throws -> [TableIdentifier]
  /// The metadata file of a table. Throws `IcebergError.notFound`.
  func metadataLocation(of table: TableIdentifier) throws -> String
  /// Adds a table. Throws `IcebergError.alreadyExists`.
  func register(_ table: TableIdentifier, metadataLocation: String) throws
  /// Moves all pointers or none.
  ///
  /// Throws `IcebergError.commitConflict` when a table no longer points where expected, `.notFound` when it is gone,
  /// `.catalog` when nothing was attempted, `.commitStateUnknown` when the outcome is not known.
  func swap(_ pointers: [PointerSwap]) throws
}

/// A table as it was when it was loaded.
public struct Table: Sendable {
  public let identifier: TableIdentifier
  /// The metadata file it pointed to.
  public let metadataLocation: String
  public let metadata: TableMetadata

  public init(identifier: TableIdentifier, metadataLocation: String, metadata: TableMetadata) {
    self.identifier = identifier
    self.metadataLocation = metadataLocation
    self.metadata = metadata
  }
}

extension Catalog {
  /// Loads a table's current state.
  public func load(_ table: TableIdentifier, files: any FileStore) throws -> Table {
    let location = try metadataLocation(of: table)
    return Table(identifier: table, metadataLocation: location, metadata: try TableMetadata(parsing: try files.read(location)))
  }

  /// Makes an empty table in the folder `<warehouse>/<namespace>/<name>`, and its namespace where it is missing.
  ///
  /// Throws `IcebergError.alreadyExists` when the name is taken; the metadata file written for it is then an orphan.
  public func create(
    _ table: TableIdentifier, schema: Schema, spec: PartitionSpec = PartitionSpec(), sortOrder: SortOrder = .unsorted,
    properties: [String: String] = [:], files: any FileStore
  ) throws -> Table {
    let folder = ([warehouse] + table.namespace.split(separator: ".").map(String.init) + [table.name]).joined(separator: "/")
    let metadata = try TableMetadata(
      uuid: Identifiers.uuid(), location: folder, schema: schema, spec: spec, sortOrder: sortOrder, properties: properties,
      now: Identifiers.nowMillis())
    let location = MetadataNames.metadata(in: folder, version: 0)
    try createNamespace(table.namespace)
    CrashPoint.hit("iceberg.table.metadata")
    try files.create(location, metadata.json.utf8)
    CrashPoint.hit("iceberg.table.metadata", .after)
    CrashPoint.hit("iceberg.table.register")
    try register(table, metadataLocation: location)
    CrashPoint.hit("iceberg.table.register", .after)
    return Table(identifier: table, metadataLocation: location, metadata: metadata)
  }
}
