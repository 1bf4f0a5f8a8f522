import Contracts
import EmbeddedKafka
import Foundation
import Logging

#if canImport(Glibc)
  import Glibc
#endif

/// The embedded broker and registry of one process.
final class EmbeddedCluster: Sendable {
  private let broker: EmbeddedBroker
  private let schemas: EmbeddedSchemaRegistry
  let bootstrap: String
  let registry: String
  let dataFolder: String

  /// Starts both. Fails when a port is taken, or the data folder cannot be written or belongs to another process.
  init(_ options: some EmbeddedOptions) throws {
    let settings = try Settings()
    dataFolder = settings.value("data-dir", flag: options.dataDir) ?? Defaults.dataFolder
    let listen = try HostPort(settings.value("listen", flag: options.listen) ?? "127.0.0.1:9092", "--listen")
    let registryListen = try HostPort(options.registryAddress ?? "127.0.0.1:8081", options.registryFlag)
    var configuration = EmbeddedBroker.Configuration(
      host: listen.host, port: listen.port, dataDirectory: URL(fileURLWithPath: dataFolder).appendingPathComponent("broker").path,
      fsync: options.fsync == "always" ? .always : .interval(milliseconds: 1000),
      defaultPartitions: Int32(options.partitions ?? 4))
    configuration.maintenanceIntervalMs = Int64(options.maintenanceInterval)
    let habits = options.likeCluster ? configuration.likeCluster : configuration
    broker = EmbeddedBroker(configuration: habits) { error in
      // At once: what is in memory is not to be trusted, and what is on the disk is for the next start to find out.
      Terminal.complain(error.message)
      LastWords.say(error.message)
      _exit(Failure.Code.unavailable.rawValue)
    }
    let boundPort = try broker.start()
    do {
      schemas = try EmbeddedSchemaRegistry(host: registryListen.host, port: registryListen.port, broker: broker)
      registry = "http://\(registryListen.text(port: try schemas.start()))"
    } catch {
      broker.stop()
      throw error
    }
    bootstrap = listen.text(port: boundPort)
  }

  func announce() {
    Terminal.say("broker    \(bootstrap)")
    Terminal.say("registry  \(registry)")
    Terminal.say("data      \(URL(fileURLWithPath: dataFolder).standardizedFileURL.path)")
    Terminal.say("ready")
  }

  func stop() {
    schemas.stop()
    broker.stop()
  }
}

/// How the embedded broker and registry are set up.
protocol EmbeddedOptions {
  var listen: String? { get }
  var registryAddress: String? { get }
  var registryFlag: String { get }
  var dataDir: String? { get }
  var fsync: String { get }
  var partitions: Int? { get }
  /// Whether the broker takes on the delays and limits of a cluster.
  var likeCluster: Bool { get }
  /// Milliseconds between rounds of retention and compaction.
  var maintenanceInterval: Int { get }
}

extension EmbeddedOptions {
  var likeCluster: Bool { false }
  var maintenanceInterval: Int { 60_000 }
}
