import Foundation
import FoundationNetworking
import JSON
import TestSupport

/// A real Prometheus over processes under test, with the project's rules in short windows.
final class PrometheusServer {
  static var isInstalled: Bool {
    Promtool.isInstalled && FileManager.default.isExecutableFile(atPath: "/usr/bin/prometheus")
  }

  private let process: WickProcess
  private let address: String

  /// - Parameters:
  ///   - targets: `host:port` by the name of the scrape job.
  ///   - rules: the path of the rules.
  convenience init(_ scene: Scene, targets: [String: String], rules: String) throws {
    var text = "global: {scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 1s}\n"
    text += "rule_files: ['\(rules)']\nscrape_configs:\n"
    for (job, target) in targets.sorted(by: { $0.key < $1.key }) {
      text += "  - {job_name: \(job), static_configs: [{targets: ['\(target)']}]}\n"
    }
    try self.init(scene, configuration: text)
  }

  /// - Parameter configuration: in YAML.
  init(_ scene: Scene, configuration: String) throws {
    let port = try FreePort.take()
    address = "http://127.0.0.1:\(port)"
    process = try WickProcess(
      [
        "--config.file=\(try scene.write("prometheus.yml", configuration))", "--storage.tsdb.path=\(scene.path("prometheus"))",
        "--web.listen-address=127.0.0.1:\(port)", "--log.level=error",
      ], logs: scene.folder, program: "/usr/bin/prometheus")
  }

  deinit { process.kill9() }

  /// What Prometheus complained of.
  var errors: String { process.errors }

  /// The names of alerts that fire now; nil while it does not answer.
  func firing() -> Set<String>? {
    guard let alerts = get("/api/v1/alerts")?["data"]?["alerts"]?.arrayValue else { return nil }
    return Set(alerts.filter { $0["state"]?.stringValue == "firing" }.compactMap { $0["labels"]?["alertname"]?.stringValue })
  }

  /// The value of an instant query without labels; nil where there is none.
  func value(_ query: String) -> Double? {
    let escaped = query.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    let result = get("/api/v1/query?query=\(escaped)")?["data"]?["result"]?.arrayValue
    return result?.first?["value"]?.arrayValue?.last?.stringValue.flatMap { Double($0) }
  }

  /// Asks again until `condition` holds; false when it does not within `seconds`, or Prometheus has ended.
  func wait(seconds: Double = 90, until condition: () -> Bool) -> Bool {
    let deadline = Date().addingTimeInterval(seconds)
    while Date() < deadline {
      if condition() { return true }
      if process.wait(seconds: 0.2) != nil { return false }
    }
    return false
  }

  private func get(_ path: String) -> JSONValue? {
    guard let url = URL(string: address + path), let data = try? Data(contentsOf: url) else { return nil }
    return try? JSONValue(parsing: Array(data))
  }
}
