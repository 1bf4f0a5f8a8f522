import Hummingbird
import Metrics

/// Counts and times answers through swift-metrics, by route and status.
enum RequestMeters {
  /// Paths that are routes. Any other is `other`: whoever asks must not be able to make up labels.
  private static let routes: Set<String> = [
    "/", "/info", "/healthcheck", "/ksql", "/query", "/query-stream", "/close-query", "/inserts-stream", "/v1/symbols",
    "/v1/candles", "/v1/late", "/v1/stats", "/v1/audit", "/v1/openapi.json", "/v1/stream", "/v1/ws",
  ]
  /// Asked for by machines at all hours, and told apart from what people ask.
  private static let unmeasured: Set<String> = ["/metrics", "/healthz", "/readyz"]

  /// Runs `respond`. The time ends with the answer's head: a push query's body has no end.
  static func measuring(_ request: Request, _ respond: (Request) async -> Response) async -> Response {
    let path = request.uri.path
    guard !unmeasured.contains(path) else { return await respond(request) }
    let route = routes.contains(path) ? path : "other"
    let began = ContinuousClock.now
    let response = await respond(request)
    Timer(label: "wick_http_request_seconds", dimensions: [("route", route)]).record(duration: began.duration(to: .now))
    let status = "\(response.status.code)"
    Counter(label: "wick_http_requests_total", dimensions: [("route", route), ("status", status)]).increment()
    return response
  }
}
