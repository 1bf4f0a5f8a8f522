import ArgumentParser
import Kafka
import Lake

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Prove that nothing was lost, doubled or miscounted.",
    discussion: """
      Re-checks the audit identity, the ledger of each table against its topics, and recomputes candles from trades. Exit code 1 with what
      differs. The system may be running meanwhile: what was in the topics at the beginning must reach the tables within --wait.

      Example: wick verify sql/ --lake .wick/lake
      """)

  @Argument(help: "SQL files or folders (default sql).")
  var sql: [String] = []

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var lake: LakeOptions

  @Option(help: "Topic of the audit rows (default wick.audit).")
  var auditTopic: String?

  @Option(help: "Folder of `wick up`: starts its broker on free ports for the check, and takes its lake.")
  var dataDir: String?

  @Option(help: "Seconds that a running sink may take to carry over what is in the topics (default 30).")
  var wait: Int = 30

  func validate() throws {
    try AuditTopic.validate(auditTopic)
    guard (0...86_400).contains(wait) else { throw ValidationError("--wait takes seconds from 0 to 86400.") }
  }

  func run() throws {
    try Failure.reporting {
      let queries = try Queries(paths: sql)
      let auditTopic = try Settings().value("audit-topic", flag: auditTopic)
      guard let dataDir else {
        let connection = try connection.resolve()
        try connection.reach()
        return try VerifyReporting.show(
          VerifyReporting.run(
            connection, queries, lake: lake.folder(), auditTopic: auditTopic, patience: .seconds(wait)))
      }
      let cluster = try EmbeddedCluster(AtRest(dataDir: dataDir))
      defer { cluster.stop() }
      var resolved = try connection.resolve()
      resolved.bootstrap = cluster.bootstrap
      resolved.registry = [cluster.registry]
      try VerifyReporting.show(
        VerifyReporting.run(resolved, queries, lake: lake.lake ?? "\(dataDir)/lake", auditTopic: auditTopic))
    }
  }
}

/// A broker that only this process uses.
struct AtRest: EmbeddedOptions {
  let dataDir: String?
  var listen: String? { "127.0.0.1:0" }
  var registryAddress: String? { "127.0.0.1:0" }
  var registryFlag: String { "--registry" }
  var fsync: String { "interval" }
  var partitions: Int? { nil }
}

enum VerifyReporting {
  static func run(
    _ connection: Connection, _ queries: Queries, lake: String, auditTopic: String?, patience: Duration = .zero
  ) throws -> VerifyReport {
    var configuration = VerifyConfiguration(
      kafka: KafkaConfiguration(bootstrap: connection.bootstrap, clientID: "wick-verify"), registry: connection.registry,
      lake: lake,
      mappings: queries.mappings, candleQueries: queries.verifiable)
    configuration.auditTopic = auditTopic ?? configuration.auditTopic
    configuration.patience = patience
    let settled = configuration
    return try BlockingThread(name: "verify", stackSize: 4 << 20) { try VerifyApplication(settled).run() }.join()
  }

  static func show(_ report: VerifyReport) throws {
    for (name, number) in report.examined.sorted(by: { $0.key < $1.key }) {
      Terminal.say("  \(name): \(Terminal.grouped(number))")
    }
    for note in report.notes { Terminal.say("note: \(note)") }
    try conclude(report)
  }

  /// Says in one line that all is well, or what differs.
  static func conclude(_ report: VerifyReport) throws {
    guard !report.isClean else {
      let candles = report.examined["candles"].map { ": \(Terminal.grouped($0)) candles recomputed from their trades" } ?? ""
      Terminal.say("verified: nothing is lost, doubled or miscounted\(candles)")
      return
    }
    for finding in report.findings { Terminal.complain(finding.description) }
    let total = report.findingCounts.values.reduce(0, +)
    throw Failure(.checkFailed, "\(total) things differ; see above.")
  }
}

enum AuditTopic {
  static func validate(_ name: String?) throws {
    guard name.map(TopicName.isLegal) ?? true else {
      throw ValidationError("--audit-topic takes the name of a topic: up to 249 letters, digits, dots, underscores and hyphens.")
    }
  }
}
