import Simulation
import TestSupport
import Testing

@testable import EmbeddedKafka

extension BrokerHistory {
  /// The power goes: what a machine may find then, the start after it perhaps cut off as well.
  func torn() -> MemoryDisk {
    let found = disk.afterPowerLoss(&generator)
    guard Int.random(in: 0..<3, using: &generator) == 0 else { return found }
    found.fail(after: Int.random(in: 0..<40, using: &generator))
    if let started = try? Self.open(found, clock, fsync) { started.tick() }
    return found.afterPowerLoss(&generator)
  }

  /// Ends whatever is open, as the producers' successors do.
  private func settle(_ broker: SteppedBroker, notes: Bool) throws {
    for client in clients.indices where given[client] != nil {
      let answer = broker.handle(
        .initProducerID(transactionalID: "tx-\(client)", producerID: -1, epoch: -1, timeoutMs: Self.timeoutMs))
      try #require(answer.code == 0, "initialise answered \(answer.code)")
      let before = given
      if notes { try note(answer, client) }
      if !notes { given = before }
    }
    for place in Self.places {
      let ends = broker.ends(place)
      try #require(ends.stable == ends.high, "\(place) stays undecided from \(ends.stable) on")
    }
  }

  func values(_ broker: SteppedBroker, _ place: SteppedPartition, _ isolation: SteppedIsolation) throws -> [String] {
    var found: [String] = []
    var next: Int64 = 0
    while true {
      let answer = broker.handle(.fetch(place, from: next, isolation))
      try #require(answer.code == 0, "fetch answered \(answer.code)")
      if answer.next <= next { return found }
      found += answer.records.map { String(decoding: $0.value ?? [], as: UTF8.self) }
      next = answer.next
    }
  }

  private func offset(_ broker: SteppedBroker, _ group: String, _ partition: Int) -> Int64? {
    broker.core.offsets.current.committed[group]?[TopicPartition(topic: "t", partition: Int32(partition))]?.offset
  }

  /// With every acknowledged change on the disk: all of it is there, whole transactions and nothing else. Goes on from there.
  func judgeDurable(_ found: MemoryDisk) throws {
    let broker = try Self.open(found, clock, fsync)
    try settle(broker, notes: true)
    let visible = try Self.places.map { try values(broker, $0, .committed) }
    for transaction in transactions where transaction.fate == .open { transaction.fate = .aborted }
    for transaction in transactions where transaction.fate == .unknown {
      let isSeen = zip(sent, visible).contains { sent, visible in
        sent.contains { $0.transaction === transaction && visible.contains($0.value) }
      }
      let isCommitted = transaction.offset != nil && offset(broker, "app", transaction.client) == transaction.offset
      transaction.fate = isSeen || isCommitted ? .committed : .aborted
    }
    for (sent, visible) in zip(sent, visible) {
      try #require(visible == sent.filter { $0.transaction.fate == .committed }.map(\.value))
    }
    for client in clients.indices {
      let last = transactions.last { $0.client == client && $0.fate == .committed && $0.offset != nil }
      try #require(offset(broker, "app", client) == last?.offset)
    }
    let (plainly, members) = (offset(broker, "plain", 9), broker.core.offsets.current.groups["members"]?.generation)
    try #require(plain.allows(plainly), "\(String(describing: plainly)) instead of \(plain)")
    try #require(generation.allows(members), "\(String(describing: members)) instead of \(generation)")
    plain.settle(plainly)
    generation.settle(members)
    (disk, self.broker, isDead) = (found, broker, false)
    for client in clients.indices { clients[client] = Client() }
  }

  /// With nothing synced for certain: each log is a beginning of what it was, nothing undecided stays, and new work is exact.
  func judgeLossy(_ found: MemoryDisk) throws {
    let broker = try Self.open(found, clock, fsync)
    clock.advance(Int64(Self.timeoutMs))
    broker.tick()
    try settle(broker, notes: false)
    for (place, sent) in zip(Self.places, sent) {
      let all = try values(broker, place, .uncommitted)
      try #require(sent.map(\.value).starts(with: all))
      let visible = try values(broker, place, .committed)
      let kept = sent.prefix(all.count).filter { visible.contains($0.value) }
      try #require(kept.map(\.value) == visible)
      for entry in sent {
        let isSeen = visible.contains(entry.value)
        try #require(!isSeen || mayBeSeen(entry.transaction), "an aborted transaction is seen in \(place)")
        // A decided transaction whose last records are lost with the tail is completed without them.
        let siblings = sent.filter { $0.transaction === entry.transaction }.map { visible.contains($0.value) }
        try #require(siblings == siblings.filter { $0 } + siblings.filter { !$0 }, "a transaction has a hole within \(place)")
      }
    }
    for client in clients.indices { try work(broker, client) }
  }

  /// The price of not waiting for the disk: where the producer's log and the coordinator's lose different ends, the decision to
  /// commit one transaction is carried out on what is left of its neighbour.
  private func mayBeSeen(_ transaction: Transaction) -> Bool {
    transactions.contains { $0.client == transaction.client && ($0.fate == .committed || $0.fate == .unknown) }
  }

  /// A whole new transaction, of which each record must be there once.
  private func work(_ broker: SteppedBroker, _ client: Int) throws {
    let id = "tx-\(client)"
    let start = broker.handle(.initProducerID(transactionalID: id, producerID: -1, epoch: -1, timeoutMs: Self.timeoutMs))
    try #require(start.code == 0)
    let before = try Self.places.map { try values(broker, $0, .committed) }
    let added = broker.handle(
      .addPartitions(transactionalID: id, producerID: start.producerID, epoch: start.epoch, Self.places))
    try #require(added.code == 0)
    for place in Self.places {
      for sequence in Int32(0)..<2 {
        let batch = SteppedBroker.batch(
          [(key: nil, value: Array("new-\(client)-\(sequence)".utf8))], producerID: start.producerID, epoch: start.epoch,
          sequence: sequence, timestampMs: clock.now)
        try #require(broker.handle(.produce(transactionalID: id, place, batch: batch)).code == 0)
      }
    }
    let ended = broker.handle(
      .endTransaction(transactionalID: id, producerID: start.producerID, epoch: start.epoch, commit: true))
    try #require(ended.code == 0)
    for (place, before) in zip(Self.places, before) {
      let after = try values(broker, place, .committed)
      try #require(after == before + ["new-\(client)-0", "new-\(client)-1"], "\(place)")
    }
  }

  /// Every part of the state, as built live and as the next process would build it.
  func expectRebuiltAlike() throws {
    let rebuilt = try Self.open(disk.afterCrash(), clock, fsync)
    try #require(rebuilt.core.transactions.snapshot() == broker.core.transactions.snapshot())
    // A producer of whom nothing is known begins at 0.
    let (again, live) = (rebuilt.core.offsets.current, broker.core.offsets.current)
    try #require(again.sequences.filter { $0.value.next > 0 } == live.sequences.filter { $0.value.next > 0 })
    try #require(again.pending == live.pending && again.committed == live.committed && again.groups == live.groups)
    for log in broker.core.logs.logs {
      let other = try #require(rebuilt.core.logs.log(log.topicPartition))
      try #require(StateDump(other) == StateDump(log), "\(log.topicPartition)")
    }
  }
}
