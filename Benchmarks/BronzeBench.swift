import Foundation
import Iceberg
import Kafka
import Lake

/// `trades.raw` → the table `bronze.trades`.
enum BronzeBench {
  /// The whole run, from nothing to the last commit.
  static func measure(bootstrap: String, registry: String, topic: String, lake: String) throws {
    let configuration = SinkConfiguration(
      kafka: KafkaConfiguration(bootstrap: bootstrap, logger: StreamsBench.logger), registry: [registry], lake: lake,
      mappings: [TopicTable(topic: topic, table: TableIdentifier("bronze", "trades"), kind: .trades)], untilEnd: true,
      logger: StreamsBench.logger)
    let start = Measure.now
    let summary = try SinkApplication(configuration).run()
    Measure.report("rate", Double(summary.consumed) / (Measure.now - start))
    Measure.report("rows", Double(summary.consumed))
    Measure.report("cpu_us", Measure.processCPU / Double(summary.consumed) * 1e6)
    Measure.report("peak_mb", Measure.peakMegabytes)
  }

  static func rows(_ broker: BrokerProcess, topic: String, folder: String) throws -> [Row] {
    var results: [[String: Double]] = []
    for round in 0..<3 {
      let lake = "\(folder)/lake\(round)"
      results.append(try Child.measure("bronze", broker.bootstrap, broker.registry, topic, lake))
      try? FileManager.default.removeItem(atPath: lake)
    }
    func middle(_ name: String) -> Double { median(results.map { $0[name] ?? .nan }) }
    return [
      .atLeast(
        1.5e6, "topic → bronze table", "≥ 1.5 M rows/s", middle("rate"),
        "\(millions(middle("rate"))) M rows/s; CPU \(number(middle("cpu_us"), 2)) µs a row, peak \(number(middle("peak_mb"), 0)) MB"
      )
    ]
  }
}
