import Kafka
import NetworkFaults
import Synchronization
import TestSupport
import Testing

/// Frames that arrive late, or twice, at the transaction protocol's weak points (KAFKA-17754, KIP-890).
@Suite(.serialized) struct LateFrameTests {
  static let kinds: [Int16] = [
    KafkaApi.endTxn, KafkaApi.produce, KafkaApi.txnOffsetCommit, KafkaApi.addPartitionsToTxn, KafkaApi.addOffsetsToTxn,
  ]

  /// Which occurrence of which request meets which fate.
  private final class Script: Sendable {
    private let counts = Mutex<[Int16: Int]>([:])
    private let fates: [Int16: [Int: FrameFate]]

    init(_ random: inout SeededGenerator, kinds: [Int16]) {
      var fates: [Int16: [Int: FrameFate]] = [:]
      for kind in kinds {
        for occurrence in 0..<30 where Int.random(in: 0..<5, using: &random) == 0 {
          let isHeld = Int.random(in: 0..<4, using: &random) != 0
          fates[kind, default: [:]][occurrence] = isHeld ? .hold : .twice
        }
      }
      self.fates = fates
    }

    func fate(of frame: KafkaFrame) -> FrameFate {
      guard frame.direction == .request, let own = fates[frame.apiKey] else { return .pass }
      let occurrence = counts.withLock { counts in
        defer { counts[frame.apiKey, default: 0] += 1 }
        return counts[frame.apiKey] ?? 0
      }
      return own[occurrence] ?? .pass
    }
  }

  @Test(arguments: kinds)
  func `a request that comes late or twice changes nothing`(_ kind: Int16) async throws {
    try await Lab.schedules("late frames of \(kind)", 4) { seed, random in
      try Self.schedule(seed, &random, kinds: [kind])
    }
  }

  @Test func `requests of all kinds that come late or twice change nothing`() async throws {
    try await Lab.schedules("late frames", 4) { seed, random in
      try Self.schedule(seed, &random, kinds: Self.kinds)
    }
  }

  @Test func `a commit that librdkafka has sent twice cannot end the next transaction`() async throws {
    try await BlockingThread(name: "test") {
      let lab = try Lab()
      defer { lab.proxy.stop() }
      try Lab.withTopic("twice-sent", partitions: 3) { topic in
        let work = try TransactionalWork(
          lab, topic: topic, partitions: 3, units: 4, random: SeededGenerator(seed: 1), abortsPerMille: 0)
        let commits = Mutex(0)
        lab.proxy.inject { frame in
          guard frame.apiKey == KafkaApi.endTxn, frame.direction == .request else { return .pass }
          return commits.withLock { count in
            count += 1
            return count == 2 ? .hold : .pass
          }
        }
        var answers: [[UInt8]?] = []
        // The second unit's commit comes in the midst of the third, of which one partition has its record.
        work.atMoment = { moment, _ in
          if moment == .halfSent, lab.proxy.heldCount > 0 { answers += lab.proxy.releaseHeld().map(\.answer) }
        }
        try work.run()
        try work.check(1)
        // The first, the one that took over, and the one that ends the work.
        #expect(work.replacements == 3)
        let answer = try #require(answers.first ?? nil)
        #expect(answer.suffix(2) != [0, 0], "the late commit was accepted")
      }
    }.value
  }

  private static func schedule(_ seed: UInt64, _ random: inout SeededGenerator, kinds: [Int16]) throws {
    let lab = try Lab()
    defer { lab.proxy.stop() }
    try Lab.withTopic("late", partitions: 3) { topic in
      let script = Script(&random, kinds: kinds)
      let work = try TransactionalWork(lab, topic: topic, partitions: 3, units: 10, random: random)
      var moments = SeededGenerator(seed: seed ^ 1)
      work.atMoment = { _, _ in
        if lab.proxy.heldCount > 0, Int.random(in: 0..<4, using: &moments) == 0 { lab.proxy.releaseHeld() }
      }
      lab.proxy.inject { script.fate(of: $0) }
      try work.run()
      try work.check(seed)
    }
  }
}
