import ClusterSupport
import Foundation
import Ingest
import Kafka
import NetworkFaults
import Synchronization
import TestSupport
import Testing
import Venues

/// A whole ingest whose connections are cut.
@Suite(.serialized) struct IngestFaultTests {
  private static let contracts = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("contracts").path

  @Test func `every trade is stored once though connections are lost in transactions`() async throws {
    try await Lab.schedules("cut ingest", 2) { seed, random in
      // A transaction for each time the source is read.
      try Self.ingest(seed, faults: 4, batch: 1, &random) { frame in
        let isNear = frame.apiKey == KafkaApi.endTxn || frame.apiKey == KafkaApi.produce
        return isNear && frame.direction == .answer ? .cut(after: 0) : nil
      }
    }
  }

  @Test func `every trade is stored once though batches are refused in the midst of transactions`() async throws {
    try await Lab.schedules("refused ingest", 2) { seed, random in
      try Self.ingest(seed, faults: 4, batch: 12_000, &random) { frame in
        guard frame.apiKey == KafkaApi.produce, frame.direction == .answer, frame.bytes.count > 22 else { return nil }
        // Length, correlation id, one topic of a name, one partition's number, and then its error: INVALID_RECORD.
        let name = Int(frame.bytes[12]) << 8 | Int(frame.bytes[13])
        return .change(at: 14 + name + 8, to: [0, 87])
      }
    }
  }

  /// Ingests from a simulator while some of the frames that `fault` names come to grief.
  private static func ingest(
    _ seed: UInt64, faults: Int, batch: Int, _ random: inout SeededGenerator,
    _ fault: @escaping @Sendable (KafkaFrame) -> FrameFate?
  ) throws {
    let lab = try Lab()
    defer { lab.proxy.stop() }
    let count = 24_000
    var source = Simulator.Options(seed: seed, symbols: ["BTC-USDT", "ETH-USDT"], rate: 1000, count: Int64(count))
    source.duplicates = 0
    var configuration = IngestConfiguration(
      kafka: try lab.faulty(), registry: [try EmbeddedTestCluster.registry], source: .simulator(source), contracts: contracts)
    configuration.topic = Lab.name("trades")
    configuration.invalidTopic = Lab.name("invalid")
    configuration.positionsTopic = Lab.name("positions")
    configuration.partitions = 2
    configuration.maximumBatch = batch
    configuration.logger = Lab.quiet
    let left = Mutex((random: random, faults: faults))
    lab.proxy.inject { frame in
      guard let fate = fault(frame) else { return .pass }
      return left.withLock { left in
        guard left.faults > 0, Int.random(in: 0..<3, using: &left.random) == 0 else { return .pass }
        left.faults -= 1
        return fate
      }
    }
    let progress = try IngestApplication(configuration).run()
    lab.proxy.heal()
    #expect(progress.trades == Int64(count), "schedule \(seed)")
    let seen = try contents(of: configuration.topic, partitions: 2).flatMap { $0 }
    #expect(seen.count == count && Set(seen).count == count, "schedule \(seed): \(seen.count) of \(count)")
    #expect(lab.proxy.faults > 0)
    let admin = try Admin(Lab.direct())
    try admin.delete(topics: [configuration.topic, configuration.invalidTopic, configuration.positionsTopic])
  }
}
