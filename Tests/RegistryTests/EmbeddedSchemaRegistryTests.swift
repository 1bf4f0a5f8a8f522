import Contracts
import EmbeddedKafka
import Foundation
import Testing

/// The server over TCP, spoken to with the client of `Contracts`. Each test runs on a thread of its own: the client blocks.
@Suite struct EmbeddedSchemaRegistryTests {
  private func onThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
      Thread { continuation.resume(with: Result(catching: body)) }.start()
    }
  }

  private static func client(_ port: Int) throws -> SchemaRegistryClient {
    var options = SchemaRegistryClient.Options()
    options.attempts = 1
    return try SchemaRegistryClient(urls: ["127.0.0.1:\(port)"], options: options)
  }

  @Test func `client and server agree on every call`() async throws {
    try await onThread {
      let server = EmbeddedSchemaRegistry(port: 0, log: MemoryLog())
      let client = try Self.client(try server.start())
      defer { server.stop() }
      let v1 = try AvroSchema(json: record(#"{"name":"a","type":"long"}"#))
      let v2 = try AvroSchema(json: record(#"{"name":"a","type":"long"},{"name":"b","type":["null","string"],"default":null}"#))
      let bad = try AvroSchema(json: record(#"{"name":"a","type":"string"}"#))
      let subject = "trades/raw with space-value"
      #expect(try client.subjects() == [])
      #expect(try client.lookUp(v1, under: subject) == nil)
      #expect(try client.objections(to: v1, under: subject) == [])
      let id = try client.register(v1, under: subject)
      #expect(try client.register(v1, under: subject) == id)
      #expect(try client.schema(id: id) == v1)
      #expect(try client.register(v2, under: subject) != id)
      #expect(try client.versions(of: subject) == [1, 2])
      #expect(try client.latest(of: subject).schema == v2)
      #expect(try client.version(1, of: subject).schema == v1)
      #expect(try client.lookUp(v1, under: subject)?.version == 1)
      #expect(try client.objections(to: bad, under: subject).count == 1)
      #expect(#expect(throws: ContractError.self) { try client.register(bad, under: subject) }?.code == .incompatible)
      #expect(#expect(throws: ContractError.self) { try client.schema(id: 99) }?.code == .notFound)
      #expect(#expect(throws: ContractError.self) { try client.versions(of: "x") }?.code == .notFound)
      #expect(try client.compatibilityLevel(of: subject) == .backward)
      try client.setCompatibilityLevel(.fullTransitive, of: subject)
      try client.setCompatibilityLevel(.none)
      #expect(try client.compatibilityLevel(of: subject) == .fullTransitive)
      #expect(try client.compatibilityLevel() == .none)
      #expect(try client.subjects() == [subject])
    }
  }

  @Test func `a new server on the same log knows what the old one knew`() async throws {
    try await onThread {
      let log = MemoryLog()
      let first = EmbeddedSchemaRegistry(port: 0, log: log)
      let schema = try AvroSchema(json: record(#"{"name":"a","type":"long"}"#))
      let id = try Self.client(try first.start()).register(schema, under: "s")
      first.stop()
      let second = EmbeddedSchemaRegistry(port: 0, log: log)
      let client = try Self.client(try second.start())
      defer { second.stop() }
      #expect(try client.schema(id: id) == schema)
      #expect(try client.latest(of: "s").id == id)
    }
  }

  @Test func `a taken port is an error that names it, and stopping frees it`() async throws {
    try await onThread {
      let first = EmbeddedSchemaRegistry(port: 0, log: MemoryLog())
      let port = try first.start()
      let second = EmbeddedSchemaRegistry(port: port, log: MemoryLog())
      let error = #expect(throws: ContractError.self) { try second.start() }
      #expect(error?.code == .unavailable)
      #expect(error?.reason.contains(":\(port)") == true)
      first.stop()
      first.stop()
      #expect(try second.start() == port)
      second.stop()
      #expect(#expect(throws: ContractError.self) { try Self.client(port).subjects() }?.code == .unavailable)
    }
  }

  @Test func `a log that refuses a record is answered with 50001 and nothing is remembered`() async throws {
    try await onThread {
      let log = MemoryLog()
      let server = EmbeddedSchemaRegistry(port: 0, log: log)
      let client = try Self.client(try server.start())
      defer { server.stop() }
      log.refuseWrites()
      let schema = try AvroSchema(json: record(#"{"name":"a","type":"long"}"#))
      let error = #expect(throws: ContractError.self) { try client.register(schema, under: "s") }
      #expect(error?.code == .unavailable)
      #expect(error?.reason.contains("50001") == true)
      #expect(try client.subjects() == [])
    }
  }

  @Test func `once the log takes records again so does the registry, and knows what the log holds`() async throws {
    try await onThread {
      let other = MemoryLog()
      let elsewhere = EmbeddedSchemaRegistry(port: 0, log: other)
      let first = try AvroSchema(json: record(#"{"name":"a","type":"long"}"#))
      let id = try Self.client(try elsewhere.start()).register(first, under: "s")
      elsewhere.stop()
      let log = MemoryLog()
      let server = EmbeddedSchemaRegistry(port: 0, log: log)
      let client = try Self.client(try server.start())
      defer { server.stop() }
      log.refuseWrites()
      #expect(throws: ContractError.self) { try client.register(first, under: "s") }
      // Its record is in the log all the same.
      for entry in other.entries { log.add(entry) }
      log.refuseWrites(false)
      let second = try AvroSchema(json: record(#"{"name":"b","type":"long"}"#))
      #expect(try client.register(second, under: "t") != id)
      #expect(try client.register(first, under: "s") == id)
      #expect(try client.versions(of: "s") == [1])
    }
  }

  @Test func `many threads register at once and agree on the ids`() async throws {
    try await onThread {
      let server = EmbeddedSchemaRegistry(port: 0, log: MemoryLog())
      let client = try Self.client(try server.start())
      defer { server.stop() }
      let schemas = try (0..<6).map { try AvroSchema(json: record(#"{"name":"a","type":"long","default":\#($0)}"#)) }
      let ids = Locked<[Int: Set<Int32>]>([:])
      let group = DispatchGroup()
      for worker in 0..<24 {
        group.enter()
        Thread {
          if let id = try? client.register(schemas[worker % 6], under: "s\(worker % 3)") {
            ids.update { $0[worker % 6, default: []].insert(id) }
          }
          group.leave()
        }.start()
      }
      group.wait()
      #expect(ids.value.count == 6)
      #expect(ids.value.values.allSatisfy { $0.count == 1 })
      #expect(Set(ids.value.values.flatMap { $0 }).count == 6)
    }
  }
}

private final class Locked<T: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var stored: T

  init(_ value: T) { stored = value }

  var value: T { lock.withLock { stored } }

  func update(_ body: (inout T) -> Void) { lock.withLock { body(&stored) } }
}
