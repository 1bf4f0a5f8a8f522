import Simulation
import TestSupport
import Testing

@testable import EmbeddedKafka

/// The logs of topics, transactions and groups together, on a disk that forgets what was not synced.
@Suite struct BrokerPowerLossTests {
  @Test func `with fsync nothing acknowledged is lost and no transaction is torn, wherever the power goes`() throws {
    var seeds = SeededGenerator.forTest("broker power loss, fsync always")
    var effort = Effort("power loss, broker with fsync", quick: 25)
    var states = 0
    while effort.goesOn() {
      let history = try BrokerHistory(SeededGenerator(seed: seeds.next()), fsync: .always)
      for _ in 0..<6 {
        for _ in 0..<Int.random(in: 0..<30, using: &seeds) { try history.step() }
        history.disk.fail(after: Int.random(in: 0..<60, using: &seeds))
        for _ in 0..<20 { try history.step() }
        // Each of several states must do; the last one is gone on from.
        let fates = history.transactions.map(\.fate)
        let (plain, generation, given) = (history.plain, history.generation, history.given)
        let disk = history.disk
        for variant in 0..<4 {
          if variant > 0 {
            for (transaction, fate) in zip(history.transactions, fates) { transaction.fate = fate }
            (history.plain, history.generation, history.given, history.disk) = (plain, generation, given, disk)
          }
          try history.judgeDurable(history.torn())
          states += 1
        }
      }
    }
    effort.report(tried: states, unit: "torn states", seed: seeds.seed)
  }

  @Test func `without fsync only a tail is lost, nothing stays undecided, and new work is exact`() throws {
    var seeds = SeededGenerator.forTest("broker power loss, fsync now and then")
    var effort = Effort("power loss, broker without fsync", quick: 40)
    var states = 0
    while effort.goesOn() {
      let history = try BrokerHistory(SeededGenerator(seed: seeds.next()), fsync: .interval(milliseconds: 100))
      for _ in 0..<Int.random(in: 0..<60, using: &seeds) { try history.step() }
      history.disk.fail(after: Int.random(in: 0..<60, using: &seeds))
      for _ in 0..<20 { try history.step() }
      for _ in 0..<8 {
        try history.judgeLossy(history.torn())
        states += 1
      }
    }
    effort.report(tried: states, unit: "torn states", seed: seeds.seed)
  }

  @Test(arguments: [EmbeddedBroker.Fsync.always, .interval(milliseconds: 100)])
  func `coordinator, groups and logs rebuilt are what they were live, after every step`(fsync: EmbeddedBroker.Fsync) throws {
    var seeds = SeededGenerator.forTest("broker rebuilt, fsync \(fsync)")
    var effort = Effort("broker state rebuilt", quick: 12)
    var steps = 0
    while effort.goesOn() {
      let history = try BrokerHistory(SeededGenerator(seed: seeds.next()), fsync: fsync)
      for _ in 0..<60 {
        try history.step()
        try history.expectRebuiltAlike()
        steps += 1
      }
    }
    effort.report(tried: steps, unit: "steps", seed: seeds.seed)
  }
}
