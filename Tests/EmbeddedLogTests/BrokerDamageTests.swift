import Simulation
import TestSupport
import Testing

@testable import EmbeddedKafka

@Suite struct BrokerDamageTests {
  @Test func `whatever file of a broker is damaged, it refuses to start or serves what was sent`() throws {
    var seeds = SeededGenerator.forTest("damaged broker")
    var effort = Effort("damaged broker files", quick: 10)
    var (states, refused) = (0, 0)
    while effort.goesOn() {
      let history = try BrokerHistory(SeededGenerator(seed: seeds.next()), fsync: .always)
      for _ in 0..<60 { try history.step() }
      if Bool.random(using: &seeds) { try history.broker.close() }
      let original = history.disk.files
      for _ in 0..<60 {
        var files = original
        damage(&files, &seeds)
        let found = MemoryDisk()
        found.files = files
        if try history.isRefused(found) { refused += 1 }
        states += 1
      }
    }
    #expect(refused > 0 && refused < states)
    effort.report(tried: states, unit: "damaged states", seed: seeds.seed, remark: "\(refused) refused")
  }
}

extension BrokerHistory {
  /// True where the broker does not start; otherwise no other record than those sent may come, nor any out of order.
  fileprivate func isRefused(_ found: MemoryDisk) throws -> Bool {
    var started: SteppedBroker?
    do throws(BrokerError) { started = try Self.open(found, clock, fsync) } catch {
      #expect(error.message.contains("/data") || error.message.contains("__"), "does not say where: \(error)")
    }
    guard let broker = started else { return true }
    for (place, sent) in zip(Self.places, sent) {
      var served: [String] = []
      var next: Int64 = 0
      while true {
        let answer = broker.handle(.fetch(place, from: next, .committed))
        if answer.code != 0 || answer.next <= next { break }
        served += answer.records.map { String(decoding: $0.value ?? [], as: UTF8.self) }
        next = answer.next
      }
      let known = Set(served)
      try #require(served == sent.map(\.value).filter { known.contains($0) }, "\(place)")
    }
    return false
  }
}
