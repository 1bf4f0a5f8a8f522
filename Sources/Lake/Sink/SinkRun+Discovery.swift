import Contracts
import Iceberg
import Kafka
import Logging

extension SinkRun {
  func discoverAgain() throws {
    guard !configuration.untilEnd, ContinuousClock.now - lastDiscovery > .seconds(5) else { return }
    try discover()
  }

  /// Finds topics, partitions and contracts that were not there before, and goes on reading with them.
  func discover() throws {
    lastDiscovery = ContinuousClock.now
    var new: [(TopicRoute, TopicPartition)] = []
    for route in routes {
      guard let partitions = try admin.partitions(of: route.topic) else { continue }
      guard try prepare(route) else {
        try lacksContract(route, partitions)
        continue
      }
      new += partitions.filter { !route.isReading($0.partition) }.map { (route, $0) }
    }
    guard !new.isEmpty else { return }
    let earliest = try consumer.offsets(.earliest, of: new.map(\.1))
    let ends = try consumer.offsets(.end, of: new.map(\.1))
    var starts: [TopicPartition: StartOffset] = [:]
    for route in routes {
      for (partition, progress) in route.partitions { starts[TopicPartition(route.topic, partition)] = .at(progress.next) }
    }
    for (route, partition) in new {
      let progress = try begin(route, partition, earliest: earliest[partition] ?? 0, end: ends[partition] ?? 0)
      route.begin(partition.partition, progress)
      starts[partition] = .at(progress.start)
    }
    try consumer.assign(starts)
  }

  /// Where reading a partition begins, after what its table holds has been compared with what the topic holds.
  private func begin(_ route: TopicRoute, _ partition: TopicPartition, earliest: Int64, end: Int64) throws -> PartitionProgress {
    let ledger = try table(route.mapping.table).ledger
    if let own = ledger.cluster, own != cluster { _ = try ledger.advanced(by: [:], cluster: cluster) }
    let entry = ledger[partition.topic, partition.partition]
    if let entry, entry.end > end {
      throw LakeError(
        .sourceChanged, "\(route.mapping.table) holds \(partition) up to offset \(entry.end), and the topic ends at \(end)",
        advice: "The topic was made anew or lost records; fill a new lake folder, or bring the old topic back")
    }
    if let entry, entry.end < earliest {
      throw LakeError(
        .sourceChanged, "\(partition) no longer has the offsets \(entry.end)..<\(earliest), which \(route.mapping.table) lacks",
        advice: "Lengthen the topic's retention; to go on without these records, fill a new lake folder")
    }
    return PartitionProgress(entry: entry, earliest: earliest)
  }

  /// Makes a route's table and decoder ready; false while the topic's contract is not registered.
  private func prepare(_ route: TopicRoute) throws -> Bool {
    let table = try table(route.mapping.table)
    if !table.exists {
      if case .rejects = route.mapping.kind {
        try table.create(.rejects)
      } else {
        guard let schema = try schemas.latest(subject: "\(route.topic)-value") else { return false }
        try table.create(try TableLayout(route.mapping.kind, schema))
      }
    }
    if let schema = table.schema, !route.isReady { try route.prepare(for: schema) }
    return true
  }

  /// A topic without a contract is left alone until it gets one; with records in it, that is worth a word, or with `untilEnd`
  /// an end.
  private func lacksContract(_ route: TopicRoute, _ partitions: [TopicPartition]) throws {
    let earliest = try consumer.offsets(.earliest, of: partitions)
    let ends = try consumer.offsets(.end, of: partitions)
    guard partitions.contains(where: { (earliest[$0] ?? 0) < (ends[$0] ?? 0) }) else { return }
    let error = LakeError(
      .badInput, "The topic \(route.topic) has records, and the subject \(route.topic)-value is not registered",
      advice: "Register its contract")
    if configuration.untilEnd { throw error }
    configuration.logger.warning("a topic lacks its contract", metadata: ["topic": "\(route.topic)", "error": "\(error)"])
  }
}
