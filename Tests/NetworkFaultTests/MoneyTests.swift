import Kafka
import NetworkFaults
import Synchronization
import TestSupport
import Testing

/// Transfers between accounts on several partitions: whoever reads committed records sees no money come or go.
@Suite(.serialized) struct MoneyTests {
  private static let accounts = 6
  private static let partitions: Int32 = 3
  private static let opening = 100

  private static func partition(of account: Int) -> Int32 { Int32(account) % partitions }

  /// What a reader has understood: the balances after every transfer, of which each has two records, in two partitions.
  private struct Book {
    var halves: [Int: [Int]] = [:]
    var balances = [Int](repeating: opening, count: accounts)
    var order: [Int32: Int] = [:]

    /// `transfer:account:change`.
    mutating func read(_ text: String) {
      let parts = text.split(separator: ":").compactMap { Int($0) }
      halves[parts[0], default: []].append(parts[2])
      balances[parts[1]] += parts[2]
    }

    /// Transfers of which not exactly two opposite halves were seen.
    var torn: [Int] { halves.filter { $0.value.count != 2 || $0.value.reduce(0, +) != 0 }.keys.sorted() }
  }

  private struct Totals { var transfers = 0, aborts = 0, cuts = 0, kills = 0, looks = 0 }
  private final class Shared: Sendable { let totals = Mutex(Totals()) }

  @Test func `the sum of all accounts never deviates`() async throws {
    try await Self.search("money", 4) { seed, random, shared in
      let lab = try Lab()
      defer { lab.proxy.stop() }
      try Self.run(lab, nil, seed, &random, shared)
    }
  }

  @Test func `the sum of all accounts never deviates though the broker is killed`() async throws {
    guard !Lab.isGiven else { return print("skipped: a cluster that was given is not killed") }
    try await Self.search("money with kills of the broker", 1) { seed, random, shared in
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let lab = try Lab(broker.bootstrap)
      defer { lab.proxy.stop() }
      try Self.run(lab, broker, seed, &random, shared)
    }
  }

  private static func search(
    _ name: String, _ usual: Int, _ body: @escaping @Sendable (UInt64, inout SeededGenerator, Shared) throws -> Void
  ) async throws {
    let shared = Shared()
    try await Lab.schedules(name, usual) {
      let sum = shared.totals.withLock { $0 }
      return
        "\(sum.transfers) transfers, \(sum.aborts) aborts, \(sum.cuts) cuts, \(sum.kills) kills, \(sum.looks) looks at the sum"
    } _: { seed, random in
      try body(seed, &random, shared)
    }
  }

  private static func run(
    _ lab: Lab, _ broker: BrokerProcess?, _ seed: UInt64, _ random: inout SeededGenerator, _ shared: Shared
  ) throws {
    try lab.withTopic("money", partitions: Int(partitions)) { topic in
      let isDone = Done()
      let auditor = BlockingThread(name: "auditor") { try audit(lab, topic, seed) { isDone.value } }
      let outcome = Result { try transfer(lab, broker, topic, &random) }
      isDone.set()
      let looks = try auditor.join()
      let made = try outcome.get()
      var book = Book()
      for text in try contents(of: topic, partitions: partitions, lab).flatMap({ $0 }) { book.read(text) }
      #expect(book.torn.isEmpty, "schedule \(seed): half a transfer")
      #expect(book.balances.reduce(0, +) == accounts * opening, "schedule \(seed)")
      #expect(made.committed.isSubset(of: book.halves.keys), "schedule \(seed): a committed transfer is lost")
      #expect(made.aborted.isDisjoint(with: book.halves.keys), "schedule \(seed): an aborted transfer is visible")
      shared.totals.withLock {
        $0.transfers += made.committed.count
        $0.aborts += made.aborted.count
        $0.cuts += lab.proxy.faults
        $0.kills += broker?.kills ?? 0
        $0.looks += looks
      }
    }
  }

  private struct Made { var committed: Set<Int> = [], aborted: Set<Int> = [] }

  private static func transfer(
    _ lab: Lab, _ broker: BrokerProcess?, _ topic: String, _ random: inout SeededGenerator
  ) throws -> Made {
    let id = Lab.name("bank")
    var made = Made()
    let faults = Mutex(random)
    lab.proxy.inject { frame in
      guard frame.apiKey != KafkaApi.metadata, frame.apiKey != 18 else { return .pass }
      return faults.withLock { random in
        guard Int.random(in: 0..<40, using: &random) == 0 else { return .pass }
        return .cut(after: Int.random(in: 0...frame.bytes.count, using: &random))
      }
    }
    defer { lab.proxy.heal() }
    var producer: TransactionalProducer?
    let end = ContinuousClock.now + .seconds(60)
    var killing: BlockingThread<Void>?
    for number in 0..<40 {
      guard ContinuousClock.now < end else { throw Stuck(description: "transfer \(number)") }
      if let broker, number % 8 == 4 {
        // Beside the transfers, so that it meets one at any step.
        _ = try killing?.join()
        killing = BlockingThread(name: "killer") { try broker.killAndRestart() }
      }
      let from = Int.random(in: 0..<accounts, using: &random)
      let to = (from + Int.random(in: 1..<accounts, using: &random)) % accounts
      let amount = Int.random(in: 1...50, using: &random)
      let isAborted = Int.random(in: 0..<4, using: &random) == 0
      do {
        let current = try producer ?? TransactionalWork.connect(lab, id)
        producer = current
        let permit = try current.begin()
        let handle = try current.topic(topic)
        try current.send(handle, partition(of: from), "\(number):\(from):\(-amount)")
        try current.send(handle, partition(of: to), "\(number):\(to):\(amount)")
        if isAborted {
          made.aborted.insert(number)
          try current.abort(timeout: .seconds(20))
        } else {
          try current.commit(permit, timeout: .seconds(20))
          made.committed.insert(number)
        }
      } catch let error as KafkaError {
        // An unknown outcome: the transfer is there or not, but never in half.
        if error.recovery == .abortAndReplay, let current = producer, (try? current.abort(timeout: .seconds(20))) != nil {
          made.aborted.insert(number)
          continue
        }
        producer?.close()
        producer = nil
      }
    }
    _ = try killing?.join()
    lab.proxy.heal()
    producer?.close()
    // Finishes what the last one may have left.
    try TransactionalWork.connect(lab, id).close()
    return made
  }

  /// Reads along. Once the last stable offsets of a look have been reached, no transfer may be known by half.
  private static func audit(_ lab: Lab, _ topic: String, _ seed: UInt64, _ isDone: () -> Bool) throws -> Int {
    let all = (0..<partitions).map { TopicPartition(topic, $0) }
    let consumer = try Consumer(lab.direct())
    defer { consumer.deferClose() }
    try consumer.assign(Dictionary(uniqueKeysWithValues: all.map { ($0, .at(0)) }))
    let batch = RecordBatch(capacity: 1000)
    var book = Book()
    var looks = 0
    repeat {
      try consumer.poll(into: batch, timeout: .milliseconds(5))
      for record in batch.records {
        book.read(record.value.map { String(decoding: $0, as: UTF8.self) } ?? "")
        #expect(record.offset >= book.order[record.partition] ?? 0, "schedule \(seed): read twice")
        book.order[record.partition] = Int(record.offset) + 1
      }
      batch.clear()
      // Markers reach partitions one after the other: only one that is there is waited for, with its other half.
      let torn = book.torn
      guard !torn.isEmpty else {
        looks += 1
        #expect(book.balances.reduce(0, +) == accounts * opening, "schedule \(seed)")
        continue
      }
      try wait("the other halves of \(torn)") {
        try consumer.poll(into: batch, timeout: .milliseconds(5))
        for record in batch.records { book.read(record.value.map { String(decoding: $0, as: UTF8.self) } ?? "") }
        for record in batch.records { book.order[record.partition] = Int(record.offset) + 1 }
        batch.clear()
        return Set(book.torn).isDisjoint(with: torn)
      }
    } while !isDone()
    return looks
  }
}
