import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import Synchronization

/// An HTTP/1.1 server with blocking calls to start and to stop it.
///
/// It runs on NIO's threads; `start` and `stop` may be called from any thread that is not one of the concurrency pool.
public final class HTTPListener: Sendable {
  /// Answers one request. What it throws is answered by Hummingbird: an `HTTPError` with its status, all else with 500.
  ///
  /// An answer with status 101 takes over its connection: its body is what is sent from then on, and the body of the request is
  /// what comes.
  ///
  /// Its second argument is the address of whoever asks, without the port, where it is known.
  public typealias Respond = @Sendable (Request, String?) async throws -> Response

  private let host: String
  private let port: Int
  private let logger: Logger
  private let limits: HTTPLimits
  private let tls: TLSIdentity?
  private let respond: Respond
  private let running = Mutex<Running?>(nil)

  private struct Running {
    let task: Task<Void, Never>
    let finished: DispatchSemaphore
  }

  /// - Parameters:
  ///   - host: the address to listen at.
  ///   - port: the port; 0 takes a free one.
  ///   - tls: who the server says it is; nil for a server without TLS.
  public init(
    host: String, port: Int, limits: HTTPLimits = HTTPLimits(), tls: TLSIdentity? = nil, logger: Logger,
    respond: @escaping Respond
  ) {
    self.host = host
    self.port = port
    self.limits = limits
    self.tls = tls
    // The server beneath reports its start and, as an error, every connection open at a stop; what can go wrong with a
    // request is in its answer.
    var quiet = logger
    quiet.logLevel = .critical
    self.logger = quiet
    self.respond = respond
  }

  /// Starts to listen and returns the port.
  public func start() throws(ListenError) -> Int {
    OpenFiles.raiseLimit()
    let outcome = Outcome()
    let finished = DispatchSemaphore(value: 0)
    let task = Task {
      do { try await application(outcome).run() } catch { outcome.resolve(.failure(error)) }
      outcome.resolve(.failure(CancellationError()))
      finished.signal()
    }
    switch outcome.wait() {
    case .success(let port):
      running.withLock { $0 = Running(task: task, finished: finished) }
      return port
    case .failure(let error):
      throw listenError(error)
    }
  }

  /// Stops listening and returns when the server has ended. Without effect when it is not running.
  public func stop() {
    guard let running = running.withLock({ $0.take() }) else { return }
    running.task.cancel()
    running.finished.wait()
  }

  private func listenError(_ error: any Error) -> ListenError {
    if let error = error as? IOError, error.errnoCode == EADDRINUSE {
      return ListenError(.taken, "\(host):\(port) is taken; stop what listens there, or choose another port")
    }
    return ListenError(.unavailable, "cannot listen at \(host):\(port) (\(error)); choose an address of this machine")
  }

  private func application(_ outcome: Outcome) throws -> some ApplicationProtocol {
    let respond = respond
    let plain = HTTPServerBuilder.upgradableHTTP1(
      .init(
        idleTimeout: .milliseconds(Int64(limits.idleMilliseconds)),
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
          maxHeaderFieldCount: limits.headerFields)))
    return Application(
      responder: CallbackResponder { (request: Request, context: PeerContext) in
        try await respond(request, context.address)
      },
      server: try tls.map { try .tls(plain, tlsConfiguration: $0.configuration()) } ?? plain,
      configuration: .init(
        address: .hostname(host, port: port), serverName: nil,
        availableConnectionsDelegate: MaximumAvailableConnections(limits.connections)),
      onServerRunning: { channel in outcome.resolve(.success(channel.localAddress?.port ?? 0)) },
      logger: logger)
  }
}

/// A request and where it comes from.
private struct PeerContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let address: String?

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    address = source.channel.remoteAddress?.ipAddress
  }
}

/// Hands the first of several results to one waiting thread.
private final class Outcome: Sendable {
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
