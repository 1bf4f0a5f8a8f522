import ArgumentParser
import Contracts
import Kafka
import Logging
import MarketAPI
import SQL
import Serve
import Streams
import Telemetry

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Answer queries over HTTP, as ksqlDB's REST clients ask them, and /v1 with the dashboard.",
    discussion: """
      Name the SQL files that the workers (wick run) are started with: they say which streams and tables there are.
      wick serve run --help lists the options.

      Example: wick serve sql/ --listen 127.0.0.1:8088 --lake .wick/lake
      """,
    subcommands: [Run.self, ServeKeysCommand.self], defaultSubcommand: Run.self)
}

extension ServeCommand {
  struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "run", abstract: "Answer until interrupted.",
      discussion: """
        At an address that other machines reach, it needs to know whom to let in, by keys (wick serve keys add) or tokens, and
        either TLS or --insecure: behind a proxy that speaks TLS, or in a network that is trusted.
        """)

    @Argument(help: "SQL files or folders (default sql).")
    var sql: [String] = []

    @OptionGroup(title: "Who may") var access: AccessOptions

    @Option(help: "Lake folder whose candles are served before what the topics still hold.")
    var lake: String?

    @Flag(help: "Take no statement that changes something.")
    var readOnly = false

    @Option(help: "Queries that may be open at the same time.")
    var maxQueries: Int = 100

    @Option(help: "Seconds that a statement or a pull query may take.")
    var requestTimeout: Int = 30

    @OptionGroup var target: QueryTargetOptions

    func validate() throws {
      guard (1...100_000).contains(maxQueries) else { throw ValidationError("--max-queries is 1 to 100000.") }
      guard (1...3600).contains(requestTimeout) else { throw ValidationError("--request-timeout is 1 to 3600 seconds.") }
    }

    func run() throws {
      try Failure.reporting {
        let interrupts = Interrupts(takesHangups: !Terminal.isAttached)
        let (visitors, identity) = (try access.visitors(), try access.identity())
        let rules = try visitors.rules()
        let address = try access.address(rules, identity)
        let metrics = try MetricsService(nil, role: "serve")
        let service = try target.service(Queries.texts(paths: sql)) { configuration in
          configuration.isReadOnly = readOnly
          configuration.metrics = { metrics.registry.exposition() }
          configuration.openQueries = maxQueries
          configuration.requestTimeout = .seconds(requestTimeout)
          configuration.access = rules
          configuration.tls = identity
          configuration.history = lake.map { LakeHistory(folder: $0) }
        }
        defer { service.close() }
        try service.open()
        try service.warm()
        service.watchMarket()
        let server = QueryServer(service, host: address.host, port: address.port)
        Reloading.watch(interrupts, server, visitors, identity)
        Terminal.say("answering at \(address.url(port: try server.start()))")
        interrupts.wait()
        server.stop()
      }
    }
  }
}

/// Which queries are asked, and where they run.
struct QueryTargetOptions: ParsableArguments {
  @Option(help: "Application of the workers (default wick).")
  var app: String?

  @Option(help: "Topic of the workers' audit rows (default wick.audit).")
  var auditTopic: String?

  @OptionGroup var connection: ConnectionOptions

  func validate() throws { try AuditTopic.validate(auditTopic) }

  func service(_ files: [SQLFile], _ change: (inout ServeConfiguration) -> Void = { _ in }) throws -> QueryService {
    let settings = try Settings()
    let connection = try connection.resolve()
    try connection.reach()
    return try QueryService(connection, application: settings.value("app", flag: app) ?? "wick", files) { configuration in
      configuration.auditTopic = settings.value("audit-topic", flag: auditTopic) ?? configuration.auditTopic
      change(&configuration)
    }
  }
}

extension QueryService {
  /// The service over the queries of `application`, with what `change` sets of its configuration.
  convenience init(
    _ connection: Connection, application: String, _ files: [SQLFile], _ change: (inout ServeConfiguration) -> Void
  ) throws {
    var kafka = KafkaConfiguration(bootstrap: connection.bootstrap, clientID: "wick-serve")
    // A question waits for no more data than there is.
    kafka.settings["fetch.wait.max.ms"] = "50"
    var configuration = ServeConfiguration(kafka: kafka, application: application, version: Wick.configuration.version)
    change(&configuration)
    let registry = try SchemaRegistryClient(urls: connection.registry)
    try self.init(configuration, files: files, schemas: RegistrySchemaStore(registry))
  }
}
