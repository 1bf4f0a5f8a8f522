import Columns
import Contracts
import Iceberg
import Kafka

extension VerifyRun {
  /// The audit rows that have come since the last call.
  func newAuditEntries() throws -> [AuditEntry] {
    guard var extents = try topics.extents(of: configuration.auditTopic) else { return [] }
    for (partition, end) in auditEnds { extents[partition]?.earliest = end }
    auditEnds = extents.mapValues(\.end)
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
    return try entries + AuditEntry.entries(decoder.take())
  }

  /// What the topics hold of each query.
  struct OutputCounts {
    /// Late records, without those that missed only some of their windows.
    var late: [String: Int64] = [:]
    var emitted: [String: Int64] = [:]
  }

  func outputCounts() throws -> OutputCounts {
    var counts = OutputCounts()
    for topic in Set(configuration.candleQueries.map(\.lateTopic)).sorted() {
      guard let extents = try completeExtents(topic) else { continue }
      for query in configuration.candleQueries where query.lateTopic == topic { counts.late[query.id] = 0 }
      try topics.read(topic, extents) { _, index, batch in
        let facts = RejectFacts(batch.headers(of: index))
        if facts.isPartial != true, let query = facts.query { counts.late[query]? += 1 }
      }
    }
    for query in configuration.candleQueries {
      guard let extents = try completeExtents(query.sinkTopic) else { continue }
      var found: Int64 = 0
      try topics.read(query.sinkTopic, extents) { _, _, _ in found += 1 }
      counts.emitted[query.id] = found
    }
    return counts
  }

  /// The audit's sums against the records that are in the topics, which were read after the rows of `before` and before those of
  /// `after`: a commit is seen in both or in neither, so the truth lies between them, and on both where nothing is running.
  func compare(_ counts: OutputCounts, before: AuditCheck, after: AuditCheck) throws {
    func compare(_ found: Int64?, _ query: String, _ sums: KeyPath<AuditCheck, [String: Int64]>, _ what: String) {
      let (least, most) = (before[keyPath: sums][query] ?? 0, after[keyPath: sums][query] ?? 0)
      guard let found, found < least || found > most else { return }
      let claimed = least == most ? "\(most)" : "\(least) to \(most)"
      report.find(.audit, query, "\(claimed) \(what) has \(found)")
    }
    for query in configuration.candleQueries {
      compare(counts.late[query.id], query.id, \.late, "late records are accounted for, \(query.lateTopic)")
      compare(counts.emitted[query.id], query.id, \.emitted, "rows are accounted for, \(query.sinkTopic)")
    }
    try compareConsumed(after)
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
        for (stretch, range) in byPartition[record.partition] ?? [] where range.contains(record.offset) {
          counts[stretch, default: 0] += 1
        }
      }
      for (stretch, range) in stretches {
        let part = "\(topic)[\(stretch.partition)] \(range.lowerBound)..<\(range.upperBound)"
        if let extent = extents[stretch.partition], extent.earliest > range.lowerBound {
          report.note("\(part): the first offsets are no longer in the topic to compare with")
        } else if audit.consumed[stretch] != counts[stretch] ?? 0 {
          report.find(
            .audit, stretch.query,
            "\(part): \(audit.consumed[stretch] ?? 0) records were read, the topic has \(counts[stretch] ?? 0)")
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
}
