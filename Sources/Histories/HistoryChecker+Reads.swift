extension HistoryChecker {
  /// Whether each value may have been read at all, by this reader, at this time.
  mutating func checkReads() {
    var told: Set<Anomaly> = []
    for (number, reader) in history.readers.enumerated() {
      for case .polled(let records, let own, let clock) in reader.events {
        for record in records {
          guard let anomaly = objection(to: record, number, reader.isolation, own, clock) else { continue }
          if told.insert(anomaly).inserted { report.anomalies.append(anomaly) }
        }
      }
    }
  }

  private func objection(
    to record: History.Record, _ reader: Int, _ isolation: History.Isolation, _ own: Int?, _ clock: Int
  ) -> Anomaly? {
    let place = "\(record.value) at \(record.partition):\(record.offset), by reader \(reader)"
    guard let send = index.send(of: record.value) else { return Anomaly(.foreignRead, place) }
    if send.partition != record.partition { return Anomaly(.foreignRead, "\(place), though sent to \(send.partition)") }
    guard let number = send.transaction else {
      return send.fate == .failed ? Anomaly(.abortedRead, place) : nil
    }
    // Whoever reads uncommitted records sees those of aborted transactions rightly.
    guard isolation == .committed else { return nil }
    if own == number { return Anomaly(.ownRead, "\(place), in transaction \(number) itself") }
    let transaction = history.transactions[number]
    if history.fate(of: send) == .failed { return Anomaly(.abortedRead, "\(place), of transaction \(number)") }
    if transaction.commitAsked.map({ clock < $0 }) ?? true { return Anomaly(.earlyRead, "\(place), of transaction \(number)") }
    return nil
  }

  /// Whether every reader was given its partitions in order and without holes.
  mutating func checkPolls() {
    for (number, reader) in history.readers.enumerated() {
      let logs = reader.isolation == .committed ? index.committed : index.all
      var next: [Int32: Int64] = [:]
      for event in reader.events {
        switch event {
        case .assigned(let starts): next = starts.compactMapValues { $0 }
        case .ended(let partition, let offset):
          if let start = next[partition] { checkHole(number, logs[partition], partition, start, offset, "at the end") }
        case .polled(let records, _, _):
          var seen: Set<Int32> = []
          for record in records {
            let kind = seen.insert(record.partition).inserted ? "between polls" : "within a poll"
            follow(number, logs[record.partition], record, &next, kind)
          }
        }
      }
    }
  }

  private mutating func follow(
    _ reader: Int, _ log: HistoryIndex.Log?, _ record: History.Record, _ next: inout [Int32: Int64], _ kind: String
  ) {
    if let start = next[record.partition] {
      if record.offset < start {
        found(
          .nonmonotonicPoll, "reader \(reader) was at \(record.partition):\(start) and got \(record.offset) \(kind)")
      } else {
        checkHole(reader, log, record.partition, start, record.offset, kind)
      }
    }
    next[record.partition] = record.offset + 1
  }

  private mutating func checkHole(
    _ reader: Int, _ log: HistoryIndex.Log?, _ partition: Int32, _ start: Int64, _ end: Int64, _ kind: String
  ) {
    guard let missed = log?.between(start, end), let first = missed.first else { return }
    found(
      .skippedPoll,
      "reader \(reader) missed \(missed.count) from \(first.value) at \(partition):\(first.offset) on, \(kind)")
  }

  /// Whether what a producer sent in order is stored in order.
  mutating func checkSends() {
    struct Lane: Hashable { var producer: Int, partition: Int32 }
    var last: [Lane: (send: History.Send, offset: Int64)] = [:]
    for send in history.sends {
      guard let offset = index.places[send.value]?.map(\.offset).min() else { continue }
      let lane = Lane(producer: send.producer, partition: send.partition)
      if let before = last[lane], before.offset > offset {
        // Of one client's records the order is kept whatever becomes of them; another client's may come late if nobody waited.
        guard before.send.session == send.session || history.fate(of: before.send) == .done else { continue }
        let kind = before.send.transaction == send.transaction && send.transaction != nil ? "within" : "outside of"
        found(
          .nonmonotonicSend,
          "producer \(send.producer): \(before.send.value) at \(send.partition):\(before.offset), then \(send.value) at "
            + "\(offset), \(kind) one transaction")
      } else {
        last[lane] = (send, offset)
      }
    }
  }
}
