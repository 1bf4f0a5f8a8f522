import Columns
import Contracts
import Iceberg
import Kafka

extension VerifyRun {
  func ledgers() throws {
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
    return try reader.offsets(table)
  }
}
