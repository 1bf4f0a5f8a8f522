import JSON
import Contracts
import Foundation
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
  private let running = Mutex<Running?>(nil)

  private struct Running {
    let task: Task<Void, Never>
    let finished: DispatchSemaphore
  }

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
    let outcome = StartOutcome()
    let finished = DispatchSemaphore(value: 0)
    let application = application(store, outcome)
    let task = Task {
      do { try await application.run() } catch { outcome.resolve(.failure(error)) }
      outcome.resolve(.failure(CancellationError()))
      finished.signal()
    }
    switch outcome.wait() {
    case .success(let port):
      running.withLock { $0 = Running(task: task, finished: finished) }
      return port
    case .failure(let error):
      throw ContractError(
        .unavailable, "The Schema Registry cannot listen at \(host):\(port) (\(error))",
        advice: "Stop what listens there, or choose another port with --registry")
    }
  }

  /// Stops listening and returns when the server has ended. Without effect when it is not running.
  public func stop() {
    guard let running = running.withLock({ $0.take() }) else { return }
    running.task.cancel()
    running.finished.wait()
  }

  private func application(_ store: RegistryStore, _ outcome: StartOutcome) -> some ApplicationProtocol {
    // The server beneath reports its start and, as an error, every connection open at a stop; what can go wrong with a
    // request is in its answer, and with the log the store says it.
    var quiet = logger
    quiet.logLevel = .critical
    return Application(
      responder: CallbackResponder { (request: Request, _: BasicRequestContext) in
        try await Self.respond(request, store)
      },
      configuration: .init(address: .hostname(host, port: port), serverName: nil),
      onServerRunning: { channel in outcome.resolve(.success(channel.localAddress?.port ?? 0)) },
      logger: quiet)
  }

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

/// Hands the first of several results to one waiting thread.
private final class StartOutcome: Sendable {
  private let result = Mutex<Result<Int, any Error>?>(nil)
  private let ready = DispatchSemaphore(value: 0)

  func resolve(_ value: Result<Int, any Error>) {
    result.withLock { if $0 == nil { $0 = value } }
    ready.signal()
  }

  func wait() -> Result<Int, any Error> {
    ready.wait()
    return result.withLock { $0 } ?? .failure(CancellationError())
  }
}
