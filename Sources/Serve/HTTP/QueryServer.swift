import Dashboard
import HTTPServing
import Logging
import MarketAPI

/// The query service over HTTP/1.1, as ksqlDB's REST clients speak it.
///
/// The server runs on NIO's threads; `start` and `stop` block and may be called from any thread that is not one of the
/// concurrency pool.
public final class QueryServer: Sendable {
  private let service: QueryService
  private let listener: HTTPListener
  private let market: MarketRoutes
  private let access: AccessControl

  /// - Parameter port: 0 takes a free one.
  public init(_ service: QueryService, host: String = "127.0.0.1", port: Int) {
    self.service = service
    let configuration = service.configuration
    var market = MarketConfiguration(
      history: configuration.history, metrics: configuration.metrics,
      page: MarketPage(
        files: DashboardPage.files.mapValues { ($0.contentType, $0.bytes) }, securityPolicy: DashboardPage.securityPolicy),
      now: configuration.now)
    market.onFailure = { [logger = configuration.logger] path, error in
      logger.error("a request could not be answered", metadata: ["path": "\(path)", "error": "\(error)"])
    }
    market.limits = configuration.streams
    let routes = MarketRoutes(state: service.market, configuration: market)
    self.market = routes
    let start = ContinuousClock.now
    access = AccessControl(configuration.access, date: configuration.now) {
      Int64((ContinuousClock.now - start) / .milliseconds(1))
    }
    let door = Door(
      routes: Routes(service: service, market: routes), access: access,
      scheme: configuration.tls == nil ? "http" : "https", isLocal: Self.isLoopback(host))
    listener = HTTPListener(
      host: host, port: port, limits: configuration.limits, tls: configuration.tls, logger: configuration.logger
    ) { request, address in
      await RequestMeters.measuring(request) { await door.respond($0, from: address) }
    }
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
    do { return try listener.start() } catch { throw ServeError(.unavailable, "\(error).") }
  }

  /// Lets in by other keys, tokens and origins from now on.
  public func admit(_ rules: AccessControl.Rules) { access.replace(rules) }

  /// Ends every query and stops listening. Without effect when it is not running.
  public func stop() {
    service.registry.closeAll()
    market.close()
    listener.stop()
  }
}
