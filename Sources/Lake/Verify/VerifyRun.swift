import Columns
import Contracts
import Iceberg
import Kafka

/// One verification. Owned by one thread.
final class VerifyRun {
  let configuration: VerifyConfiguration
  let schemas: any SchemaSource
  let store: LakeStore
  let reader: TableReader
  let topics: TopicScan
  var report = VerifyReport()

  init(_ configuration: VerifyConfiguration, _ schemas: any SchemaSource) throws {
    self.configuration = configuration
    self.schemas = schemas
    store = try LakeStore(folder: configuration.lake)
    reader = TableReader(store: store)
    topics = try TopicScan(configuration.kafka)
  }

  func close() throws { try topics.close() }

  func run() throws -> VerifyReport {
    let audit = try auditCheck()
    if configuration.checks.contains(.ledger) { try ledgers() }
    if configuration.checks.contains(.candles) { try candles(audit) }
    return report
  }
}
