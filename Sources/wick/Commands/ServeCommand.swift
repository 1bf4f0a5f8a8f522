import ArgumentParser
import Contracts
import Kafka
import Logging
import SQL
import Serve
import Streams
import Telemetry

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Answer queries over HTTP, as ksqlDB's REST clients ask them.",
    discussion: """
      Name the SQL files that the workers (wick run) are started with: they say which streams and tables there are.

      Example: wick serve sql/ --listen 127.0.0.1:8088
      """)

  @Argument(help: "SQL files or folders (default sql).")
  var sql: [String] = []

  @Option(help: "Where to listen (default 127.0.0.1:8088; port 0 takes a free one).")
  var listen: String?

  @Flag(help: "Listen at an address that other machines reach. Whoever reaches it may ask anything: there is no password.")
  var insecure = false

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
      let interrupts = Interrupts()
      let address = try ServedAddress(Settings().value("listen", flag: listen) ?? ServedAddress.standard, "--listen")
      try address.check(isInsecure: insecure)
      let metrics = try MetricsService(nil, role: "serve")
      let service = try target.service(Queries.texts(paths: sql)) { configuration in
        configuration.isReadOnly = readOnly
        configuration.metrics = { metrics.registry.exposition() }
        configuration.openQueries = maxQueries
        configuration.requestTimeout = .seconds(requestTimeout)
      }
      defer { service.close() }
      try service.open()
      try service.warm()
      service.watchMarket()
      let server = QueryServer(service, host: address.host, port: address.port)
      Terminal.say("answering at \(address.url(port: try server.start()))")
      interrupts.wait()
      server.stop()
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
    var kafka = KafkaConfiguration(bootstrap: connection.bootstrap, clientID: "wick-serve")
    // A question waits for no more data than there is.
    kafka.settings["fetch.wait.max.ms"] = "50"
    var configuration = ServeConfiguration(
      kafka: kafka, application: settings.value("app", flag: app) ?? "wick", version: Wick.configuration.version)
    configuration.auditTopic = settings.value("audit-topic", flag: auditTopic) ?? configuration.auditTopic
    change(&configuration)
    let registry = try SchemaRegistryClient(urls: connection.registry)
    return try QueryService(configuration, files: files, schemas: RegistrySchemaStore(registry))
  }
}
