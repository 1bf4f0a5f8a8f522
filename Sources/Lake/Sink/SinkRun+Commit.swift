import CrashPoints
import Foundation
import Iceberg
import Kafka
import Logging
import Metrics

extension SinkRun {
  /// Commits everything read, in all tables at once.
  func commit() throws {
    for route in routes { try handOver(route) }
    for (partition, position) in try consumer.positions() {
      guard let position else { continue }
      routes.first { $0.topic == partition.topic }?.progress[Int(partition.partition)]?.skip(to: position)
    }
    let invalid = try table(TopicTable.invalidTable)
    if undecodable.count > 0 {
      try invalid.create(.rejects)
      try invalid.write(undecodable.take())
    }
    let id = UUID().uuidString.lowercased()
    var commits: [(SinkTable, TableCommit)] = []
    for table in tables.values.sorted(by: { $0.identifier < $1.identifier }) {
      if let commit = try table.commit(ranges(of: table), id: id, cluster: cluster) { commits.append((table, commit)) }
    }
    guard !commits.isEmpty else { return }
    let began = ContinuousClock.now
    CrashPoint.hit("lake.commit")
    let results = try committer.commit(commits.map(\.1))
    CrashPoint.hit("lake.commit", .after)
    let took = began.duration(to: .now)
    Timer(label: "wick_lake_commit_seconds").record(duration: took)
    tell(id, commits.map(\.0), results, took)
    try finish(Array(zip(commits.map(\.0), results)))
  }

  /// One line a commit: the offsets it carries, and what each table has got.
  private func tell(_ id: String, _ tables: [SinkTable], _ results: [CommitResult], _ took: Duration) {
    guard configuration.logger.logLevel <= .debug else { return }
    var offsets: Logger.Metadata = [:]
    for route in routes {
      for (partition, range) in route.ranges {
        offsets["\(TopicPartition(route.topic, partition))"] = "\(range.start)..<\(range.end)"
      }
    }
    var rows: Logger.Metadata = [:]
    var snapshots: Logger.Metadata = [:]
    for (table, result) in zip(tables, results) {
      rows["\(table.identifier)"] = .stringConvertible(table.pendingRows)
      if let snapshot = result.snapshotID { snapshots["\(table.identifier)"] = .stringConvertible(snapshot) }
    }
    configuration.logger.debug(
      "committed",
      metadata: [
        "commit": "\(id)", "offsets": .dictionary(offsets), "records": .stringConvertible(pendingRows), "rows": .dictionary(rows),
        "snapshots": .dictionary(snapshots), "seconds": .stringConvertible(took / .seconds(1)),
      ])
  }

  private func ranges(of table: SinkTable) -> [String: [Int32: OffsetLedger.Entry]] {
    var ranges: [String: [Int32: OffsetLedger.Entry]] = [:]
    for route in routes where route.mapping.table == table.identifier && !route.ranges.isEmpty {
      ranges[route.topic] = route.ranges
    }
    return ranges
  }

  private func finish(_ results: [(SinkTable, CommitResult)]) throws {
    var offsets: [TopicPartition: Int64] = [:]
    for (table, result) in results {
      let name = table.identifier.description
      summary.rows[name, default: 0] += table.pendingRows
      if let newest = table.newestPending { summary.newestTimes[name] = max(newest, summary.newestTimes[name] ?? newest) }
      try table.committed(result)
      for route in routes where route.mapping.table == table.identifier {
        for partition in route.ranges.keys {
          route.progress[Int(partition)]?.commit()
          offsets[TopicPartition(route.topic, partition)] = route.progress[Int(partition)]?.next
        }
      }
    }
    summary.commits += 1
    pendingRows = 0
    CrashPoint.hit("lake.group")
    do {
      try consumer.commit(offsets)
    } catch {
      // The tables have the truth; the group's offsets only tell other tools how far it has come.
      configuration.logger.warning("The group's offsets could not be published", metadata: ["error": "\(error)"])
    }
    CrashPoint.hit("lake.group", .after)
  }
}
