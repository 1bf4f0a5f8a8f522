/// Looks for anomalies in a history. Pure.
///
/// Only what the history proves is one: a result of which its caller does not know the end may go either way, but only one way.
public struct HistoryChecker {
  let index: HistoryIndex
  var report = HistoryReport()

  var history: History { index.history }

  /// Everything that is wrong with `history`, and how much there was to look at.
  public static func check(_ history: History) -> HistoryReport {
    var checker = HistoryChecker(index: HistoryIndex(history))
    checker.count()
    checker.checkPlaces()
    checker.checkReads()
    checker.checkPolls()
    checker.checkSends()
    checker.checkTransactions()
    checker.checkGroups()
    checker.checkCycles()
    return checker.report
  }

  private init(index: HistoryIndex) { self.index = index }

  mutating func found(_ kind: Anomaly.Kind, _ detail: String) { report.anomalies.append(Anomaly(kind, detail)) }

  private mutating func count() {
    for send in history.sends {
      let fate = history.fate(of: send)
      report.sends.add(fate)
      if fate == .unknown, index.visible.contains(send.value) { report.unknownButVisible += 1 }
    }
    for transaction in history.transactions { report.transactions.add(transaction.fate) }
    for reader in history.readers {
      for case .polled(let records, _, _) in reader.events {
        report.polls += 1
        report.recordsRead += records.count
      }
    }
  }

  private mutating func checkPlaces() {
    for (value, places) in index.places.sorted(by: { $0.key < $1.key }) where places.count > 1 {
      found(.duplicate, "\(value) at \(places.sorted().map { "\($0.partition):\($0.offset)" })")
    }
    for (place, values) in index.valuesAt.sorted(by: { $0.key < $1.key }) where values.count > 1 {
      found(.inconsistentOffset, "\(place.partition):\(place.offset) holds \(values.sorted())")
    }
  }

  /// Acknowledged values that are nowhere; transactions of which a part is visible.
  private mutating func checkTransactions() {
    var parts: [Int: (seen: [Int64], missing: [Int64])] = [:]
    for send in history.sends {
      let isVisible = index.visible.contains(send.value)
      guard isVisible || history.settled.contains(send.partition) else { continue }
      let fate = history.fate(of: send)
      if !isVisible, fate == .done { found(.lostWrite, "\(send.value) of partition \(send.partition)") }
      guard let transaction = send.transaction, fate != .failed else { continue }
      if isVisible {
        parts[transaction, default: ([], [])].seen.append(send.value)
      } else {
        parts[transaction, default: ([], [])].missing.append(send.value)
      }
    }
    for (number, part) in parts.sorted(by: { $0.key < $1.key }) where !part.seen.isEmpty && !part.missing.isEmpty {
      found(.tornTransaction, "transaction \(number) shows \(part.seen.prefix(9)) without \(part.missing.prefix(9))")
    }
  }

  private mutating func checkGroups() {
    var given: [String: Set<Int64>] = [:]
    for reader in history.readers where reader.isolation == .committed {
      guard let group = reader.group, history.drained.contains(group) else { continue }
      for case .polled(let records, _, _) in reader.events { given[group, default: []].formUnion(records.map(\.value)) }
    }
    for group in history.drained.sorted() {
      let missing = index.visible.subtracting(given[group] ?? [])
      for value in missing.sorted() { found(.unconsumed, "\(value), by no member of \(group)") }
    }
  }
}
