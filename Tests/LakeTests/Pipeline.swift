import ClusterSupport
import Columns
import Foundation
import Iceberg
import Logging
import Parquet

@testable import Kafka
@testable import Lake

/// A topic, a lake folder and a sink between them, on the cluster that `EmbeddedTestCluster` gives.
final class Pipeline {
  let topic = "wicktest-lake-\(UInt64.random(in: 0...UInt64.max))"
  let folder = NSTemporaryDirectory() + "wick-lake-" + UUID().uuidString
  let schemas = MemorySchemas()
  let kafka: KafkaConfiguration
  let admin: Admin
  var mappings: [TopicTable]
  private(set) var schemaID: Int32 = 0

  static let quiet: Logger = {
    var logger = Logger(label: "wick.lake.test")
    logger.logLevel = .critical
    return logger
  }()

  init(partitions: Int = 2) throws {
    kafka = KafkaConfiguration(bootstrap: try EmbeddedTestCluster.bootstrap, clientID: "wick-test", logger: Self.quiet)
    admin = try Admin(kafka)
    try admin.create([TopicSpecification(topic, partitions: partitions)])
    mappings = [TopicTable(topic: topic, table: TableIdentifier("bronze", "trades"), kind: .trades)]
    schemaID = try schemas.register(`Tables and rows`.trade, subject: "\(topic)-value")
  }

  deinit {
    try? admin.delete(topics: [topic])
    admin.close()
    try? FileManager.default.removeItem(atPath: folder)
  }

  func configuration(_ change: (inout SinkConfiguration) -> Void = { _ in }) -> SinkConfiguration {
    var configuration = SinkConfiguration(
      kafka: kafka, registry: [], lake: folder, mappings: mappings, commitInterval: .milliseconds(50), untilEnd: true,
      durable: false,
      logger: Self.quiet)
    change(&configuration)
    return configuration
  }

  @discardableResult
  func sink(_ change: (inout SinkConfiguration) -> Void = { _ in }) throws -> SinkSummary {
    try SinkApplication(configuration(change), schemas: schemas).run()
  }

  /// Sends trades in transactions of `each`, every `abortEvery`-th of which is aborted. Returns the ids that were committed.
  @discardableResult
  func produce(_ ids: Range<Int64>, each: Int = 100, abortEvery: Int = 0, value: ((Int64) -> [UInt8])? = nil) throws -> [Int64] {
    let producer = try TransactionalProducer(kafka, transactionalID: "\(topic)-producer")
    defer { producer.close() }
    try producer.initialise()
    let handle = try producer.topic(topic)
    var committed: [Int64] = []
    for (number, start) in stride(from: ids.lowerBound, to: ids.upperBound, by: each).enumerated() {
      let some = start..<min(ids.upperBound, start + Int64(each))
      let permit = try producer.begin()
      for id in some {
        let bytes =
          value?(id)
          ?? Trades.encode(id: id, symbol: "S\(id % 3)", time: 1_723_000_000_000_000 + id * 1_000_000, schemaID: schemaID)
        try bytes.withUnsafeBytes {
          try producer.send(to: handle, partition: Int32(id % 2), key: nil, value: $0, timestamp: nil)
        }
      }
      if abortEvery > 0, number % abortEvery == abortEvery - 1 {
        try producer.abort()
        _ = consume permit
      } else {
        try producer.commit(permit)
        committed += Array(some)
      }
    }
    return committed
  }

  func store() throws -> LakeStore { try LakeStore(folder: folder, durable: false) }

  func ledger(_ table: TableIdentifier = .init("bronze", "trades")) throws -> OffsetLedger {
    try OffsetLedger(of: try store().catalog.load(table, files: LocalFileStore()).metadata)
  }

  /// The values of an integer column over all files of a table.
  func column(_ name: String, of table: TableIdentifier = .init("bronze", "trades")) throws -> [Int64] {
    let store = try store()
    let scan = try TableScan(try store.catalog.load(table, files: store.files))
    return try scan.files(store.files).flatMap { file in
      let reader = try ParquetReader(FileSource(path: try store.files.localPath(forReading: file.path)))
      return try (0..<reader.rowGroupCount).flatMap { group -> [Int64] in
        guard case .int64(let values) = try reader.readRowGroup(group, columns: [name]).columns[0].values else {
          throw Trades.Wrong()
        }
        return values
      }
    }
  }
}
