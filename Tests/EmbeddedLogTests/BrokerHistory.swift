import Simulation
import TestSupport
import Testing

@testable import EmbeddedKafka

/// Random transactions, commits of offsets and memberships against a broker on a disk that may go at any change, with what
/// a client knows of the fate of each.
final class BrokerHistory {
  enum Fate { case open, committed, aborted, unknown }

  final class Transaction {
    let client: Int
    let begunMs: Int64
    var offset: Int64?
    var fate = Fate.open
    init(client: Int, begunMs: Int64) { (self.client, self.begunMs) = (client, begunMs) }
  }

  struct Client {
    var producerID: Int64 = -1
    var epoch: Int16 = -1
    var next: [Int: Int32] = [:]
    var transaction: Transaction?
  }

  struct Sent {
    var value: String
    var transaction: Transaction
  }

  /// What was asked for at once, the last known and what may stand beside it after a death.
  struct Plain<Value: Equatable> {
    var known: Value?
    var doubt: Value?
    mutating func settle(_ found: Value?) { (known, doubt) = (found, nil) }
    func allows(_ found: Value?) -> Bool { found == known || (doubt != nil && found == doubt) }
  }

  static let places = (0..<2).map { SteppedPartition("t", Int32($0)) }
  static let timeoutMs: Int32 = 30_000

  let clock = ManualClock()
  let fsync: EmbeddedBroker.Fsync
  var generator: SeededGenerator
  var disk = MemoryDisk()
  var broker: SteppedBroker
  var clients = [Client](repeating: Client(), count: 3)
  var transactions: [Transaction] = []
  /// By partition, in the order of the log.
  var sent: [[Sent]] = [[], []]
  var plain = Plain<Int64>()
  var generation = Plain<Int32>()
  /// The last producer id and epoch each transactional id was given.
  var given: [Int: (producerID: Int64, epoch: Int16)] = [:]
  var isDead = false
  private var counter: Int64 = 0

  init(_ generator: SeededGenerator, fsync: EmbeddedBroker.Fsync) throws {
    self.generator = generator
    self.fsync = fsync
    broker = try Self.open(disk, clock, fsync)
    try broker.createTopic("t", partitions: Int32(clients.count))
  }

  static func open(
    _ disk: MemoryDisk, _ clock: ManualClock, _ fsync: EmbeddedBroker.Fsync
  ) throws(BrokerError) -> SteppedBroker {
    let settings = [
      "segment.bytes": "700", "index.interval.bytes": "150", "min.cleanable.dirty.ratio": "0", "retention.ms": "-1",
    ]
    return try SteppedBroker(disk: disk, settings: settings, fsync: fsync, wallMs: clock.read, monotonicMs: clock.read)
  }

  /// One step of somebody; nothing once the disk is gone.
  func step() throws {
    if isDead { return }
    clock.advance(Int64.random(in: 0...20, using: &generator))
    let client = Int.random(in: 0..<clients.count, using: &generator)
    switch Int.random(in: 0..<40, using: &generator) {
    case 0..<18: try produce(client)
    case 18..<23: try stage(client)
    case 23..<30: try end(client, commit: true)
    case 30..<32: try end(client, commit: false)
    case 32..<34: commitPlainly()
    case 34: storeGroup()
    case 35:
      clock.advance(Int64(Self.timeoutMs) / 2)
      broker.tick()
    case 36: broker.tick()
    case 37: broker.maintain()
    case 38: clients[client] = Client()
    default: try reopen()
    }
    if disk.hasFailed { isDead = true }
  }

  private func reopen() throws {
    do {
      if Bool.random(using: &generator) { try broker.close() }
      broker = try Self.open(disk, clock, fsync)
    } catch {
      guard disk.hasFailed else { throw error }
      isDead = true
    }
  }

  /// Initialises where needed and makes sure of an open transaction.
  private func transaction(_ client: Int) throws -> Transaction? {
    if clients[client].producerID < 0 {
      abandon(client)
      guard try initialise(client) else { return nil }
    }
    if let open = clients[client].transaction { return open }
    let new = Transaction(client: client, begunMs: clock.now)
    clients[client].transaction = new
    transactions.append(new)
    return new
  }

  private func abandon(_ client: Int) {
    for transaction in transactions where transaction.client == client && transaction.fate == .open {
      transaction.fate = .aborted
    }
  }

  private func initialise(_ client: Int) throws -> Bool {
    let answer = broker.handle(
      .initProducerID(transactionalID: "tx-\(client)", producerID: -1, epoch: -1, timeoutMs: Self.timeoutMs))
    guard try succeeded(answer, nil) else { return false }
    try note(answer, client)
    clients[client] = Client(producerID: answer.producerID, epoch: answer.epoch)
    return true
  }

  /// An id and epoch that nobody had before.
  func note(_ answer: SteppedAnswer, _ client: Int) throws {
    if let last = given[client], last.producerID == answer.producerID {
      try #require(answer.epoch > last.epoch, "epoch \(answer.epoch) after \(last.epoch)")
    } else {
      try #require(given.values.allSatisfy { $0.producerID != answer.producerID }, "producer id \(answer.producerID) again")
    }
    given[client] = (answer.producerID, answer.epoch)
  }

  private func produce(_ client: Int) throws {
    guard let transaction = try transaction(client) else { return }
    let (id, epoch, index) = (clients[client].producerID, clients[client].epoch, Int.random(in: 0..<2, using: &generator))
    let place = Self.places[index]
    let added = broker.handle(.addPartitions(transactionalID: "tx-\(client)", producerID: id, epoch: epoch, [place]))
    guard try succeeded(added, transaction) else { return }
    counter += 1
    let value = "c\(client)-\(counter)"
    let batch = SteppedBroker.batch(
      [(key: nil, value: Array(value.utf8))], producerID: id, epoch: epoch, sequence: clients[client].next[index] ?? 0,
      timestampMs: clock.now)
    sent[index].append(Sent(value: value, transaction: transaction))
    let answer = broker.handle(.produce(transactionalID: "tx-\(client)", place, batch: batch))
    guard try succeeded(answer, transaction) else { return }
    clients[client].next[index, default: 0] += 1
  }

  private func stage(_ client: Int) throws {
    guard let transaction = try transaction(client) else { return }
    let (id, epoch) = (clients[client].producerID, clients[client].epoch)
    let added = broker.handle(.addOffsets(transactionalID: "tx-\(client)", producerID: id, epoch: epoch))
    guard try succeeded(added, transaction) else { return }
    counter += 1
    let answer = broker.handle(
      .commitOffsets(
        transactionalID: "tx-\(client)", producerID: id, epoch: epoch, memberID: "", generation: -1,
        [SteppedPartition("t", Int32(client)): counter]))
    guard try succeeded(answer, transaction) else { return }
    transaction.offset = counter
  }

  private func end(_ client: Int, commit: Bool) throws {
    guard let transaction = clients[client].transaction,
      transaction.offset != nil || sent.contains(where: { $0.contains { $0.transaction === transaction } })
    else { return }
    let answer = broker.handle(
      .endTransaction(
        transactionalID: "tx-\(client)", producerID: clients[client].producerID, epoch: clients[client].epoch, commit: commit))
    clients[client].transaction = nil
    transaction.fate = commit ? .unknown : .aborted
    if try succeeded(answer, transaction) { transaction.fate = commit ? .committed : .aborted }
  }

  /// A refusal while the disk lives is right only where the transaction ran out of time.
  private func succeeded(_ answer: SteppedAnswer, _ transaction: Transaction?) throws -> Bool {
    if answer.code == 0 { return true }
    if disk.hasFailed {
      isDead = true
      return false
    }
    let transaction = try #require(transaction, "refused with \(answer.code)")
    try #require(
      [47, 90].contains(answer.code) && clock.now - transaction.begunMs >= Int64(Self.timeoutMs), "refused with \(answer.code)")
    transaction.fate = .aborted
    clients[transaction.client] = Client()
    return false
  }

  private func commitPlainly() {
    counter += 1
    let place = TopicPartition(topic: "t", partition: 9)
    let commit = OffsetStore.Commit(partition: place, offset: counter, leaderEpoch: 0, metadata: "")
    plain.doubt = counter
    if (try? broker.core.offsets.commit("plain", [commit])) != nil { plain.settle(counter) }
  }

  private func storeGroup() {
    let next = (generation.known ?? 0) + 1
    generation.doubt = next
    let snapshot = GroupSnapshot(protocolType: "consumer", generation: next)
    if (try? broker.core.offsets.store("members", snapshot)) != nil { generation.settle(next) }
  }
}
