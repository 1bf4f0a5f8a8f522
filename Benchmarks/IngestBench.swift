import Foundation
import Ingest
import Kafka
import Synchronization
import Venues

/// A file of trades → `trades.raw`.
enum IngestBench {
  static let count = 1_500_000

  /// The rate from when the producer is ready to the last commit.
  static func measure(bootstrap: String, registry: String, topic: String, file: String) throws {
    var configuration = IngestConfiguration(
      kafka: KafkaConfiguration(bootstrap: bootstrap, logger: StreamsBench.logger), registry: [registry],
      source: .file(FileSource.Options(path: file)), contracts: SampleTrades.contracts)
    configuration.topic = topic
    configuration.fromStart = true
    configuration.logger = StreamsBench.logger
    let start = Mutex<(time: Double, cpu: Double)?>(nil)
    let result = try IngestApplication(configuration) { _ in
      start.withLock { if $0 == nil { $0 = (Measure.now, Measure.processCPU) } }
    }.run()
    guard let start = start.withLock({ $0 }), result.rejects == 0 else { throw BenchError("ingest refused lines of \(file)") }
    Measure.report("rate", Double(result.trades) / (Measure.now - start.time))
    Measure.report("cpu_us", (Measure.processCPU - start.cpu) / Double(result.trades) * 1e6)
    Measure.report("peak_mb", Measure.peakMegabytes)
  }

  static func rows(_ broker: BrokerProcess, folder: String) throws -> [Row] {
    let file = "\(folder)/trades.csv"
    _ = try Child.measure("csv", file, "\(count)")
    var ours: [[String: Double]] = [], bare: [[String: Double]] = []
    for round in 0..<3 {
      for name in ["ingest\(round)", "produce\(round)"] {
        try Admin(KafkaConfiguration(bootstrap: broker.bootstrap, logger: StreamsBench.logger))
          .create([TopicSpecification(name, partitions: 4)])
      }
      bare.append(try Child.measure("bare-produce", broker.bootstrap, "produce\(round)", file))
      ours.append(try Child.measure("ingest", broker.bootstrap, broker.registry, "ingest\(round)", file))
    }
    func middle(_ results: [[String: Double]], _ name: String) -> Double { median(results.map { $0[name] ?? .nan }) }
    let ratio = middle(ours, "rate") / middle(bare, "rate")
    return [
      .atLeast(
        0.8, "ingest from file (CSV, transactions)", "≥ 0.8 × bare idempotent producer", ratio,
        "\(number(ratio, 2)) ×: \(millions(middle(ours, "rate"))) of \(millions(middle(bare, "rate"))) M/s; CPU "
          + "\(number(middle(ours, "cpu_us"), 2)) and \(number(middle(bare, "cpu_us"), 2)) µs a trade")
    ]
  }
}
