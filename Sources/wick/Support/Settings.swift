import ArgumentParser
import Foundation
import Kafka
import Yams

/// Finds an option's value: flag, then `WICK_NAME`, then `name:` in wick.yml, then the default.
struct Settings {
  private let file: [String: String]

  /// Reads `path`; a missing file is an empty one, a broken one is bad input.
  init(path: String = ProcessInfo.processInfo.environment["WICK_CONFIG"] ?? "wick.yml") throws {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      file = [:]
      return
    }
    do {
      let node = try Yams.load(yaml: text)
      guard let mapping = (node ?? [String: Any]()) as? [String: Any] else {
        throw Failure(.badInput, "\(path) is not a mapping of names to values.")
      }
      file = mapping.mapValues { "\($0)" }
    } catch let error as YamlError {
      throw Failure(.badInput, "\(path) cannot be read as YAML: \(error).")
    }
  }

  /// `name` as on the command line, without the dashes.
  func value(_ name: String, flag: String?) -> String? {
    if let flag { return flag }
    let variable = "WICK_" + name.uppercased().replacingOccurrences(of: "-", with: "_")
    return ProcessInfo.processInfo.environment[variable] ?? file[name]
  }
}

/// Where the cluster and the registry are.
struct ConnectionOptions: ParsableArguments {
  @Option(help: "Kafka brokers, host:port, comma-separated (default 127.0.0.1:9092).")
  var bootstrap: String?

  @Option(help: "Schema Registry URLs, comma-separated (default http://127.0.0.1:8081).")
  var registry: String?

  @Option(help: "Folder of contracts (default contracts).")
  var contracts: String?

  func resolve() throws -> Connection {
    let settings = try Settings()
    let registry = settings.value("registry", flag: registry) ?? "http://127.0.0.1:8081"
    return Connection(
      bootstrap: settings.value("bootstrap", flag: bootstrap) ?? "127.0.0.1:9092",
      registry: registry.split(separator: ",").map { $0.contains("://") ? String($0) : "http://\($0)" },
      contracts: settings.value("contracts", flag: contracts) ?? Defaults.contracts)
  }
}

/// Resolved addresses.
struct Connection: Sendable {
  var bootstrap: String
  var registry: [String]
  var contracts: String

  /// Fails soon when no broker answers. Once work has begun, a broker that goes away is waited for longer.
  func reach() throws {
    let admin = try Admin(KafkaConfiguration(bootstrap: bootstrap, clientID: "wick"), timeout: .seconds(10))
    defer { admin.close() }
    do {
      _ = try admin.clusterID()
    } catch {
      guard error.recovery != .badInput else { throw error }
      throw Failure(.unavailable, "No broker answers at \(bootstrap); start one (wick broker), or name another with --bootstrap.")
    }
  }
}

enum Defaults {
  static let dataFolder = ".wick"
  static var contracts: String { beside("contracts") }
  static var governance: String { beside("governance") }
  static var queries: String { beside("sql") }

  /// `name` in the working folder, or beside the binary where it was built or installed.
  private static func beside(_ name: String) -> String {
    if FileManager.default.fileExists(atPath: name) { return name }
    var folder = URL(fileURLWithPath: CommandLine.arguments.first ?? "wick").resolvingSymlinksInPath()
    for _ in 0..<5 {
      folder.deleteLastPathComponent()
      let candidate = folder.appendingPathComponent(name).path
      if FileManager.default.fileExists(atPath: candidate) { return candidate }
    }
    return name
  }
}
