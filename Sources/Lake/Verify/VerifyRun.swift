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
  /// What was in the topics when the tables were waited for.
  private var begun: LedgerCheck.Extents = [:]
  /// Where the next audit rows will be.
  var auditEnds: [Int32: Int64] = [:]
  private var patience: Duration

  init(_ configuration: VerifyConfiguration, _ schemas: any SchemaSource) throws {
    self.configuration = configuration
    self.schemas = schemas
    patience = configuration.patience
    store = try LakeStore(folder: configuration.lake)
    reader = TableReader(store: store)
    topics = try TopicScan(configuration.kafka, logger: configuration.logger)
  }

  func close() throws { try topics.close() }

  /// In an order in which nothing that is committed meanwhile can look like a difference: what is held to be complete is looked at
  /// after what tells that it must be there, and before what tells that it may be.
  func run() throws -> VerifyReport {
    let checks = configuration.checks
    var quiet = VerifyReport()
    var entries = try newAuditEntries()
    if checks.contains(.audit), auditEnds.isEmpty { report.note("there is no topic \(configuration.auditTopic)") }
    let before = AuditCheck(entries, into: &quiet)
    let counts = checks.contains(.audit) ? try outputCounts() : OutputCounts()
    try carryOver()
    if checks.contains(.ledger) { try ledgers(begun) }
    let tables = checks.contains(.candles) ? try candleTables() : [:]
    entries += try newAuditEntries()
    let after = checks.contains(.audit) ? AuditCheck(entries, into: &report) : AuditCheck(entries, into: &quiet)
    if checks.contains(.audit) { try compare(counts, before: before, after: after) }
    guard checks.contains(.candles) else { return report }
    // The trades and late records that the candles and rows just read came from.
    try carryOver()
    try candles(tables, closed: before, read: after)
    return report
  }

  private func carryOver() throws {
    begun = try extents(of: configuration.mappings.map(\.topic))
    let start = ContinuousClock.now
    try waitForTables(begun, patience)
    patience = max(.zero, patience - (ContinuousClock.now - start))
  }
}
