import Contracts
import EmbeddedKafka
import Foundation
import Testing

@Suite struct BrokerLogTests {
  @Test func `schemas and levels survive a restart of the broker that keeps them`() async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      Thread { continuation.resume(with: Result { try Self.restart() }) }.start()
    }
  }

  private static func restart() throws {
    let folder = NSTemporaryDirectory() + "wick-registry-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let schema = try AvroSchema(json: "\"int\"")
    var id: Int32 = 0
    for round in 0..<2 {
      let broker = EmbeddedBroker(configuration: .init(port: 0, dataDirectory: folder))
      try broker.start()
      defer { broker.stop() }
      let registry = try EmbeddedSchemaRegistry(port: 0, broker: broker)
      let client = try SchemaRegistryClient(urls: ["127.0.0.1:\(try registry.start())"])
      defer { registry.stop() }
      if round == 0 {
        id = try client.register(schema, under: "s")
        try client.setCompatibilityLevel(.full, of: "s")
      }
      #expect(try client.latest(of: "s").id == id)
      #expect(try client.compatibilityLevel(of: "s") == .full)
    }
  }
}
