import EmbeddedKafka

extension SimulatedWorld {
  /// What must hold at every moment.
  func observe() {
    guard let broker, !disk.hasFailed, failure == nil else { return }
    if let objection = watch.read(self, broker) { fail(objection) }
    checkTable()
  }

  /// I5: each record of the ledger's ranges is in the table once, and no other.
  private func checkTable() {
    if !table.isUnique { fail("I5: the table holds a record twice") }
  }

  /// What must hold at the end of a history.
  func checkEverything() {
    guard let broker else { return fail("there is no broker at the end") }
    checkInput(broker)
    checkLake(broker)
    for partition in 0..<Self.partitions { checkOutput(partition, broker) }
  }

  /// Nothing acknowledged is lost.
  private func checkInput(_ broker: SteppedBroker) {
    var held: [Int32: [Int64: [UInt8]]] = [:]
    for partition in 0..<Self.partitions {
      for record in read(SteppedPartition("in", partition), broker) {
        held[partition, default: [:]][record.offset] = record.value
      }
    }
    for (place, offset, bytes) in acknowledged where held[place.partition]?[offset] != bytes {
      return fail("acknowledged record \(offset) of \(place) is gone")
    }
  }

  private func read(_ place: SteppedPartition, _ broker: SteppedBroker) -> [SteppedRecord] {
    var records: [SteppedRecord] = []
    var next: Int64 = 0
    while true {
      let answer = broker.handle(.fetch(place, from: next, isolation))
      guard answer.code == 0, answer.next > next else { return records }
      records += answer.records
      next = answer.next
    }
  }

  private func checkLake(_ broker: SteppedBroker) {
    for partition in 0..<Self.partitions {
      let expected = read(SteppedPartition("out", partition), broker).map {
        SimulatedTable.Row(partition: partition, offset: $0.offset, value: $0.value ?? [])
      }
      let held = table.current.rows.filter { $0.partition == partition }
      guard held.count == expected.count, Set(held) == Set(expected) else {
        return fail("I5: the table has \(held.count) records of out-\(partition), the topic \(expected.count)")
      }
    }
  }

  /// I1, I2, I3, I4, I6, I7: what is committed equals what the model makes of the input up to the committed offsets.
  private func checkOutput(_ partition: Int32, _ broker: SteppedBroker) {
    let input = read(SteppedPartition("in", partition), broker)
    let audits = watch.audits[partition] ?? []
    var model = ReferenceModel(partition: partition, queries: queries)
    var index = 0
    for first in stride(from: 0, to: audits.count, by: queries.count) {
      let commit = Array(audits[first..<min(first + queries.count, audits.count)])
      guard commit.map(\.query) == queries.map(\.id), let head = commit.first,
        commit.allSatisfy({ $0.from == head.from && $0.to == head.to })
      else { return fail("a commit of in-\(partition) does not have one audit row per query") }
      while index < input.count, input[index].offset < head.to {
        model.take(offset: input[index].offset, timestampMs: input[index].timestampMs, bytes: input[index].value ?? [])
        index += 1
      }
      model.commit(closesAll: head.closesAll)
      guard agrees(commit, &model) else { return }
    }
    if index < input.count { return fail("in-\(partition) is accounted for up to \(index) of \(input.count) records") }
    let (held, expected) = ((watch.results[partition] ?? []).sorted(), model.lines.sorted())
    if held != expected {
      let missing = Self.difference(expected, held), extra = Self.difference(held, expected)
      fail("in-\(partition): missing \(missing.prefix(3)), unexpected \(extra.prefix(3))")
    }
  }

  private func agrees(_ commit: [AuditLine], _ model: inout ReferenceModel) -> Bool {
    let (source, counts) = model.takeCounts()
    for (audit, counted) in zip(commit, counts) {
      let numbers = [
        source.consumed, counted.aggregated, counted.filtered, counted.late, source.duplicate, counted.nullKey,
        source.badTime, source.future, source.undecodable, 0, counted.emitted, model.streamTime,
      ]
      guard audit.numbers == numbers else {
        fail("I2, I4: the model counts \(numbers) where the audit says \(audit.text)")
        return false
      }
    }
    return true
  }

  private static func difference(_ lines: [String], _ others: [String]) -> [String] {
    var left: [String: Int] = [:]
    for line in others { left[line, default: 0] += 1 }
    return lines.filter { line in
      left[line, default: 0] -= 1
      return left[line, default: 0] < 0
    }
  }
}
