import ArgumentParser
import Contracts
import Kafka
import Lineage
import SQL
import Serve
import Streams

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run persistent queries on Kafka, exactly once.",
    discussion: """
      Start it as often as you like, on as many machines as you like: instances of one --app share the partitions.
      Queries given at a prompt (wick sql) run here too, and PAUSE, RESUME and TERMINATE are obeyed; not with --until-end.

      Example: wick run sql/ --bootstrap 127.0.0.1:9092 --until-end --final
      """)

  @Argument(help: "SQL files or folders (default sql).")
  var sql: [String] = []

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var streams: StreamsOptions
  @OptionGroup var metrics: MetricsOptions
  @OptionGroup var lineage: LineageOptions

  func run() throws {
    try Failure.reporting {
      let interrupts = Interrupts()
      let queries = try Queries(paths: sql)
      let stop = StopHandle()
      interrupts.onInterrupt { stop.stop() }
      let connection = try connection.resolve()
      try connection.reach()
      let service = try metrics.start(role: "run")
      defer { service?.stop() }
      var application = try streams.application(connection, queries)
      application.configuration.kafka = service?.observing(application.configuration.kafka) ?? application.configuration.kafka
      @Sendable func show(_ progress: StreamsProgress) {
        service?.show(progress)
        StreamsReport.status(progress)
      }
      let configuration = application.configuration
      let told = try lineage.service()
      defer { told?.close() }
      let jobs = LineageJob.queries(queries, configuration)
      guard !configuration.untilEnd else {
        let summary = try LineageService.telling(told, { jobs }) { try application.run(stop: stop, onProgress: show) }
        return StreamsReport.summary(summary)
      }
      let log = ControlLog(
        application.configuration.kafka, topic: "\(application.configuration.application)-control",
        replication: application.configuration.replication, initial: try ControlState(files: queries.files))
      try log.open()
      defer { log.close() }
      let registry = try SchemaRegistryClient(urls: connection.registry)
      let supervisor = Supervisor(application.configuration, log: log, schemas: RegistrySchemaStore(registry))
      StreamsReport.summary(
        try LineageService.telling(told, { jobs }) { try supervisor.run(stop: stop, onProgress: show) })
    }
  }
}

/// How queries run.
struct StreamsOptions: ParsableArguments {
  @Option(help: "Application: consumer group and state (default wick).")
  var app: String?

  @Option(help: "Name of this instance; unique among those that run at the same time (default main).")
  var instance: String?

  @Option(help: "Topic of the audit rows; applications may share it (default wick.audit).")
  var auditTopic: String?

  @Option(help: "Worker threads.")
  var workers: Int = 1

  @Flag(help: "Stop at the end offsets seen at the start.")
  var untilEnd = false

  @Flag(help: "With --until-end: close every open window, as if time had ended.")
  var final = false

  @Option(help: "Milliseconds between commits.")
  var commitInterval: Int = 100

  @Option(help: "Milliseconds after which another worker takes over from one that is not heard of (default 6000).")
  var sessionTimeout: Int?

  @Option(help: "Milliseconds after which the cluster drops a transaction whose worker has vanished (default 60000).")
  var transactionTimeout: Int?

  func validate() throws {
    for timeout in [sessionTimeout, transactionTimeout].compactMap({ $0 }) where !(100...900_000).contains(timeout) {
      throw ValidationError("--session-timeout and --transaction-timeout are 100 to 900000 milliseconds.")
    }
    guard (1...256).contains(workers) else { throw ValidationError("--workers is a number from 1 to 256.") }
    guard (1...60_000).contains(commitInterval) else { throw ValidationError("--commit-interval is 1 to 60000 milliseconds.") }
    try AuditTopic.validate(auditTopic)
    if final, !untilEnd { throw ValidationError("--final needs --until-end: an endless input has no end to close windows at.") }
  }

  func configuration(_ connection: Connection) throws -> StreamsConfiguration {
    let settings = try Settings()
    var configuration = StreamsConfiguration(
      kafka: KafkaConfiguration(bootstrap: connection.bootstrap, clientID: "wick-run"),
      application: settings.value("app", flag: app) ?? "wick",
      instance: settings.value("instance", flag: instance) ?? "main", workers: workers)
    configuration.auditTopic = settings.value("audit-topic", flag: auditTopic) ?? configuration.auditTopic
    configuration.commitInterval = .milliseconds(commitInterval)
    if let transactionTimeout { configuration.transactionTimeout = .milliseconds(transactionTimeout) }
    if let sessionTimeout {
      configuration.kafka.settings["session.timeout.ms"] = String(sessionTimeout)
      configuration.kafka.settings["heartbeat.interval.ms"] = String(max(1, sessionTimeout / 4))
    }
    configuration.untilEnd = untilEnd
    configuration.final = final
    configuration.contractsDirectory = connection.contracts
    return configuration
  }

  func application(_ connection: Connection, _ queries: Queries) throws -> StreamsApplication {
    let registry = try SchemaRegistryClient(urls: connection.registry)
    return try StreamsApplication(configuration(connection), plans: queries.plans, schemas: RegistrySchemaStore(registry))
  }
}

/// What running queries shows.
enum StreamsReport {
  static func status(_ progress: StreamsProgress) {
    let lag = progress.partitions.values.compactMap(\.lag).reduce(0, +)
    Terminal.status(
      "\(Terminal.grouped(progress.consumed)) read, \(Terminal.grouped(progress.emitted)) rows out, \(Terminal.grouped(progress.late)) late, lag \(Terminal.grouped(lag))"
    )
  }

  static func summary(_ progress: StreamsProgress) {
    Terminal.endStatus()
    Terminal.say(
      "read \(Terminal.grouped(progress.consumed)) records in \(Terminal.grouped(progress.commits)) commits: \(Terminal.grouped(progress.emitted)) rows out, \(Terminal.grouped(progress.late)) late, \(Terminal.grouped(progress.duplicate)) duplicates, \(Terminal.grouped(progress.invalid)) invalid"
    )
    for (query, rows) in progress.emittedByQuery.sorted(by: { $0.key < $1.key }) {
      Terminal.say("  \(query): \(Terminal.grouped(rows)) rows")
    }
    if progress.replays > 0 { Terminal.say("\(progress.replays) failures were survived by replaying") }
  }
}
