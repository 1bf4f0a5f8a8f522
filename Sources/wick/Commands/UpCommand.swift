import ArgumentParser
import Contracts
import Ingest
import Kafka
import Lake
import Streams

struct UpCommand: ParsableCommand, EmbeddedOptions {
  static let configuration = CommandConfiguration(
    commandName: "up",
    abstract: "Everything on one machine: broker, registry, ingest, queries, lake.",
    discussion: """
      A finite source ends time: its open windows are closed, and everything is in the tables before the summary is printed.

      Example: wick up --source trades.csv.gz --exit-when-done
      """)

  @OptionGroup var source: SourceOptions

  @Option(help: "SQL files or folders, comma-separated (default sql).")
  var sql: String?

  @Option(help: "Where the broker listens (default 127.0.0.1:9092; port 0 takes a free one).")
  var listen: String?

  @Option(help: "Where the Schema Registry listens (default 127.0.0.1:8081; port 0 takes a free one).")
  var registryListen: String?

  @Option(help: "Folder of contracts (default contracts).")
  var contracts: String?

  @Option(help: "Folder of all data (default .wick).")
  var dataDir: String?

  @Option(help: "always or interval, as for the broker.")
  var fsync: String = "interval"

  @Option(help: "Partitions of new topics (default 4).")
  var partitions: Int?

  @Option(
    help: "Where queries, /v1 and the dashboard are served (default 127.0.0.1:8088; port 0 takes a free one; off for nowhere).")
  var serve: String?

  @Flag(help: "Leave when a finite source has ended and everything is in the tables.")
  var exitWhenDone = false

  @Flag(help: "Do not check the books at the end.")
  var noVerify = false

  @OptionGroup var streams: StreamsOptions
  @OptionGroup var metrics: MetricsOptions
  @OptionGroup var lineage: LineageOptions

  var registryAddress: String? { registryListen }
  var registryFlag: String { "--registry-listen" }

  func validate() throws { try EmbeddedChecks.validate(fsync: fsync, partitions: partitions) }

  func run() throws {
    try Failure.reporting {
      let interrupts = Interrupts()
      // What can be wrong with the arguments is found before anything is started.
      let queries = try Queries(paths: sql?.split(separator: ",").map(String.init) ?? [])
      let served = try ServedAddress(embedded: Settings().value("serve", flag: serve))
      let specification = try source.specification(simulatedCount: exitWhenDone ? 200_000 : nil)
      try IngestApplication.check(specification)
      let cluster = try EmbeddedCluster(self)
      defer { cluster.stop() }
      let service = try metrics.start(role: "up")
      defer { service?.stop() }
      cluster.announce()
      let contracts = try Settings().value("contracts", flag: contracts) ?? Defaults.contracts
      let connection = Connection(bootstrap: cluster.bootstrap, registry: [cluster.registry], contracts: contracts)
      var ingest = try ingestConfiguration(
        connection, source, partitions: partitions, simulatedCount: exitWhenDone ? 200_000 : nil)
      ingest.source = specification
      let streams = try streams.configuration(connection)
      let lake = "\(cluster.dataFolder)/lake"
      let server = try served.flatMap { try EmbeddedServer($0, connection, queries, streams, service, lake: lake) }
      defer { server?.stop() }
      service?.watchAudit(
        KafkaConfiguration(bootstrap: connection.bootstrap, clientID: "wick-audit"), topic: streams.auditTopic,
        registry: connection.registry)
      let told = try lineage.service()
      defer { told?.close() }
      let pipeline = Pipeline(
        connection: connection, queries: queries, ingest: ingest, streams: streams,
        lake: "\(cluster.dataFolder)/lake", metrics: service, lineage: told)
      try pipeline.run(interrupts, staysUp: !exitWhenDone, verifies: !noVerify)
    }
  }
}
