import ClusterSupport
import Contracts
import Foundation
import FoundationNetworking
import JSON
import Kafka
import MarketAPI
import Logging
import SQL
import Streams

@testable import Serve

/// A server over topics of its own, and a client that speaks HTTP to it.
final class TestServer: Sendable {
  static let quiet: Logger = {
    var logger = Logger(label: "wick.test")
    logger.logLevel = .critical
    return logger
  }()

  let name: String
  let service: QueryService
  let schemas = MemorySchemaStore()
  private let server: QueryServer
  let port: Int

  static func kafka() throws -> KafkaConfiguration {
    var kafka = KafkaConfiguration(bootstrap: try EmbeddedTestCluster.bootstrap, clientID: "wick-test", logger: quiet)
    kafka.settings["fetch.wait.max.ms"] = "10"
    return kafka
  }

  /// Runs blocking `body` off the concurrency pool.
  static func blocking<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await BlockingThread(name: "test", stackSize: 4 << 20, body).value
  }

  /// - Parameters:
  ///   - sql: statements, in which `{N}` is a prefix that no other test uses.
  ///   - topics: to be made, with their partitions, named after the prefix.
  static func start(
    _ sql: String, topics: [String: Int] = [:], _ change: @escaping @Sendable (inout ServeConfiguration) -> Void = { _ in }
  ) async throws -> TestServer {
    try await blocking { try TestServer(sql, topics, change) }
  }

  private init(_ sql: String, _ topics: [String: Int], _ change: (inout ServeConfiguration) -> Void) throws {
    name = "serve-\(UInt64.random(in: 0...UInt64.max))"
    let admin = try Admin(Self.kafka())
    try admin.create(topics.map { [name] in TopicSpecification("\(name)-\($0.key)", partitions: $0.value) })
    admin.close()
    var configuration = ServeConfiguration(
      kafka: try Self.kafka(), application: name, auditTopic: "\(name)-audit", requestTimeout: .seconds(20), version: "1.2.3",
      logger: Self.quiet)
    change(&configuration)
    let text = sql.replacingOccurrences(of: "{N}", with: name)
    service = try QueryService(configuration, files: [SQLFile(name: "test.sql", text: text)], schemas: schemas)
    try service.open()
    server = QueryServer(service, port: 0)
    port = try server.start()
  }

  func stop() async throws {
    let (server, service, name) = (server, service, name)
    try await Self.blocking {
      server.stop()
      service.close()
      let admin = try Admin(Self.kafka())
      try admin.delete(topics: admin.topics().keys.filter { $0.hasPrefix(name) })
    }
  }

  func admit(_ rules: AccessControl.Rules) { server.admit(rules) }

  struct Reply {
    var status: Int
    var type: String
    var body: String
    var headers: [String: String] = [:]
    var json: JSONValue { get throws { try JSONValue(parsing: body) } }
    var lines: [String] { body.split(separator: "\n").map(String.init) }
  }

  func request(
    _ method: String, _ path: String, _ body: String? = nil, accept: String? = nil, headers: [String: String] = [:]
  ) async throws -> Reply {
    guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else { throw ServeError(.failed, "no URL") }
    var request = URLRequest(url: url, timeoutInterval: 60)
    request.httpMethod = method
    request.cachePolicy = .reloadIgnoringLocalCacheData
    request.httpBody = body.map { Data($0.utf8) }
    request.setValue(accept ?? "*/*", forHTTPHeaderField: "Accept")
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    let (data, response) = try await URLSession.shared.data(for: request)
    guard let response = response as? HTTPURLResponse else { throw ServeError(.failed, "no HTTP") }
    return Reply(
      status: response.statusCode, type: response.value(forHTTPHeaderField: "Content-Type") ?? "",
      body: String(decoding: data, as: UTF8.self),
      headers: Dictionary(response.allHeaderFields.map { ("\($0)".lowercased(), "\($1)") }) { $1 })
  }

  /// `/ksql` with a statement.
  func ksql(_ statement: String, _ more: [JSONValue.Member] = []) async throws -> Reply {
    try await request("POST", "/ksql", JSONValue.object([.init("ksql", .string(statement))] + more).text)
  }

  func queryStream(
    _ sql: String, properties: JSONValue = .object([]), accept: String? = nil
  ) async throws -> Reply {
    let body: JSONValue = ["sql": .string(sql), "properties": properties]
    return try await request("POST", "/query-stream", body.text, accept: accept)
  }

  func query(_ sql: String, properties: JSONValue = .object([])) async throws -> Reply {
    let body: JSONValue = ["ksql": .string(sql), "streamsProperties": properties]
    return try await request("POST", "/query", body.text)
  }

  /// Writes records, in transactions of their own where `aborted` says so.
  func produce(_ topic: String, _ records: [(key: [UInt8]?, value: String?, timestamp: Int64)]) async throws {
    let topic = "\(name)-\(topic)"
    try await Self.blocking {
      let producer = try Producer(Self.kafka())
      let handle = try producer.topic(topic)
      for record in records {
        try Self.withBytes(record.key) { key in
          try Self.withBytes(record.value.map { Array($0.utf8) }) { value in
            try producer.send(to: handle, key: key, value: value, timestamp: record.timestamp)
          }
        }
      }
      try producer.flush()
      producer.close()
    }
  }

  static func withBytes(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) throws -> Void) throws {
    guard let bytes else { return try body(nil) }
    try bytes.withUnsafeBytes { try body($0) }
  }
}

extension [UInt8] {
  static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// The key of a window: the key's bytes and the eight of its start.
  static func windowed(_ key: String, start: Int64) -> [UInt8] {
    Array(key.utf8) + Swift.withUnsafeBytes(of: start.bigEndian) { Array($0) }
  }
}
