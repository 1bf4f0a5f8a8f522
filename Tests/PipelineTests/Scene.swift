import Foundation
import Kafka
import Logging
import TestSupport
import Testing

/// What one test plays in: a folder, a broker with a registry, and names nobody else uses.
///
/// The broker is a `wick broker` process of its own, or the cluster that `WICK_TEST_BOOTSTRAP` names (and the registry that
/// `WICK_TEST_REGISTRY` names). On a cluster that others use, all topics carry a random mark.
final class Scene {
  let folder: URL
  /// Goes into the names of topics, applications and queries; empty on a broker of its own.
  let mark: String
  private(set) var bootstrap = ""
  private(set) var registry = ""
  private(set) var broker: WickProcess?
  var hasOwnBroker: Bool { mark.isEmpty }
  private var started: [WickProcess] = []

  struct Broken: Error, CustomStringConvertible { let description: String }

  /// - Parameters:
  ///   - alone: on a broker of its own, whatever cluster is given.
  ///   - startsBroker: false for tests that need none, or that start it themselves.
  init(alone: Bool = false, startsBroker: Bool = true) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("wick-pipeline-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let given = alone ? nil : Self.given("WICK_TEST_BOOTSTRAP")
    mark = given == nil ? "" : "t\(UInt32.random(in: 0...UInt32.max))-"
    let givenRegistry = given == nil ? nil : Self.given("WICK_TEST_REGISTRY")
    if startsBroker, given == nil || givenRegistry == nil { try startBroker() }
    if let given { bootstrap = given }
    if let givenRegistry { registry = givenRegistry }
  }

  deinit {
    for process in started where process.exitCode == nil { process.kill9() }
    removeTopics()
    do { try FileManager.default.removeItem(at: folder) } catch { print("left \(folder.path) behind: \(error)") }
  }

  private static func given(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Whether tests share a cluster that is not theirs to kill.
  static var isForeign: Bool { given("WICK_TEST_BOOTSTRAP") != nil }

  /// A cluster that others use is left as it was.
  private func removeTopics() {
    guard !hasOwnBroker else { return }
    do {
      let admin = try Admin(kafka, timeout: .seconds(10))
      defer { admin.close() }
      try admin.delete(topics: admin.topics().keys.filter { $0.contains(mark) })
    } catch { print("left topics of \(mark) behind: \(error)") }
  }

  /// Chooses addresses for a broker that may die before it has told its own.
  func reserveAddresses() throws {
    bootstrap = "127.0.0.1:\(try FreePort.take())"
    registry = "http://127.0.0.1:\(try FreePort.take())"
  }

  /// Starts the broker, on the ports it had before.
  func startBroker() throws {
    var broker = try startBrokerProcess()
    var attempts = 1
    while !broker.waitFor("ready") {
      // A program that is none of ours may have come first; another port is chosen then, if none has been told yet.
      guard attempts < 10, broker.errors.contains("is taken") else {
        throw Broken(description: "the broker did not start: \(broker.errors)")
      }
      broker = try startBrokerProcess()
      attempts += 1
    }
    readAddresses(broker)
  }

  /// Starts the broker without waiting until it listens.
  @discardableResult
  func startBrokerProcess(_ more: [String] = [], environment: [String: String] = [:]) throws -> WickProcess {
    let listen = try bootstrap.isEmpty ? "127.0.0.1:\(FreePort.take())" : bootstrap
    let registryListen =
      try registry.isEmpty ? "127.0.0.1:\(FreePort.take())" : String(registry.dropFirst("http://".count))
    let process = try start(
      ["broker", "--listen", listen, "--registry", registryListen, "--data-dir", data] + more, environment: environment)
    broker = process
    return process
  }

  private func readAddresses(_ broker: WickProcess) {
    for line in broker.output.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.first == "broker", words.count == 2 { bootstrap = String(words[1]) }
      if words.first == "registry", words.count == 2 { registry = String(words[1]) }
    }
  }

  // MARK: Names

  var tradesTopic: String { "\(mark)trades.raw" }
  var invalidTopic: String { "\(mark)trades.invalid" }
  var lateTopic: String { "\(mark)trades.late" }
  var positionsTopic: String { "\(mark)wick.ingest.positions" }
  var auditTopic: String { "\(mark)wick.audit" }
  var data: String { folder.appendingPathComponent("data").path }
  /// `wick up` keeps its lake in the data folder; so do these tests.
  lazy var lake = "\(data)/lake"
  /// What the candle tables' column `interval` holds for the query `name`.
  func interval(_ name: String) -> String { mark + name }
  /// The id of the query `name`.
  func query(_ name: String) -> String { "CTAS_CANDLES_\(tableMark)\(name)".uppercased() }
  private var tableMark: String { mark.replacingOccurrences(of: "-", with: "_") }

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, Data(text.utf8)) }

  @discardableResult
  func write(_ name: String, _ data: Data) throws -> String {
    try data.write(to: folder.appendingPathComponent(name))
    return path(name)
  }

  // MARK: Processes

  var connection: [String] { ["--bootstrap", bootstrap, "--registry", registry] }

  func start(_ arguments: [String], environment: [String: String] = [:]) throws -> WickProcess {
    let process = try WickProcess(arguments, logs: folder, environment: environment)
    started.append(process)
    return process
  }

  /// Runs `wick` to its end.
  func run(_ arguments: [String], seconds: Double = 120) throws -> Finished {
    let process = try start(arguments)
    guard let code = process.wait(seconds: seconds) else {
      process.kill9()
      throw Broken(description: "wick \(arguments.joined(separator: " ")) did not end: \(process.output)\(process.errors)")
    }
    return Finished(code: code, output: process.output, errors: process.errors)
  }

  /// Runs `wick` to its end and expects it to end well.
  @discardableResult
  func succeed(_ arguments: [String], _ location: SourceLocation = #_sourceLocation) throws -> Finished {
    let finished = try run(arguments)
    #expect(
      finished.code == 0, "wick \(arguments.joined(separator: " ")): \(finished.output)\(finished.errors)",
      sourceLocation: location)
    return finished
  }

  func ingest(_ source: String, _ more: [String] = []) -> [String] {
    let names = [
      "--topic", tradesTopic, "--invalid-topic", invalidTopic, "--positions-topic", positionsTopic,
    ]
    return ["ingest", "--source", source] + connection + (hasOwnBroker ? [] : names) + more
  }

  func queries(_ sql: String, _ more: [String] = []) -> [String] {
    ["run", sql, "--app", "\(mark)wick", "--audit-topic", auditTopic, "--commit-interval", "50"] + connection + more
  }

  func sink(_ sql: String, _ more: [String] = []) -> [String] {
    ["sink", sql, "--lake", lake, "--commit-interval", "300"] + connection + more
  }

  func verify(_ sql: String) -> [String] { ["verify", sql, "--lake", lake, "--audit-topic", auditTopic] + connection }

  var kafka: KafkaConfiguration {
    var logger = Logger(label: "wick.test")
    logger.logLevel = .critical
    return KafkaConfiguration(bootstrap: bootstrap, clientID: "wick-test", logger: logger)
  }
}
