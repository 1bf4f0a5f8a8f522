import Foundation
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// The query service over HTTP/1.1, as ksqlDB's REST clients speak it.
///
/// The server runs on NIO's threads; `start` and `stop` block and may be called from any thread that is not one of the
/// concurrency pool.
public final class QueryServer: Sendable {
  private let host: String
  private let port: Int
  private let service: QueryService
  private let running = Mutex<Running?>(nil)

  private struct Running {
    let task: Task<Void, Never>
    let finished: DispatchSemaphore
  }

  /// - Parameter port: 0 takes a free one.
  public init(_ service: QueryService, host: String = "127.0.0.1", port: Int) {
    self.service = service
    self.host = host
    self.port = port
  }

  /// Whether an address can be reached from this machine alone.
  public static func isLoopback(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return host == "localhost" || host == "::1"
      || parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// Starts to listen and returns the port.
  ///
  /// - Throws: `unavailable` when the address cannot be listened at.
  public func start() throws(ServeError) -> Int {
    let outcome = StartOutcome()
    let finished = DispatchSemaphore(value: 0)
    let application = application(outcome)
    let task = Task {
      do { try await application.run() } catch { outcome.resolve(.failure(ServeError(.unavailable, "\(error)"))) }
      outcome.resolve(.failure(ServeError(.unavailable, "the server ended")))
      finished.signal()
    }
    switch outcome.wait() {
    case .success(let port):
      running.withLock { $0 = Running(task: task, finished: finished) }
      return port
    case .failure(let error):
      throw ServeError(
        .unavailable, "\(host):\(port) cannot be listened at (\(error.message)); stop what listens there, or choose another.")
    }
  }

  /// Ends every query and stops listening. Without effect when it is not running.
  public func stop() {
    guard let running = running.withLock({ $0.take() }) else { return }
    service.registry.closeAll()
    running.task.cancel()
    running.finished.wait()
  }

  private func application(_ outcome: StartOutcome) -> some ApplicationProtocol {
    var quiet = service.configuration.logger
    // The server beneath reports its start and, as an error, every connection open at a stop.
    quiet.logLevel = .critical
    let routes = Routes(service: service, isLocal: Self.isLoopback(host))
    return Application(
      responder: CallbackResponder { (request: Request, _: BasicRequestContext) in await routes.respond(request) },
      configuration: .init(address: .hostname(host, port: port), serverName: nil),
      onServerRunning: { channel in outcome.resolve(.success(channel.localAddress?.port ?? 0)) },
      logger: quiet)
  }
}

/// Hands the first of several results to one waiting thread.
private final class StartOutcome: Sendable {
  private let result = Mutex<Result<Int, ServeError>?>(nil)
  private let ready = DispatchSemaphore(value: 0)

  func resolve(_ value: Result<Int, ServeError>) {
    result.withLock { if $0 == nil { $0 = value } }
    ready.signal()
  }

  func wait() -> Result<Int, ServeError> {
    ready.wait()
    return result.withLock { $0 } ?? .failure(ServeError(.unavailable, "the server ended"))
  }
}
