import JSON
import Contracts
import HTTPServing
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// A Schema Registry in this process, speaking Confluent's REST interface for Avro over HTTP, and keeping its state in a log of
/// the format of Confluent's topic `_schemas`.
///
/// The server runs on NIO's threads and one queue of its own; `start` and `stop` block and may be called from any thread that
/// is not one of the concurrency pool.
public final class EmbeddedSchemaRegistry: Sendable {
  private let host: String
  private let port: Int
  private let log: any RegistryLog
  private let logger: Logger
  private let listener = Mutex<HTTPListener?>(nil)

  /// - Parameters:
  ///   - host: the address to listen at.
  ///   - port: the port; 0 takes a free one.
  ///   - log: where schemas are kept; read once at the start and then written by one thread.
  public init(host: String = "127.0.0.1", port: Int, log: any RegistryLog, logger: Logger = Logger(label: "wick.registry")) {
    self.host = host
    self.port = port
    self.log = log
    self.logger = logger
  }

  /// Reads the log, starts to listen and returns the port.
  ///
  /// - Throws: `ContractError.unavailable` when the address cannot be listened at; what the log throws.
  public func start() throws -> Int {
    let store = try RegistryStore(log, logger)
    let server = HTTPListener(host: host, port: port, logger: logger) { request, _ in try await Self.respond(request, store) }
    do {
      let port = try server.start()
      listener.withLock { $0 = server }
      return port
    } catch {
      throw ContractError(.unavailable, "Schema Registry: \(error)", advice: "Its address is set with --registry")
    }
  }

  /// Stops listening and returns when the server has ended. Without effect when it is not running.
  public func stop() { listener.withLock { $0.take() }?.stop() }

  private static func respond(_ request: Request, _ store: RegistryStore) async throws -> Response {
    let body = try await request.body.collect(upTo: 8 << 20)
    let answer = await store.answer(
      RegistryRequest(
        method: request.method.rawValue, target: request.head.path ?? "/", body: Array(body.readableBytesView)))
    var headers = HTTPFields()
    headers[.contentType] = "application/vnd.schemaregistry.v1+json"
    return Response(
      status: .init(code: answer.status), headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: answer.json.utf8)))
  }
}
