import Columns
import Contracts
import Iceberg
import Kafka

extension VerifyRun {
  /// The audit is read for the candles too, which are judged only as far as the queries have read.
  func auditCheck() throws -> AuditCheck {
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
