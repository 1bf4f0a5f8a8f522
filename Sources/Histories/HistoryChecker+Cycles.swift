extension HistoryChecker {
  /// Cycles among transactions that were committed, or may have been.
  ///
  /// Kafka isolates readers from uncommitted writes and nothing else: transactions' writes interleave as they come (G0), and so
  /// cycles that need them are only counted. A cycle of reads alone is an anomaly, as is none other.
  mutating func checkCycles() {
    var graph = DependencyGraph(count: history.transactions.count)
    for log in index.committed.values { addWrites(log, to: &graph) }
    for reader in history.readers { addReads(reader, to: &graph) }
    for cycle in graph.cycles(along: [.writeRead]) {
      found(.circularRead, "transactions \(cycle.prefix(9)) have read from each other, all round")
    }
    report.writeCycles = graph.cycles(along: [.writeWrite]).count
    report.antidependencyCycles = graph.cycles(along: [.writeWrite, .writeRead, .readWrite]).count
  }

  private func addWrites(_ log: HistoryIndex.Log, to graph: inout DependencyGraph) {
    for (before, after) in zip(log.records, log.records.dropFirst()) {
      if let from = index.transaction(of: before.value), let to = index.transaction(of: after.value) {
        graph.add(.writeWrite, from: from, to: to)
      }
    }
  }

  private func addReads(_ reader: History.Reader, to graph: inout DependencyGraph) {
    // For each transaction, how far it has read of each partition.
    var read: [Int: [Int32: Int64]] = [:]
    for case .polled(let records, let transaction?, _) in reader.events {
      for record in records {
        if let writer = index.transaction(of: record.value) { graph.add(.writeRead, from: writer, to: transaction) }
        read[transaction, default: [:]][record.partition] = record.offset
      }
    }
    for (transaction, ends) in read {
      for (partition, offset) in ends {
        guard let log = index.committed[partition] else { continue }
        let position = log.position(of: offset + 1)
        guard position < log.records.count else { continue }
        if let writer = index.transaction(of: log.records[position].value) {
          graph.add(.readWrite, from: transaction, to: writer)
        }
      }
    }
  }
}
