import HTTPServing
import Hummingbird
import Logging

/// Serves `/metrics` for Prometheus and `/healthz` for whoever supervises the process.
public final class MetricsEndpoint: Sendable {
  private let listener: HTTPListener

  /// - Parameters:
  ///   - port: 0 takes a free one.
  ///   - metrics: the exposition, made when it is asked for.
  ///   - isHealthy: false answers `/healthz` with 503.
  public init(
    host: String, port: Int, logger: Logger, metrics: @escaping @Sendable () -> String,
    isHealthy: @escaping @Sendable () -> Bool = { true }
  ) {
    listener = HTTPListener(host: host, port: port, logger: logger) { request, _ in
      guard request.method == .get || request.method == .head else {
        return Self.answer(.methodNotAllowed, "only GET\n", "text/plain")
      }
      switch request.uri.path {
      case "/metrics": return Self.answer(.ok, metrics(), MetricRegistry.contentType)
      case "/healthz":
        return isHealthy() ? Self.answer(.ok, "ok\n", "text/plain") : Self.answer(.serviceUnavailable, "stopping\n", "text/plain")
      default: return Self.answer(.notFound, "there are /metrics and /healthz\n", "text/plain")
      }
    }
  }

  /// Starts to listen and returns the port. Blocks; not to be called from the concurrency pool.
  public func start() throws(ListenError) -> Int { try listener.start() }

  public func stop() { listener.stop() }

  private static func answer(_ status: HTTPResponse.Status, _ text: String, _ type: String) -> Response {
    Response(
      status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}
