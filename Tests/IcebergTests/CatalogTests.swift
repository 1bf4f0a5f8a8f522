import Dispatch
import Foundation
import GRDB
import Synchronization
import Testing

@testable import Iceberg

@Suite struct `SQLite catalog` {
  @Test func `the file is laid out as PyIceberg's`() throws {
    let lake = try Lakehouse()
    try lake.makeTable("trades")
    let database = try DatabaseQueue(path: lake.folder + "/catalog.db")
    try database.read { db in
      #expect(
        try db.columns(in: "iceberg_tables").map(\.name) == [
          "catalog_name", "table_namespace", "table_name", "metadata_location", "previous_metadata_location", "iceberg_type",
        ])
      #expect(
        try db.columns(in: "iceberg_namespace_properties").map(\.name) == [
          "catalog_name", "namespace", "property_key", "property_value",
        ])
      let table = try #require(try Row.fetchOne(db, sql: "SELECT * FROM iceberg_tables"))
      let texts = ["catalog_name", "table_namespace", "table_name", "iceberg_type", "previous_metadata_location"]
      #expect(texts.map { table[$0] as String? } == ["wick", "bronze", "trades", "TABLE", nil])
      let namespace = try #require(try Row.fetchOne(db, sql: "SELECT * FROM iceberg_namespace_properties"))
      #expect(["namespace", "property_key", "property_value"].map { namespace[$0] as String } == ["bronze", "exists", "true"])
      #expect(try String.fetchOne(db, sql: "PRAGMA journal_mode") == "wal")
    }
  }

  @Test func `a file without the type column is used as it is`() throws {
    let lake = try Lakehouse()
    let path = lake.folder + "/old.db"
    try DatabaseQueue(path: path).write { db in
      try db.execute(
        sql: """
          CREATE TABLE iceberg_tables (catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL,
            table_name VARCHAR(255) NOT NULL, metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000),
            PRIMARY KEY (catalog_name, table_namespace, table_name))
          """)
    }
    let catalog = try SQLiteCatalog(path: path, warehouse: "file:///w")
    let table = TableIdentifier("a", "b")
    try catalog.register(table, metadataLocation: "1")
    try catalog.swap([PointerSwap(table: table, expected: "1", replacement: "2")])
    #expect(try catalog.metadataLocation(of: table) == "2")
    #expect(try catalog.tables(in: nil) == [table])
  }

  @Test func `names are listed, missing and taken ones are told apart`() throws {
    let lake = try Lakehouse()
    let table = try lake.makeTable("trades")
    #expect(try lake.catalog.namespaces() == ["bronze"])
    #expect(try lake.catalog.tables(in: "bronze") == [table])
    #expect(try lake.catalog.tables(in: "silver") == [])
    let missing = #expect(throws: IcebergError.self) { try lake.catalog.metadataLocation(of: TableIdentifier("bronze", "x")) }
    #expect(missing?.code == .notFound)
    let taken = #expect(throws: IcebergError.self) { try lake.makeTable("trades") }
    #expect(taken?.code == .alreadyExists)
    let gone = #expect(throws: IcebergError.self) {
      try lake.catalog.swap([PointerSwap(table: TableIdentifier("bronze", "x"), expected: "1", replacement: "2")])
    }
    #expect(gone?.code == .notFound)
  }

  @Test func `many may open a new file at once`() async throws {
    let folder = try Lakehouse().folder + "-shared"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for round in 0..<10 {
      let failures = Mutex<[String]>([])
      DispatchQueue.concurrentPerform(iterations: 4) { _ in
        do {
          let catalog = try SQLiteCatalog(path: "\(folder)/\(round).db", warehouse: "file:///w")
          try catalog.createNamespace("bronze")
        } catch { failures.withLock { $0.append("\(error)") } }
      }
      #expect(failures.withLock { $0 } == [])
    }
  }

  @Test func `views of other clients are not taken for tables`() throws {
    let lake = try Lakehouse()
    try DatabaseQueue(path: lake.folder + "/catalog.db").write { db in
      try db.execute(sql: "INSERT INTO iceberg_tables VALUES ('wick', 'bronze', 'v', 'x', NULL, 'VIEW')")
      try db.execute(sql: "INSERT INTO iceberg_tables VALUES ('wick', 'bronze', 'old', 'x', NULL, NULL)")
      try db.execute(sql: "INSERT INTO iceberg_tables VALUES ('default', 'bronze', 'other', 'x', NULL, 'TABLE')")
    }
    #expect(try lake.catalog.tables(in: nil) == [TableIdentifier("bronze", "old")])
  }

  @Test func `a file that is no catalog is refused with a sentence`() throws {
    let lake = try Lakehouse()
    let uri = LocalFileStore.uri(path: lake.folder + "/x.db")
    try lake.files.create(uri, Array("this is no database, only some text that is long enough to be looked at".utf8))
    let error = #expect(throws: IcebergError.self) { try SQLiteCatalog(path: lake.folder + "/x.db", warehouse: "file:///w") }
    #expect(error?.code == .catalog)
  }

  @Test func `files are created once, with their folders`() throws {
    let lake = try Lakehouse()
    let durable = LocalFileStore()
    let uri = LocalFileStore.uri(path: lake.folder + "/a/b/c")
    try durable.create(uri, [1, 2, 3])
    #expect(try durable.read(uri) == [1, 2, 3])
    #expect(throws: IcebergError.self) { try durable.create(uri, [4]) }
    try durable.delete(uri)
    try durable.delete(uri)
    let missing = #expect(throws: IcebergError.self) { try durable.read(uri) }
    #expect(missing?.code == .notFound)
    #expect(throws: IcebergError.self) { try durable.read("s3://bucket/key") }
  }
}
