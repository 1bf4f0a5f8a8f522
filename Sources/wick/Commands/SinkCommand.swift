import ArgumentParser
import Kafka
import Lake
import Lineage

struct SinkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sink",
    abstract: "Carry the topics of the queries into lake tables, exactly once.",
    discussion: "Example: wick sink sql/ --lake .wick/lake --until-end")

  @Argument(help: "SQL files or folders (default sql).")
  var sql: [String] = []

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var lake: LakeOptions
  @OptionGroup var metrics: MetricsOptions
  @OptionGroup var lineage: LineageOptions

  @Option(help: "Topic of the audit rows, watched with --metrics (default wick.audit).")
  var auditTopic: String?

  @Flag(help: "Stop at the end offsets seen at the start, when everything up to them is in the tables.")
  var untilEnd = false

  @Option(help: "Milliseconds between commits to the tables.")
  var commitInterval: Int = 5000

  @Option(help: "Minutes between rounds of maintenance (see wick lake maintain); 0 for none.")
  var maintainEvery: Int = 60

  func validate() throws {
    try AuditTopic.validate(auditTopic)
    guard (0...100_000).contains(maintainEvery) else { throw ValidationError("--maintain-every takes minutes from 0 to 100000.") }
    guard (10...3_600_000).contains(commitInterval) else {
      throw ValidationError("--commit-interval is 10 to 3600000 milliseconds.")
    }
  }

  func run() throws {
    try Failure.reporting {
      let interrupts = Interrupts()
      let stop = StopHandle()
      interrupts.onInterrupt { stop.stop() }
      let connection = try connection.resolve()
      try connection.reach()
      var configuration = SinkConfiguration(
        kafka: KafkaConfiguration(bootstrap: connection.bootstrap, clientID: "wick-sink"), registry: connection.registry,
        lake: try lake.folder(), mappings: try Queries(paths: sql).mappings)
      configuration.untilEnd = untilEnd
      configuration.commitInterval = .milliseconds(commitInterval)
      if maintainEvery > 0 { configuration.maintenance = (.init(), .seconds(maintainEvery * 60)) }
      let service = try observe(&configuration)
      defer { service?.stop() }
      let application = configuration
      let told = try lineage.service()
      defer { told?.close() }
      let outcome = try LineageService.telling(told, { LineageJob.sinks(application) }) {
        try BlockingThread(name: "sink", stackSize: 4 << 20) {
          try SinkApplication(application).run(stop: stop) { summary in
            service?.show(summary, lake: application.lake)
            SinkReport.status(summary)
          }
        }.join()
      }
      SinkReport.summary(outcome)
    }
  }
}

extension SinkCommand {
  private func observe(_ configuration: inout SinkConfiguration) throws -> MetricsService? {
    guard let service = try metrics.start(role: "sink") else { return nil }
    // The watch's own client is none of the sink's.
    let topic = try Settings().value("audit-topic", flag: auditTopic) ?? "wick.audit"
    service.watchAudit(configuration.kafka, topic: topic, registry: configuration.registry)
    configuration.kafka = service.observing(configuration.kafka)
    service.showLake(configuration.lake)
    return service
  }
}

/// Where the lake is.
struct LakeOptions: ParsableArguments {
  @Option(help: "Folder of the lake: catalog.db and the tables (default .wick/lake).")
  var lake: String?

  func folder() throws -> String { try Settings().value("lake", flag: lake) ?? "\(Defaults.dataFolder)/lake" }
}

/// What a sink shows.
enum SinkReport {
  static func status(_ summary: SinkSummary) {
    Terminal.status("\(Terminal.grouped(summary.consumed)) records in \(summary.commits) commits")
  }

  static func summary(_ summary: SinkSummary) {
    Terminal.endStatus()
    Terminal.say("\(Terminal.grouped(summary.consumed)) records into tables in \(summary.commits) commits")
    for (table, rows) in summary.rows.sorted(by: { $0.key < $1.key }) {
      Terminal.say("  \(table): \(Terminal.grouped(rows)) rows")
    }
    if summary.undecodable > 0 {
      Terminal.say("  \(Terminal.grouped(summary.undecodable)) records could not be decoded; they are in bronze.invalid")
    }
  }
}
