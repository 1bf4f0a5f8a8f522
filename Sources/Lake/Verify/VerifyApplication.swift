import Columns
import Contracts
import Iceberg
import Kafka

/// Re-checks what the pipeline claims, with code of its own: audit rows, ledgers, and candles recomputed from the trades.
///
///     let report = try VerifyApplication(configuration).run()
///     report.findings.forEach { print($0) }
///
/// Reads only. Meant for a pipeline at rest: what a running sink has not written yet is reported as not caught up.
public final class VerifyApplication {
  private let configuration: VerifyConfiguration
  private let givenSchemas: (any SchemaSource)?

  /// - Parameter schemas: where contracts are looked up in place of the configuration's registry.
  public init(_ configuration: VerifyConfiguration, schemas: (any SchemaSource)? = nil) {
    self.configuration = configuration
    givenSchemas = schemas
  }

  /// Runs the checks. Blocks for as long as reading the topics and tables takes: call it on a thread of its own.
  ///
  /// - Throws: `LakeError` when something could not be read at all; differences are in the report.
  public func run() throws -> VerifyReport {
    do {
      let schemas = try givenSchemas ?? RegistrySchemaSource(client: SchemaRegistryClient(urls: configuration.registry))
      let run = try VerifyRun(configuration, schemas)
      let result = Result { try run.run() }
      try run.close()
      return try result.get()
    } catch { throw LakeError.wrapping(error) }
  }
}

/// One verification. Owned by one thread.
private final class VerifyRun {
  private let configuration: VerifyConfiguration
  private let schemas: any SchemaSource
  private let store: LakeStore
  private let reader: TableReader
  private let topics: TopicScan
  private var report = VerifyReport()

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

  // MARK: Audit

  /// The audit is read for the candles too, which are judged only as far as the queries have read.
  private func auditCheck() throws -> AuditCheck {
    var quiet = VerifyReport()
    guard let extents = try topics.extents(of: configuration.auditTopic) else {
      if configuration.checks.contains(.audit) { report.note("there is no topic \(configuration.auditTopic)") }
      return AuditCheck([], into: &quiet)
    }
    let schemas = schemas
    let decoder = ConfluentColumnDecoder(AvroColumnBuilder(AuditEntry.requests)) { id throws(ContractError) in
      try schemas.schema(id: id)
    }
    var entries: [AuditEntry] = []
    try topics.read(configuration.auditTopic, extents) { record, _, _ in
      guard let value = record.value else { return }
      try decoder.append(value)
      if decoder.builder.rowCount >= 10_000 { entries += try AuditEntry.entries(decoder.take()) }
    }
    entries += try AuditEntry.entries(decoder.take())
    guard configuration.checks.contains(.audit) else { return AuditCheck(entries, into: &quiet) }
    let check = AuditCheck(entries, into: &report)
    try compareWithTopics(check)
    return check
  }

  /// The audit's sums against the records that are in the topics.
  private func compareWithTopics(_ audit: AuditCheck) throws {
    var lateCounts: [String: Int64] = [:]
    for topic in Set(configuration.candleQueries.map(\.lateTopic)).sorted() {
      guard let extents = try completeExtents(topic) else { continue }
      try topics.read(topic, extents) { _, index, batch in
        let facts = RejectFacts(batch.headers(of: index))
        if facts.isPartial != true, let query = facts.query { lateCounts[query, default: 0] += 1 }
      }
      for query in configuration.candleQueries where query.lateTopic == topic {
        let (claimed, found) = (audit.late[query.id] ?? 0, lateCounts[query.id] ?? 0)
        if claimed != found { report.find(.audit, query.id, "\(claimed) late records are accounted for, \(topic) has \(found)") }
      }
    }
    for query in configuration.candleQueries {
      guard let extents = try completeExtents(query.sinkTopic) else { continue }
      var found: Int64 = 0
      try topics.read(query.sinkTopic, extents) { _, _, _ in found += 1 }
      let claimed = audit.emitted[query.id] ?? 0
      if claimed != found { report.find(.audit, query.id, "\(claimed) rows are accounted for, \(query.sinkTopic) has \(found)") }
    }
    try compareConsumed(audit)
  }

  private func compareConsumed(_ audit: AuditCheck) throws {
    for topic in Set(audit.covered.keys.map(\.topic)).sorted() {
      let stretches = audit.covered.filter { $0.key.topic == topic }
      guard let extents = try topics.extents(of: topic) else {
        report.find(.audit, topic, "audit rows tell of the topic, which does not exist")
        continue
      }
      var counts: [AuditCheck.Stretch: Int64] = [:]
      let byPartition = Dictionary(grouping: stretches, by: \.key.partition)
      try topics.read(topic, extents) { record, _, _ in
        for (stretch, range) in byPartition[record.partition] ?? [] where range.contains(record.offset) { counts[stretch, default: 0] += 1 }
      }
      for (stretch, range) in stretches {
        let part = "\(topic)[\(stretch.partition)] \(range.lowerBound)..<\(range.upperBound)"
        if let extent = extents[stretch.partition], extent.earliest > range.lowerBound {
          report.note("\(part): the first offsets are no longer in the topic to compare with")
        } else if audit.consumed[stretch] != counts[stretch] ?? 0 {
          report.find(
            .audit, stretch.query, "\(part): \(audit.consumed[stretch] ?? 0) records were read, the topic has \(counts[stretch] ?? 0)")
        }
      }
    }
  }

  /// The extents of a topic that still has all its records; nil, with a note, otherwise.
  private func completeExtents(_ topic: String) throws -> [Int32: TopicScan.Extent]? {
    guard let extents = try topics.extents(of: topic) else { return [:] }
    guard extents.values.allSatisfy({ $0.earliest == 0 }) else {
      report.note("\(topic) no longer has its first records, so its count cannot be compared")
      return nil
    }
    return extents
  }

  // MARK: Ledgers

  private func ledgers() throws {
    let invalid = try offsets(of: TopicTable.invalidTable)
    for (identifier, mappings) in Dictionary(grouping: configuration.mappings, by: \.table).sorted(by: { $0.key < $1.key }) {
      var extents: [String: [Int32: TopicScan.Extent]] = [:]
      for mapping in mappings { extents[mapping.topic] = try topics.extents(of: mapping.topic) ?? [:] }
      guard let table = try store.table(identifier) else {
        let hasRecords = extents.values.joined().contains { $0.value.earliest < $0.value.end }
        if hasRecords { report.find(.ledger, identifier.description, "the topics have records, and the table does not exist") }
        continue
      }
      try ledger(table, mappings, extents, invalid: invalid)
    }
  }

  private func ledger(
    _ table: Table, _ mappings: [TopicTable], _ extents: [String: [Int32: TopicScan.Extent]], invalid: [TopicPart: [Int64]]
  ) throws {
    let own = Set(mappings.map(\.topic))
    let ledger = try OffsetLedger(of: table.metadata)
    let check = LedgerCheck(table: table.identifier.description, ledger: ledger)
    if let cluster = ledger.cluster, try cluster != topics.clusterID() {
      report.find(.ledger, check.table, "it was filled from the cluster \(cluster), which is another one")
    }
    check.check(extents: extents, into: &report)
    try check.check(history: table.metadata.ancestry.reversed(), into: &report)
    // Rows of other topics in the invalid table are accounted for by those topics' own ledgers.
    let rows = try offsets(of: table.identifier).filter { own.contains($0.key.topic) }
    let isInvalid = table.identifier == TopicTable.invalidTable
    let rejected = isInvalid ? [:] : invalid.filter { own.contains($0.key.topic) }
    check.check(rows: rows, rejected: rejected, into: &report)
    for mapping in mappings {
      try records(of: mapping.topic, extents[mapping.topic] ?? [:], check, rows, rejected)
    }
  }

  private func records(
    of topic: String, _ extents: [Int32: TopicScan.Extent], _ check: LedgerCheck, _ rows: [TopicPart: [Int64]],
    _ rejected: [TopicPart: [Int64]]
  ) throws {
    var inside: [Int32: TopicScan.Extent] = [:]
    var accounts: [TopicPart: OffsetAccount] = [:]
    var earliest: [TopicPart: Int64] = [:]
    for (partition, extent) in extents {
      guard let entry = check.ledger[topic, partition] else { continue }
      let part = TopicPart(topic: topic, partition: partition)
      earliest[part] = max(extent.earliest, entry.start)
      accounts[part] = OffsetAccount()
      inside[partition] = .init(earliest: max(extent.earliest, entry.start), end: min(extent.end, entry.end))
    }
    try topics.read(topic, inside) { record, _, _ in
      accounts[TopicPart(topic: topic, partition: record.partition)]?.add(record.offset)
    }
    check.check(records: accounts, rows: rows, rejected: rejected, from: earliest, into: &report)
  }

  /// The offsets of a table's rows by topic and partition; empty when there is no table.
  private func offsets(of identifier: TableIdentifier) throws -> [TopicPart: [Int64]] {
    guard let table = try store.table(identifier) else { return [:] }
    var offsets: [TopicPart: [Int64]] = [:]
    try reader.read(table, columns: TableLayout.origin.map(\.name)) { batch in
      let (names, partitions, numbers) = (try batch.texts(0), try batch.integers(1), try batch.integers(2))
      var runs: [Int64: [Int64]] = [:]
      for row in 0..<batch.rowCount { runs[Int64(names.codes[row]) << 32 | partitions[row], default: []].append(numbers[row]) }
      for (key, values) in runs {
        let part = TopicPart(
          topic: names.dictionary.string(Int32(truncatingIfNeeded: key >> 32)), partition: Int32(truncatingIfNeeded: key & 0xffff_ffff))
        offsets[part, default: []] += values
      }
    }
    return offsets
  }

  // MARK: Candles

  private func candles(_ audit: AuditCheck) throws {
    for (source, queries) in Dictionary(grouping: configuration.candleQueries, by: \.sourceTopic).sorted(by: { $0.key < $1.key }) {
      guard let mapping = configuration.mappings.first(where: { $0.topic == source }), let trades = try store.table(mapping.table) else {
        report.note("there is no table of \(source) to recompute candles from")
        continue
      }
      let history = try TradeHistory(trades, topic: source, reader: reader)
      report.count("trades that arrived again", Int64(history.repeatedCount))
      for query in queries.sorted(by: { $0.id < $1.id }) { try candles(query, history, audit) }
    }
  }

  private func candles(_ query: VerifyConfiguration.Query, _ history: TradeHistory, _ audit: AuditCheck) throws {
    guard let mapping = configuration.mappings.first(where: { $0.topic == query.sinkTopic }), let table = try store.table(mapping.table)
    else {
      report.note("there is no table of \(query.sinkTopic) to compare candles with")
      return
    }
    var readTo: [Int32: Int64] = [:]
    for (stretch, range) in audit.covered where stretch.query == query.id && stretch.topic == query.sourceTopic {
      readTo[stretch.partition] = range.upperBound
    }
    if readTo.isEmpty { report.note("\(query.id) has no audit rows: all trades are taken for read") }
    let check = CandleCheck(query: query, excluded: try excluded(query), readTo: readTo)
    try check.compare(table, reader, history, into: &report)
  }

  /// The source records that a query did not aggregate, as the tables of late and invalid records tell.
  private func excluded(_ query: VerifyConfiguration.Query) throws -> Set<TradeHistory.Place> {
    var places: Set<TradeHistory.Place> = []
    let tables = Set(configuration.mappings.filter { $0.kind == .rejects }.map(\.table)).union([TopicTable.invalidTable])
    for identifier in tables.sorted() {
      guard let table = try store.table(identifier) else { continue }
      let columns = ["query", "source_topic", "source_partition", "source_offset", "partial"]
      try reader.read(table, columns: columns) { batch in
        let (queries, sources) = (try batch.texts(0), try batch.texts(1))
        let (partitions, offsets) = (try batch.integers(2), try batch.integers(3))
        let own = queries.dictionary.code(of: query.id)
        let source = sources.dictionary.code(of: query.sourceTopic)
        guard case .bool(let partial) = batch.columns[4].values else { return }
        for row in 0..<batch.rowCount where !batch.columns[3].isNull(row) && sources.codes[row] == source {
          // A record that is broken for the source names no query and concerns all of them.
          guard batch.columns[0].isNull(row) || queries.codes[row] == own, batch.columns[4].isNull(row) || !partial[row] else { continue }
          places.insert(.init(partition: Int32(truncatingIfNeeded: partitions[row]), offset: offsets[row]))
        }
      }
    }
    return places
  }
}
