import Contracts
import Foundation
import Testing

/// Each test runs on a thread of its own: the client blocks.
@Suite struct SchemaRegistryClientTests {
  private func onThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
      Thread { continuation.resume(with: Result(catching: body)) }.start()
    }
  }

  private static func client(_ ports: Int..., attempts: Int = 3) throws -> SchemaRegistryClient {
    var options = SchemaRegistryClient.Options()
    options.attempts = attempts
    options.backoffMs = 1
    options.timeoutMs = 2_000
    return try SchemaRegistryClient(urls: ports.map { "127.0.0.1:\($0)" }, options: options)
  }

  @Test func `a schema is asked for once and then known`() async throws {
    try await onThread {
      let server = try FakeRegistry([(200, #"{"schema":"\"int\""}"#)])
      defer { server.stop() }
      let client = try Self.client(server.port)
      for _ in 0..<3 { #expect(try client.schema(id: 7).root.shape == .int) }
      #expect(server.requests == ["GET /schemas/ids/7"])
    }
  }

  @Test func `server errors and broken connections are tried again, refusals are not`() async throws {
    try await onThread {
      let server = try FakeRegistry([(500, #"{"error_code":50001,"message":"store"}"#), (0, ""), (200, #"["a"]"#)])
      defer { server.stop() }
      #expect(try Self.client(server.port).subjects() == ["a"])
      #expect(server.requests.count == 3)
      let refusing = try FakeRegistry([(422, #"{"error_code":42205,"message":"read-only"}"#)])
      defer { refusing.stop() }
      let error = #expect(throws: ContractError.self) { try Self.client(refusing.port).subjects() }
      #expect(error?.code == .refused)
      #expect(refusing.requests.count == 1)
    }
  }

  @Test func `a dead address is passed over for the next one, which is then asked first`() async throws {
    try await onThread {
      let dead = try FakeRegistry([(500, "{}")])
      let alive = try FakeRegistry([(200, "[]")])
      defer { alive.stop() }
      defer { dead.stop() }
      let client = try Self.client(dead.port, alive.port)
      for _ in 0..<3 { #expect(try client.subjects() == []) }
      #expect(dead.requests.count == 1)
      #expect(alive.requests.count == 3)
    }
  }

  @Test func `when nobody answers the error says so and names no password`() async throws {
    try await onThread {
      let server = try FakeRegistry([(503, "busy")])
      defer { server.stop() }
      var options = SchemaRegistryClient.Options()
      options.attempts = 2
      options.backoffMs = 1
      let client = try SchemaRegistryClient(urls: ["http://user:secret@127.0.0.1:\(server.port)/"], options: options)
      #expect(client.addresses == ["http://127.0.0.1:\(server.port)"])
      let error = #expect(throws: ContractError.self) { try client.subjects() }
      #expect(error?.code == .unavailable)
      #expect(error?.isRetriable == true)
      #expect(error?.description.contains("secret") == false)
      #expect(server.requests.count == 2)
    }
  }

  @Test(arguments: [
    (409, #"{"error_code":409,"message":"x"}"#, ContractError.Code.incompatible),
    (409, #"{"error_code":40901,"message":"x"}"#, .incompatible), (404, #"{"error_code":40401,"message":"x"}"#, .notFound),
    (422, #"{"error_code":42201,"message":"x"}"#, .invalidSchema), (401, "", .refused), (200, "<html>", .refused),
    (200, "{}", .refused),
  ])
  func `answers become errors a caller can act on`(_ status: Int, _ body: String, _ code: ContractError.Code) async throws {
    try await onThread {
      let server = try FakeRegistry([(status, body)])
      defer { server.stop() }
      let schema = try AvroSchema(json: "\"int\"")
      let error = #expect(throws: ContractError.self) { try Self.client(server.port).register(schema, under: "a/b c-value") }
      #expect(error?.code == code)
      #expect(server.requests == [#"POST /subjects/a%2Fb%20c-value/versions {"schema":"\"int\""}"#])
    }
  }

  @Test func `a registration of contracts goes in order and says what was new`() async throws {
    try await onThread {
      let server = try FakeRegistry([
        (200, #"{"compatibility":"FULL"}"#), (200, #"{"subject":"s","id":1,"version":1,"schema":"\"int\""}"#),
        (404, #"{"error_code":40403,"message":"Schema not found"}"#), (200, #"{"id":2}"#),
      ])
      defer { server.stop() }
      let versions = try ["\"int\"", "\"long\""].enumerated().map {
        SubjectContracts.Version(number: $0 + 1, file: "", schema: try AvroSchema(json: $1))
      }
      let subject = SubjectContracts(subject: "s", level: .full, versions: versions)
      let outcomes = try SchemaRegistration.register([subject], in: try Self.client(server.port))
      #expect(outcomes.map(\.id) == [1, 2])
      #expect(outcomes.map(\.isNew) == [false, true])
      #expect(
        server.requests.map { $0.split(separator: " ").prefix(2).joined(separator: " ") } == [
          "PUT /config/s", "POST /subjects/s", "POST /subjects/s", "POST /subjects/s/versions",
        ])
    }
  }

  @Test func `addresses are checked before anything is sent`() throws {
    #expect(throws: ContractError.self) { try SchemaRegistryClient(urls: []) }
    #expect(throws: ContractError.self) { try SchemaRegistryClient(urls: ["ftp://x"]) }
    #expect(try SchemaRegistryClient(urls: ["a:1, https://b/"]).addresses == ["http://a:1", "https://b"])
  }
}
