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
        Other machines are let in with keys (wick serve keys add) and, since the server speaks no TLS itself, --insecure: behind a
        proxy that does, or in a network that is trusted.
        """)

    @Argument(help: "SQL files or folders (default sql).")
    var sql: [String] = []

    @Option(help: "Where to listen (default 127.0.0.1:8088; port 0 takes a free one).")
    var listen: String?

    @Flag(help: "Listen at an address that other machines reach, without TLS: keys and answers can be read on the way.")
    var insecure = false

    @Option(help: "File of the keys that are let in (wick serve keys add makes them). Without it everybody who reaches it is.")
    var keys: String?

    @Option(
      help: "Requests a second of each key and each address, ten times as many at once (default 0, any number; with --keys 100).")
    var rate: Double?

    @Option(help: "Origin of another site whose pages may ask, such as https://charts.example.com. May be repeated.")
    var allowOrigin: [String] = []

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
      guard (0...1_000_000).contains(rate ?? 0) else { throw ValidationError("--rate is 0 to 1000000.") }
      for origin in allowOrigin where !origin.hasPrefix("http://") && !origin.hasPrefix("https://") {
        throw ValidationError("--allow-origin is a scheme and a host, such as https://charts.example.com.")
      }
    }

    func run() throws {
      try Failure.reporting {
        let interrupts = Interrupts()
        let address = try ServedAddress(Settings().value("listen", flag: listen) ?? ServedAddress.standard, "--listen")
        let access = try access()
        try address.check(isInsecure: insecure, hasKeys: access.keys != nil)
        let metrics = try MetricsService(nil, role: "serve")
        let service = try target.service(Queries.texts(paths: sql)) { configuration in
          configuration.isReadOnly = readOnly
          configuration.metrics = { metrics.registry.exposition() }
          configuration.openQueries = maxQueries
          configuration.requestTimeout = .seconds(requestTimeout)
          configuration.access = access
          configuration.history = lake.map { LakeHistory(folder: $0) }
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

    private func access() throws -> AccessControl.Rules {
      let ring = try Settings().value("keys", flag: keys).map { try KeyFile.read($0) }
      if let ring, ring.entries.isEmpty {
        throw Failure(.badInput, "There is no key in the file; make one with wick serve keys add.")
      }
      let rate = rate ?? (ring == nil ? 0 : 100)
      return AccessControl.Rules(keys: ring, rate: rate, burst: rate * 10, origins: Set(allowOrigin))
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
