import GRDB

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A catalog in one SQLite file, laid out as PyIceberg's `SqlCatalog` and Java's `JdbcCatalog` (schema version 1) have it, so
/// that `SqlCatalog("wick", uri: "sqlite:///…/catalog.db")` opens the same tables.
///
/// Several processes may use the file at once: it is in WAL mode, and only the pointer's update takes the write lock.
/// Calls block (up to `busyTimeout` for another writer's lock) and may come from several threads.
public final class SQLiteCatalog: Catalog {
  /// The name under which tables are filed; other clients must use the same.
  public let name: String
  public let warehouse: String
  private let path: String
  private let database: DatabaseQueue
  /// Whether the file has the column `iceberg_type`, which version 0 lacks.
  private let hasTypeColumn: Bool

  /// Opens the catalog at `path`, made where it is missing. `warehouse` is the URI under which new tables go.
  ///
  /// Throws `IcebergError.catalog` when the file cannot be opened or is no catalog.
  public init(path: String, name: String = "wick", warehouse: String, busyTimeout: Double = 10) throws {
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.busyMode = .timeout(busyTimeout)
    configuration.label = "catalog"
    self.name = name
    self.path = path
    self.warehouse = warehouse.hasSuffix("/") ? String(warehouse.dropLast()) : warehouse
    do {
      (database, hasTypeColumn) = try Self.open(path, configuration, patience: busyTimeout)
    } catch {
      throw Self.failure("the catalog could not be opened", path, error)
    }
  }

  /// Opens the file and makes the tables.
  ///
  /// Two processes that open a new file at once collide while it becomes a WAL database, and SQLite reports that as busy without
  /// waiting (a wait could be for each other); so the opening is repeated.
  private static func open(
    _ path: String, _ configuration: Configuration, patience: Double
  ) throws -> (DatabaseQueue, hasTypeColumn: Bool) {
    let deadline = ContinuousClock.now + .seconds(patience)
    while true {
      do {
        let database = try DatabaseQueue(path: path, configuration: configuration)
        let hasTypeColumn = try database.writeWithoutTransaction { db in
          // A pointer that readers have seen must survive a power cut, as the files it points to do. Here, since opening a WAL
          // database sets NORMAL, after all that is prepared.
          try db.execute(sql: "PRAGMA synchronous = FULL")
          try makeTables(db)
          return try db.columns(in: "iceberg_tables").contains { $0.name == "iceberg_type" }
        }
        return (database, hasTypeColumn)
      } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && ContinuousClock.now < deadline {
        usleep(UInt32.random(in: 1_000...20_000))
      }
    }
  }

  private static func makeTables(_ db: Database) throws {
    guard try !db.tableExists("iceberg_tables") || !db.tableExists("iceberg_namespace_properties") else { return }
    try db.inTransaction(.immediate) {
      try db.execute(
        sql: """
          CREATE TABLE IF NOT EXISTS iceberg_tables (
            catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL, table_name VARCHAR(255) NOT NULL,
            metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000), iceberg_type VARCHAR(5),
            PRIMARY KEY (catalog_name, table_namespace, table_name));
          CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (
            catalog_name VARCHAR(255) NOT NULL, namespace VARCHAR(255) NOT NULL, property_key VARCHAR(255) NOT NULL,
            property_value VARCHAR(1000) NOT NULL, PRIMARY KEY (catalog_name, namespace, property_key));
          """)
      return .commit
    }
  }

  /// `.io` where the disk is the reason, so that nobody waits for another writer to finish.
  private static func failure(_ what: String, _ path: String, _ error: any Error, code: IcebergError.Code? = nil) -> IcebergError
  {
    guard let error = error as? DatabaseError else {
      return IcebergError(code ?? .catalog, "\(what): \(type(of: error)) in \(path).")
    }
    let isDisk = [.SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode)
    // The extended description may hold statement arguments; code and message do not.
    let reason = "SQLite error \(error.extendedResultCode.rawValue), \(error.message ?? "")"
    return IcebergError(code ?? (isDisk ? .io : .catalog), "\(what): \(reason) in \(path).")
  }

  private var isTable: String { hasTypeColumn ? " AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL)" : "" }

  private func read<T>(_ what: String, _ body: (Database) throws -> T) throws -> T {
    do {
      return try database.read(body)
    } catch {
      throw Self.failure("\(what) could not be read from the catalog", path, error)
    }
  }

  public func createNamespace(_ namespace: String) throws {
    guard try !namespaces().contains(namespace) else { return }
    do {
      try database.write { db in
        try db.execute(
          sql: "INSERT OR IGNORE INTO iceberg_namespace_properties VALUES (?, ?, 'exists', 'true')", arguments: [name, namespace])
      }
    } catch {
      throw Self.failure("the namespace \(namespace) could not be made", path, error)
    }
  }

  public func namespaces() throws -> [String] {
    try read("the namespaces") { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT namespace FROM iceberg_namespace_properties WHERE catalog_name = ?1
          UNION SELECT table_namespace FROM iceberg_tables WHERE catalog_name = ?1 ORDER BY 1
          """, arguments: [name])
    }
  }

  public func tables(in namespace: String?) throws -> [TableIdentifier] {
    try read("the tables") { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT table_namespace, table_name FROM iceberg_tables
          WHERE catalog_name = ?1 AND (?2 IS NULL OR table_namespace = ?2)\(isTable) ORDER BY 1, 2
          """, arguments: [name, namespace]
      ).map { TableIdentifier($0[0], $0[1]) }
    }
  }

  public func metadataLocation(of table: TableIdentifier) throws -> String {
    let location = try read("the table \(table)") { db in try self.pointer(db, table) }
    guard let location else { throw IcebergError(.notFound, "there is no table \(table) in the catalog \(name).") }
    return location
  }

  private func pointer(_ db: Database, _ table: TableIdentifier) throws -> String? {
    try String.fetchOne(
      db,
      sql: """
        SELECT metadata_location FROM iceberg_tables
        WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?\(isTable)
        """, arguments: [name, table.namespace, table.name])
  }

  public func register(_ table: TableIdentifier, metadataLocation: String) throws {
    let columns = "catalog_name, table_namespace, table_name, metadata_location, previous_metadata_location"
    let sql =
      hasTypeColumn
      ? "INSERT INTO iceberg_tables (\(columns), iceberg_type) VALUES (?, ?, ?, ?, NULL, 'TABLE')"
      : "INSERT INTO iceberg_tables (\(columns)) VALUES (?, ?, ?, ?, NULL)"
    do {
      try database.write { db in
        try db.execute(sql: sql, arguments: [name, table.namespace, table.name, metadataLocation])
      }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
      throw IcebergError(.alreadyExists, "there is already a table \(table) in the catalog \(name).")
    } catch {
      throw Self.failure("the table \(table) could not be added to the catalog", path, error)
    }
  }

  public func swap(_ pointers: [PointerSwap]) throws {
    guard !pointers.isEmpty else { return }
    var outcome = SwapOutcome.notBegun
    do {
      try database.writeWithoutTransaction { db in
        try db.inTransaction(.immediate) {
          outcome = .begun
          for pointer in pointers where try !self.update(db, pointer) {
            outcome = .lost(pointer.table, exists: try self.pointer(db, pointer.table) != nil)
            return .rollback
          }
          outcome = .committing
          return .commit
        }
      }
    } catch {
      // An error before COMMIT rolled everything back; one from COMMIT itself leaves open what reached the disk.
      let code: IcebergError.Code? = outcome == .committing ? .commitStateUnknown : nil
      throw Self.failure("the catalog's pointers could not be moved", path, error, code: code)
    }
    guard case .lost(let table, let exists) = outcome else { return }
    throw exists
      ? IcebergError(.commitConflict, "the table \(table) was changed by somebody else; load it again and retry.")
      : IcebergError(.notFound, "there is no table \(table) in the catalog \(name) any more.")
  }

  private enum SwapOutcome: Equatable {
    case notBegun, begun, committing
    case lost(TableIdentifier, exists: Bool)
  }

  private func update(_ db: Database, _ pointer: PointerSwap) throws -> Bool {
    try db.execute(
      sql: """
        UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = ?
        WHERE catalog_name = ? AND table_namespace = ? AND table_name = ? AND metadata_location = ?\(isTable)
        """,
      arguments: [
        pointer.replacement, pointer.expected, name, pointer.table.namespace, pointer.table.name, pointer.expected,
      ])
    return db.changesCount == 1
  }
}
