import EmbeddedKafka
import Foundation

/// The cluster and the Schema Registry that tests talk to: those `WICK_TEST_BOOTSTRAP` and `WICK_TEST_REGISTRY` name, otherwise
/// an embedded broker and registry in this process.
///
/// The embedded ones start when they are first asked for, once in a process, and live as long as it; their data is in a temporary
/// folder that goes with them. Tests share them, so topics, groups, transactional ids and subjects need names nobody else uses.
///
/// Safe to use from any thread that may block: the first use waits for the start.
public enum EmbeddedTestCluster {
  /// Where clients connect to, as `bootstrap.servers` wants it.
  ///
  /// Throws on every use what kept the embedded broker from starting.
  public static var bootstrap: String {
    get throws { try environment("WICK_TEST_BOOTSTRAP") ?? broker.get().address }
  }

  /// The URL of the registry. One that is not given keeps its schemas in the embedded broker, whatever cluster is given.
  ///
  /// Throws on every use what kept the embedded registry or its broker from starting.
  public static var registry: String {
    get throws { try environment("WICK_TEST_REGISTRY") ?? embeddedRegistry.get().url }
  }

  private static func environment(_ name: String) -> String? {
    guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else { return nil }
    return value
  }

  private static let folder = NSTemporaryDirectory() + "wick-test-cluster-" + UUID().uuidString

  private static let broker: Result<(server: EmbeddedBroker, address: String), any Error> = Result {
    // A crash of the process loses nothing either way; that the disk has it before the answer is for the broker's own tests.
    let server = EmbeddedBroker(
      configuration: .init(
        port: 0, dataDirectory: folder, fsync: .interval(milliseconds: 1000), autoCreateTopics: false))
    atexit { EmbeddedTestCluster.remove() }
    return (server, "127.0.0.1:\(try server.start())")
  }

  private static let embeddedRegistry: Result<(server: EmbeddedSchemaRegistry, url: String), any Error> = Result {
    let server = try EmbeddedSchemaRegistry(port: 0, broker: broker.get().server)
    return (server, "http://127.0.0.1:\(try server.start())")
  }

  /// Runs when the process ends. The broker stops first, or it would write into the folder while that is being removed.
  private static func remove() {
    if case .success(let broker) = broker { broker.server.stop() }
    guard FileManager.default.fileExists(atPath: folder) else { return }
    do { try FileManager.default.removeItem(atPath: folder) } catch { print("left \(folder) behind: \(error)") }
  }
}
