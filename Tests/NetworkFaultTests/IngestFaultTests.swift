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
      let lab = try Lab()
      defer { lab.proxy.stop() }
      let count = 24_000
      var source = Simulator.Options(seed: seed, symbols: ["BTC-USDT", "ETH-USDT"], rate: 1000, count: Int64(count))
      source.duplicates = 0
      var configuration = IngestConfiguration(
        kafka: try lab.faulty(), registry: [try EmbeddedTestCluster.registry], source: .simulator(source),
        contracts: Self.contracts)
      configuration.topic = Lab.name("trades")
      configuration.invalidTopic = Lab.name("invalid")
      configuration.positionsTopic = Lab.name("positions")
      configuration.partitions = 2
      // A transaction for each time the source is read.
      configuration.maximumBatch = 1
      configuration.logger = Lab.quiet
      let cuts = Mutex((random: random, left: 4))
      lab.proxy.inject { frame in
        let isNear = frame.apiKey == KafkaApi.endTxn || frame.apiKey == KafkaApi.produce
        guard isNear, frame.direction == .answer else { return .pass }
        return cuts.withLock { cuts in
          guard cuts.left > 0, Int.random(in: 0..<3, using: &cuts.random) == 0 else { return .pass }
          cuts.left -= 1
          return .cut(after: 0)
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
}
