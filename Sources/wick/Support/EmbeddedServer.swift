import ArgumentParser
import Contracts
import Kafka
import MarketAPI
import Serve
import Streams
import Telemetry

/// The HTTP service of `wick up`: it answers questions, and leaves changing queries to the files.
final class EmbeddedServer: Sendable {
  private let service: QueryService
  private let server: QueryServer

  /// Fails where the address cannot be had, unless nobody asked for it: then that is said, and nothing is served.
  init?(
    _ address: ServedAddress, _ connection: Connection, _ queries: Queries, _ streams: StreamsConfiguration,
    _ metrics: MetricsService?, lake: String
  ) throws {
    var kafka = KafkaConfiguration(bootstrap: connection.bootstrap, clientID: "wick-serve")
    kafka.settings["fetch.wait.max.ms"] = "50"
    var configuration = ServeConfiguration(
      kafka: kafka, application: streams.application, auditTopic: streams.auditTopic, version: Wick.configuration.version)
    configuration.isReadOnly = true
    if let metrics { configuration.metrics = { metrics.registry.exposition() } }
    configuration.history = LakeHistory(folder: lake)
    let registry = try SchemaRegistryClient(urls: connection.registry)
    service = try QueryService(configuration, files: queries.files, schemas: RegistrySchemaStore(registry))
    server = QueryServer(service, host: address.host, port: address.port)
    do {
      try service.open()
      Terminal.say("dashboard \(address.url(port: try server.start()))")
    } catch let error as ServeError where address.isDefault {
      service.close()
      Terminal.complain("no dashboard is served: \(error) (--serve 127.0.0.1:0 takes a free port, --serve off none)")
      return nil
    }
    service.watchMarket()
  }

  func stop() {
    server.stop()
    service.close()
  }
}
