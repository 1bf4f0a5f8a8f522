import Kafka
import NetworkFaults
import Synchronization
import TestSupport
import Testing

/// Connections cut at the worst moments: every message is in the log once and in order.
@Suite(.serialized) struct IdempotenceTests {
  /// Cuts at random, so many times, then never again.
  private final class Cuts: Sendable {
    private let state: Mutex<(random: SeededGenerator, left: Int, mayStarve: Bool)>
    private let kinds: Set<Int16>

    init(_ random: SeededGenerator, _ count: Int, kinds: Set<Int16>) {
      state = Mutex((random, count, true))
      self.kinds = kinds
    }

    func fate(of frame: KafkaFrame) -> FrameFate {
      guard kinds.contains(frame.apiKey) else { return .pass }
      return state.withLock { state in
        // The broker has handled what it answers: mostly it is the answer that gets lost.
        let chance = frame.direction == .answer ? 6 : 25
        guard state.left > 0, Int.random(in: 0..<chance, using: &state.random) == 0 else { return .pass }
        state.left -= 1
        switch Int.random(in: 0..<12, using: &state.random) {
        case 0 where state.mayStarve:
          // Ends only by the client's time-out, so once is enough.
          state.mayStarve = false
          return .blackHole
        case 1, 2: return .delay(milliseconds: Int.random(in: 1...30, using: &state.random))
        default: break
        }
        let inside = Int.random(in: 0..<frame.bytes.count, using: &state.random)
        return .cut(after: Bool.random(using: &state.random) ? 0 : inside)
      }
    }
  }

  private final class Fates: Sendable, CustomStringConvertible {
    let state = Mutex((complete: 0, ended: 0, faults: 0))
    var description: String {
      let sums = state.withLock { $0 }
      return "\(sums.faults) cuts; \(sums.complete) complete, \(sums.ended) ended with a reported error"
    }
  }

  private final class Sums: Sendable, CustomStringConvertible {
    let state = Mutex((replacements: 0, attempts: 0, faults: 0))
    var description: String {
      let sums = state.withLock { $0 }
      return "\(sums.faults) cuts; \(sums.attempts) attempts, \(sums.replacements) producers replaced"
    }
  }

  @Test func `an idempotent producer whose connections are cut stores all once, or tells that it could not`() async throws {
    let fates = Fates()
    try await Lab.schedules("cut produce", 25, remark: { "\(fates)" }) { seed, random in
      let lab = try Lab()
      defer { lab.proxy.stop() }
      let partitions: Int32 = 3
      try Lab.withTopic("cut", partitions: Int(partitions)) { topic in
        let size = [1, 10, 100, 1000].randomElement(using: &random) ?? 1
        let count = size == 1 ? 60 : min(4000, size * 20)
        let cuts = Cuts(random, Effort.isSoak ? 40 : 8, kinds: [KafkaApi.produce])
        lab.proxy.inject { cuts.fate(of: $0) }
        let producer = try Producer(lab.faulty(["batch.num.messages": "\(size)", "linger.ms": "1"]))
        let handle = try producer.topic(topic)
        var failure: KafkaError?
        do {
          for index in 0..<count {
            try Array("\(index)".utf8).withUnsafeBytes {
              try producer.send(to: handle, partition: Int32(index) % partitions, key: nil, value: $0)
            }
          }
          try producer.flush(timeout: .seconds(40))
        } catch let error as KafkaError {
          failure = error
        }
        producer.close()
        lab.proxy.stop()
        let seen = try contents(of: topic, partitions: partitions)
        for partition in 0..<Int(partitions) {
          let sent = stride(from: partition, to: count, by: Int(partitions)).map { "\($0)" }
          let got = seen[partition]
          if failure == nil {
            #expect(got == sent, "schedule \(seed): reported as stored, partition \(partition) of batches of \(size)")
          } else {
            #expect(got == Array(sent.prefix(got.count)), "schedule \(seed): not a prefix, partition \(partition)")
          }
        }
        // What can befall a plain producer is that its sequence desynchronises (librdkafka #4438), and then it has to say so.
        if let failure { #expect(failure.recovery == .rebuild || failure.recovery == .fatal, "schedule \(seed): \(failure)") }
        fates.state.withLock {
          if failure == nil { $0.complete += 1 } else { $0.ended += 1 }
          $0.faults += lab.proxy.faults
        }
      }
    }
    #expect(fates.state.withLock { $0.faults } > 0)
  }

  @Test func `transactions whose connections are cut are replayed from what is committed until all is there once`() async throws {
    let sums = Sums()
    try await Lab.schedules("cut transactions", 6, remark: { "\(sums)" }) { seed, random in
      let lab = try Lab()
      defer { lab.proxy.stop() }
      try Lab.withTopic("cut-tx", partitions: 3) { topic in
        let kinds = Set(LateFrameTests.kinds + [KafkaApi.initProducerID, KafkaApi.findCoordinator])
        let cuts = Cuts(random, 12, kinds: kinds)
        let work = try TransactionalWork(lab, topic: topic, partitions: 3, units: 12, random: random)
        lab.proxy.inject { cuts.fate(of: $0) }
        try work.run()
        try work.check(seed)
        sums.state.withLock {
          $0.replacements += work.replacements - 1
          $0.attempts += work.attempts
          $0.faults += lab.proxy.faults
        }
      }
    }
  }
}
