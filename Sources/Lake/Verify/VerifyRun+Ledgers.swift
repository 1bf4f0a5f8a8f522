import Columns
import Contracts
import Iceberg
import Kafka

extension VerifyRun {
  /// The extents of topics as they are now; topics that do not exist are empty.
  func extents(of names: some Sequence<String>) throws -> LedgerCheck.Extents {
    var extents: LedgerCheck.Extents = [:]
    for name in Set(names).sorted() { extents[name] = try topics.extents(of: name) ?? [:] }
    return extents
  }

  /// Returns once the tables hold all of `begun`, or when patience is over.
  func waitForTables(_ begun: LedgerCheck.Extents, _ patience: Duration) throws {
    let deadline = ContinuousClock.now + patience
    while ContinuousClock.now < deadline, try !isCarriedOver(begun) { StopHandle().pause(milliseconds: 200) }
  }

  private func isCarriedOver(_ begun: LedgerCheck.Extents) throws -> Bool {
    try configuration.mappings.allSatisfy { mapping in
      let wanted = (begun[mapping.topic] ?? [:]).filter { $0.value.earliest < $0.value.end }
      guard !wanted.isEmpty else { return true }
      guard let table = try store.table(mapping.table) else { return false }
      let ledger = try OffsetLedger(of: table.metadata)
      return wanted.allSatisfy { ledger[mapping.topic, $0.key]?.end ?? .min >= $0.value.end }
    }
  }

  /// - Parameter begun: what the tables must hold.
  func ledgers(_ begun: LedgerCheck.Extents) throws {
    let groups = Dictionary(grouping: configuration.mappings, by: \.table).sorted { $0.key < $1.key }
    let tables = try groups.map { try store.table($0.key) }
    // Looked at after the others, so that it holds what they count even while the sink is at work.
    let invalid = try offsets(of: TopicTable.invalidTable)
    for ((identifier, mappings), table) in zip(groups, tables) {
      let begun = begun.filter { begun in mappings.contains { $0.topic == begun.key } }
      if let table {
        try ledger(table, mappings, begun, invalid: invalid)
      } else if begun.values.joined().contains(where: { $0.value.earliest < $0.value.end }) {
        report.find(.ledger, identifier.description, "the topics have records, and the table does not exist")
      }
    }
  }

  private func ledger(
    _ table: Table, _ mappings: [TopicTable], _ begun: LedgerCheck.Extents, invalid: [TopicPart: [Int64]]
  ) throws {
    let extents = try extents(of: mappings.map(\.topic))
    let own = Set(mappings.map(\.topic))
    let ledger = try OffsetLedger(of: table.metadata)
    let check = LedgerCheck(table: table.identifier.description, ledger: ledger)
    if let cluster = ledger.cluster, try cluster != topics.clusterID() {
      report.find(.ledger, check.table, "it was filled from the cluster \(cluster), which is another one")
    }
    check.check(begun: begun, extents: extents, into: &report)
    try check.check(history: table.metadata.ancestry.reversed(), into: &report)
    // Rows of other topics in the invalid table are accounted for by those topics' own ledgers.
    let rows = try reader.offsets(table).filter { own.contains($0.key.topic) }
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
