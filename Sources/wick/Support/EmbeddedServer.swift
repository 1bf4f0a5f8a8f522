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
    service = try QueryService(connection, application: streams.application, queries.files) { configuration in
      configuration.auditTopic = streams.auditTopic
      configuration.isReadOnly = true
      if let metrics { configuration.metrics = { metrics.registry.exposition() } }
      configuration.history = LakeHistory(folder: lake)
    }
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
