import ArgumentParser
import CoreMetrics
import Foundation
import Kafka
import Lake
import Logging
import Telemetry

/// Where a command shows its metrics.
struct MetricsOptions: ParsableArguments {
  @Option(help: "Serve /metrics (Prometheus) and /healthz at HOST:PORT, such as 127.0.0.1:9464 (default: off; port 0 takes one).")
  var metrics: String?

  /// Starts the endpoint, where one is asked for. Call it before rooms that record are made.
  func start(role: String) throws -> MetricsService? {
    guard let text = try Settings().value("metrics", flag: metrics) else { return nil }
    return try MetricsService(HostPort(text, "--metrics"), role: role)
  }
}

/// The metrics of this process and the endpoint that shows them. Safe from any thread.
final class MetricsService: Sendable {
  let registry: MetricRegistry
  /// What grows older between two commits.
  let clocks: AgeGauges
  let shownLake = ShownLake()
  private let endpoint: MetricsEndpoint?
  private let watching = StopHandle()

  /// - Parameter address: where to show them; nil for a command that has a server of its own.
  init(_ address: HostPort?, role: String) throws {
    let registry = MetricRegistry(families: WickMetrics.all)
    self.registry = registry
    clocks = AgeGauges(registry) { Int64(Date().timeIntervalSince1970 * 1e6) }
    registry.gauge("wick_build_info", [("version", Wick.configuration.version), ("role", role)]).set(1)
    registry.gauge("wick_start_time_seconds").set(Date().timeIntervalSince1970)
    MetricsSystem.bootstrap(PrometheusFactory(registry))
    endpoint = address.map { address in
      MetricsEndpoint(host: address.host, port: address.port, logger: Logger(label: "wick.metrics")) { registry.exposition() }
    }
    if let address, let endpoint { Terminal.say("metrics   http://\(address.text(port: try endpoint.start()))/metrics") }
  }

  func stop() {
    watching.stop()
    endpoint?.stop()
  }

  /// `kafka` with librdkafka's statistics shown here.
  func observing(_ kafka: KafkaConfiguration) -> KafkaConfiguration {
    var kafka = kafka
    kafka.statistics = { [registry] json in ClientStatistics(json: json)?.record(in: registry) }
    return kafka
  }

  /// Reads the audit topic on a thread of its own until `stop`, and counts what does not add up.
  func watchAudit(_ kafka: KafkaConfiguration, topic: String, registry schemas: [String]) {
    let (registry, stop) = (registry, watching)
    registry.gauge("wick_audit_watch_up").set(0)
    // The metric is there from the beginning, so that a missing one is told from none.
    _ = registry.counter("wick_audit_violations_total")
    _ = BlockingThread(name: "audit") { () throws in
      while !stop.isStopped {
        do {
          let day = Int64(Date().timeIntervalSince1970 * 1000) - 86_400_000
          let (rows, violations) = (registry.counter("wick_audit_rows_total"), registry.counter("wick_audit_violations_total"))
          try AuditWatch(kafka, topic: topic, registry: schemas).run(stop: stop, since: day) { count in
            registry.gauge("wick_audit_watch_up").set(1)
            rows.raise(to: Double(count.rows))
            violations.raise(to: Double(count.violations))
          }
        } catch {
          Logger(label: "wick.audit").warning("the audit topic cannot be read", metadata: ["error": "\(error)"])
        }
        registry.gauge("wick_audit_watch_up").set(0)
        stop.pause(milliseconds: 1000)
      }
    }
  }
}
