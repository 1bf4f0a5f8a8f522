import Contracts
import Kafka
import Streams
import Testing

@testable import Serve

@Suite struct `Totals of the audit` {
  private func watch() throws -> AuditWatch {
    // Nobody answers there: only what is fed can be known.
    AuditWatch(
      KafkaConfiguration(bootstrap: "127.0.0.1:1", clientID: "test", logger: TestServer.quiet), topic: "audit",
      schemas: SchemaAccess(store: RegistrySchemaStore(try SchemaRegistryClient(urls: ["http://127.0.0.1:1"]))))
  }

  private func row(_ from: Int64, _ to: Int64) -> AuditDecoder.Row {
    AuditDecoder.Row(
      application: "wick", query: "Q", partition: TopicPartition("t", 0), from: from, to: to, streamTime: to, committedAt: to,
      counts: [to - from] + Array(repeating: 0, count: AuditDecoder.countNames.count - 1))
  }

  @Test func `rows that are read once more count once`() throws {
    let watch = try watch()
    watch.feed()
    watch.begin()
    watch.take(row(0, 10))
    watch.fail(ServeError(.timedOut, "The broker is gone."))
    #expect(throws: ServeError.self) { try watch.totals(application: "wick", query: "Q", timeout: .seconds(5)) }
    watch.begin()
    for (from, to) in [(0, 10), (10, 25)] as [(Int64, Int64)] { watch.take(row(from, to)) }
    watch.end()
    let totals = try watch.totals(application: "wick", query: "Q", timeout: .seconds(5))
    #expect(totals?.counts["consumed"] == 25 && totals?.commits == 2)
    #expect(totals?.offsets == [TopicPartition("t", 0): 25])
    #expect(try watch.totals(application: "wick", query: "other", timeout: .seconds(5)) == nil)
  }

  @Test func `a topic that is not there yet means that nothing has run`() throws {
    let watch = try watch()
    watch.feed()
    watch.begin()
    watch.fail(ServeError(.unavailable, "The topic does not exist yet."))
    #expect(try watch.totals(application: "wick", query: "Q", timeout: .seconds(5)) == nil)
  }

  @Test func `what queries have done is told from the rows that the market reads`() async throws {
    let server = try await MarketServer.start()
    try await MarketServer.run(server, MarketServer.records)
    _ = try await MarketServer.eventually(server, "/v1/audit") { $0.body.contains("\"input\":15") }
    let totals = try await TestServer.blocking {
      try server.service.audit.totals(application: server.name, query: "CTAS_CANDLES_1M", timeout: .seconds(20))
    }
    #expect(totals?.counts["consumed"] == 15 && totals?.counts["late"] == 1 && totals?.counts["aggregated"] == 12)
    try await server.stop()
  }
}
