import JSON
import Foundation
import Synchronization

/// A client of a Confluent-compatible Schema Registry.
///
/// Every call blocks its thread until the answer is there, or the retries are used up: call it from threads of your own, never
/// from the Swift concurrency pool. Safe to use from several threads at once. Schemas are cached by id for the client's
/// lifetime, as an id never changes its schema.
///
/// Connection failures, time-outs and 5xx or 429 answers are tried at the next address, then again with growing pauses; all
/// calls are idempotent, so a retry cannot do harm.
public final class SchemaRegistryClient: Sendable {
  /// How patient the client is.
  public struct Options: Sendable {
    /// Milliseconds to connect.
    public var connectTimeoutMs = 3_000
    /// Milliseconds for one whole exchange.
    public var timeoutMs = 10_000
    /// How often all addresses are tried.
    public var attempts = 4
    /// The pause in milliseconds after the first round; it doubles with each round, up to 5 s.
    public var backoffMs = 100

    public init() {}
  }

  /// The base addresses, as they may be shown.
  public let addresses: [String]
  let urls: [String]
  private let options: Options
  private let transport: HTTPTransport
  // The address that answered last is asked first.
  private let preferred = Mutex(0)
  private let cache = Mutex<[Int32: AvroSchema]>([:])

  /// - Parameter urls: base addresses, `http://host:port`, or `host:port`; an element may be a comma-separated list. All lead to
  ///   one registry. `http://user:password@host` sends basic authentication.
  /// - Throws: `badInput` when there is no address or a malformed one. Nothing is contacted.
  public init(urls: [String], options: Options = Options()) throws(ContractError) {
    self.urls = try RegistryAddress.parse(urls)
    addresses = self.urls.map(RegistryAddress.withoutPassword)
    self.options = options
    transport = HTTPTransport(connectTimeoutMs: options.connectTimeoutMs, timeoutMs: options.timeoutMs)
  }

  /// The schema of an id, from the cache after the first time.
  ///
  /// - Throws: `notFound`, `unavailable`, `unsupported` for a schema that is not Avro.
  public func schema(id: Int32) throws(ContractError) -> AvroSchema {
    if let known = cache.withLock({ $0[id] }) { return known }
    let reply = try call("GET", "/schemas/ids/\(id)")
    let schema = try RegistryReply.avroSchema(reply, "schema id \(id)")
    cache.withLock { $0[id] = schema }
    return schema
  }

  /// Sends one request and returns the JSON of a 2xx answer.
  func call(_ method: String, _ path: String, _ body: JSONValue? = nil) throws(ContractError) -> JSONValue {
    var failure: ContractError?
    for round in 0..<max(1, options.attempts) {
      if round > 0 { pause(afterRound: round) }
      for _ in urls.indices {
        do { return try once(method, path, body) } catch {
          guard error.isRetriable else { throw error }
          failure = error
          preferred.withLock { $0 = ($0 + 1) % urls.count }
        }
      }
    }
    throw ContractError(
      .unavailable, "The Schema Registry does not answer: \(failure?.reason ?? "no address")",
      advice: "Start it, or correct --registry")
  }

  private func once(_ method: String, _ path: String, _ body: JSONValue?) throws(ContractError) -> JSONValue {
    let base = urls[preferred.withLock { $0 }]
    let response = try transport.send(HTTPRequest(method: method, url: base + path, body: body?.utf8))
    guard (200..<300).contains(response.status) else { throw RegistryReply.failure(response, base + path) }
    do { return try JSONValue(parsing: response.body) } catch {
      throw ContractError(
        .refused, "\(RegistryAddress.withoutPassword(base)) answers with something else than JSON",
        advice: "Check that --registry names a Schema Registry")
    }
  }

  private func pause(afterRound round: Int) {
    let milliseconds = min(5_000, options.backoffMs << min(round - 1, 10))
    Thread.sleep(forTimeInterval: Double(milliseconds) / 1000)
  }
}
