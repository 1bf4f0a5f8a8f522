import Foundation
import Histories
import Kafka
import NetworkFaults
import Synchronization
import TestSupport
import Testing

/// All kinds of clients at once on a bad network and a broker that is killed, and then a look at the history of it all.
@Suite(.serialized) struct ChaosTests {
  private struct Totals { var sends = 0, transactions = 0, unknown = 0, records = 0, polls = 0, kills = 0, faults = 0 }

  @Test func `what clients of all kinds saw on a bad network has no anomaly`() async throws {
    try await Self.search("chaos on the network", 2) { seed, random, totals in
      let lab = try Lab()
      defer { lab.proxy.stop() }
      try Self.run(lab, nil, seed, &random, totals)
    }
  }

  @Test func `what clients of all kinds saw of a broker that was killed has no anomaly`() async throws {
    guard !Lab.isGiven else { return print("skipped: a cluster that was given is not killed") }
    try await Self.search("chaos with kills of the broker", 1) { seed, random, totals in
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let lab = try Lab(broker.bootstrap)
      defer { lab.proxy.stop() }
      try Self.run(lab, broker, seed, &random, totals)
    }
  }

  @Test func `a reader of uncommitted records that calls itself one of committed ones is found out`() async throws {
    try await BlockingThread(name: "test") {
      let lab = try Lab()
      defer { lab.proxy.stop() }
      try lab.withTopic("chaos", partitions: 3) { topic in
        let run = ChaosRun(.init(lab: lab, topic: topic, partitions: 3, recorder: HistoryRecorder(), rounds: 10), nil)
        run.isolationOfCommittedReader = .uncommitted
        let report = try run.run(SeededGenerator(seed: 1))
        #expect(report.kinds[.abortedRead] != nil)
      }
    }.value
  }

  private static func search(
    _ name: String, _ usual: Int,
    _ body: @escaping @Sendable (UInt64, inout SeededGenerator, borrowing Mutex<Totals>) throws -> Void
  ) async throws {
    let totals = Shared()
    try await Lab.schedules(name, usual) {
      let sum = totals.mutex.withLock { $0 }
      return
        "\(sum.transactions) transactions, \(sum.sends) sends, \(sum.unknown) of unknown fate, \(sum.records) records read in "
        + "\(sum.polls) polls, \(sum.faults) faults, \(sum.kills) kills"
    } _: { seed, random in
      try body(seed, &random, totals.mutex)
    }
  }

  private final class Shared: Sendable { let mutex = Mutex(Totals()) }

  private static func run(
    _ lab: Lab, _ broker: BrokerProcess?, _ seed: UInt64, _ random: inout SeededGenerator, _ totals: borrowing Mutex<Totals>
  ) throws {
    try lab.withTopic("chaos", partitions: 3) { topic in
      let scene = ChaosScene(lab: lab, topic: topic, partitions: 3, recorder: HistoryRecorder(), rounds: 40)
      let report = try ChaosRun(scene, broker).run(random)
      #expect(report.anomalies.isEmpty, "schedule \(seed) (replay with WICK_FAULT_SEED=\(seed)): \(report)")
      #expect(lab.proxy.problem == nil)
      totals.withLock {
        $0.sends += report.sends.done + report.sends.failed + report.sends.unknown
        $0.unknown += report.sends.unknown
        $0.transactions += report.transactions.done + report.transactions.failed + report.transactions.unknown
        $0.records += report.recordsRead
        $0.polls += report.polls
        $0.kills += broker?.kills ?? 0
        $0.faults += lab.proxy.faults
      }
    }
  }
}

/// One run: everyone works, the nemesis ends, everyone gets done, and all is read once more.
final class ChaosRun {
  private let scene: ChaosScene
  private let broker: BrokerProcess?
  /// How a reader that is written down as one of committed records really reads.
  var isolationOfCommittedReader = History.Isolation.committed

  init(_ scene: ChaosScene, _ broker: BrokerProcess?) { (self.scene, self.broker) = (scene, broker) }

  func run(_ random: SeededGenerator) throws -> HistoryReport {
    var random = random
    let scene = scene
    let nemesis = Nemesis(scene.lab, broker: broker, random: SeededGenerator(seed: random.next()), period: 120)
    let isDone = Done()
    let groups = [
      ChaosMember(scene: scene, group: Lab.name("committed"), isolation: .committed),
      ChaosMember(scene: scene, group: Lab.name("uncommitted"), isolation: .uncommitted),
    ]
    let trouble = nemesis.begin()
    let readers = [0, 0, 0, 1, 1].map { index in
      let (member, seed) = (groups[index], random.next())
      return BlockingThread(name: "member") { try member.run(seed: seed) { isDone.value } }
    }
    let watcher = BlockingThread(name: "watcher") { [isolation = isolationOfCommittedReader] in
      let reading = try ChaosReading(scene, isolation, claimed: .committed)
      while !isDone.value { reading.poll() }
      reading.close()
    }
    let producers = (0..<5).map { number in
      let seed = random.next()
      return BlockingThread(name: "producer") { try Self.produce(scene, number, seed) }
    }
    // Everyone is waited for, whatever becomes of the others, since the scene is taken down after this.
    let ids = producers.map { thread in Result { try thread.join() } }
    nemesis.end()
    isDone.set()
    let rest = (readers + [watcher, trouble]).map { thread in Result { try thread.join() } }
    scene.lab.proxy.releaseHeld()
    for id in try ids.compactMap({ try $0.get() }) { try ChaosTransactions.settle(scene, id: id) }
    for result in rest { try result.get() }
    try finish(groups[0])
    return HistoryChecker.check(scene.recorder.history)
  }

  /// Returns the transactional id that was used, if any.
  private static func produce(_ scene: ChaosScene, _ number: Int, _ seed: UInt64) throws -> String? {
    switch number {
    case 0..<3:
      var work = try ChaosTransactions(scene, number: number, seed: seed)
      try work.run()
      return work.id
    case 3: try ChaosSends.idempotent(scene, number: number, seed: seed)
    default: try ChaosSends.plain(scene, number: number, seed: seed)
    }
    return nil
  }

  private func finish(_ group: ChaosMember) throws {
    for isolation in [History.Isolation.committed, .uncommitted] {
      let reading = try ChaosReading(scene, isolation, from: scene.lab.direct())
      try reading.finish()
      reading.close()
    }
    scene.recorder.settled(Set(0..<scene.partitions))
    try group.drain()
  }
}

/// Set once, from any thread.
final class Done: Sendable {
  private let state = Mutex(false)
  var value: Bool { state.withLock { $0 } }
  func set() { state.withLock { $0 = true } }
}
