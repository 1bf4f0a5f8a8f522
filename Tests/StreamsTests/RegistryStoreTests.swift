import ClusterSupport
import Contracts
import TestSupport
import Testing

@testable import Streams

@Suite struct RegistryStoreTests {
  /// A store with a client of its own, which remembers nothing another one has asked for.
  private static func store() throws -> RegistrySchemaStore {
    RegistrySchemaStore(try SchemaRegistryClient(urls: [EmbeddedTestCluster.registry]))
  }

  @Test func `candles by contracts of a registry are exact, and a later run writes with the same ids`() async throws {
    var generator = SeededGenerator.forTest("registry")
    let trades = TestTrade.stream(600, partitions: 2, &generator)
    try await TestCluster.blocking {
      let run = try TestRun("registry", partitions: 2, schemas: Self.store())
      defer { run.close() }
      try run.send(Array(trades[..<300]))
      let first = try run.application([.candles(run)], schemas: Self.store()).run()
      #expect(first.emitted > 0)
      try run.send(Array(trades[300...]))
      let second = try run.application([.candles(run)], schemas: Self.store()) { $0.final = true }.run()
      #expect(second.emitted > 0)
      try expectExact(run, trades)
      let candle = try AvroSchema(json: SinkSchema.derived(QueryPlanBox.candles(run).plan))
      for (topic, schema) in [(run.sink, candle), ("\(run.name).audit", try AvroSchema(json: AuditRow.schemaJSON))] {
        let registered = try #require(try Self.store().latest(subject: "\(topic)-value"))
        #expect(registered.schema == schema)
        let prefixes = try run.read(topic).compactMap(\.value).map { Array($0.prefix(5)) }
        #expect(Set(prefixes) == [[0] + withUnsafeBytes(of: registered.id.bigEndian) { Array($0) }])
      }
    }
  }
}
