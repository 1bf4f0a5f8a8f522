import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import WebSocket

/// Answers requests to `/v1`, the health checks and the page. Nothing a client sends ends in anything but an answer.
public struct MarketRoutes: Sendable {
  let state: MarketState
  let configuration: MarketConfiguration
  let gate: HistoryGate
  let streams: StreamCount
  let series = SeriesList()

  public init(state: MarketState, configuration: MarketConfiguration) {
    self.state = state
    self.configuration = configuration
    gate = HistoryGate(limit: 8)
    streams = StreamCount(limit: configuration.limits.clients)
  }

  /// Whether a request is answered here: the paths there are, and all below `/v1` but ksqlDB's `/v1/metadata`.
  public func owns(_ request: Request) -> Bool {
    let path = request.uri.path
    if Self.table[path] != nil || configuration.page.files[path] != nil { return true }
    return path == "/v1" || path.hasPrefix("/v1/") && path != "/v1/metadata" && path != "/v1/metadata/id"
  }

  /// Whether a path is answered to everybody: the page and the health checks, which hold nothing that is anybody's.
  public func isOpen(_ path: String) -> Bool {
    configuration.page.files[path] != nil || path == "/healthz" || path == "/readyz"
  }

  /// The answer to a request that is owned.
  public func respond(_ request: Request) async -> Response {
    do {
      if request.method == .get, let file = configuration.page.files[request.uri.path] { return page(file, request) }
      guard let route = Self.table[request.uri.path] else {
        throw Problem(404, "There is nothing at \(request.uri.path.prefix(100)); /v1/openapi.json describes what there is.")
      }
      guard request.method == .get else {
        throw Problem(405, "\(request.uri.path) takes GET alone.", allow: "GET")
      }
      return try await route(self)(request)
    } catch {
      if !(error is Problem) { configuration.onFailure(request.uri.path, error) }
      return Self.failure(error)
    }
  }

  /// Ends every stream, and gives clients a moment to be told so. Blocks.
  public func close(milliseconds: Int = 1_000) {
    state.close()
    streams.waitUntilEmpty(milliseconds: milliseconds)
  }

  typealias Handler = @Sendable (Request) async throws -> Response

  /// Every path there is.
  static let table: [String: @Sendable (MarketRoutes) -> Handler] = [
    "/healthz": { routes in { _ in Self.json(["status": "ok"]) } },
    "/readyz": { routes in { _ in routes.ready() } },
    "/metrics": { routes in { _ in routes.metrics() } },
    "/v1/symbols": { $0.symbols },
    "/v1/candles": { $0.candles },
    "/v1/late": { $0.late },
    "/v1/stats": { $0.stats },
    "/v1/audit": { $0.audit },
    "/v1/stream": { $0.stream },
    "/v1/ws": { $0.socket },
    "/v1/openapi.json": { _ in
      { request in
        _ = try parameters(request, [])
        return tagged(OpenAPIDocument.bytes, "application/json", request)
      }
    },
  ]

  // MARK: Answers

  static func json(_ value: JSONValue, status: Int = 200, type: String = "application/json") -> Response {
    bytes(value.utf8, type, status: status)
  }

  static func bytes(_ bytes: [UInt8], _ type: String, status: Int = 200) -> Response {
    Response(
      status: .init(code: status), headers: [.contentType: type, .cacheControl: "no-cache"],
      body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  /// Any error as a problem; what is not one has no place in an answer.
  public static func failure(_ error: any Error) -> Response {
    let problem = error as? Problem ?? Problem(500, "The request could not be answered; the server's log says why.")
    var response = json(problem.json, status: problem.status, type: Problem.contentType)
    if let seconds = problem.retryAfter { response.headers[.retryAfter] = "\(seconds)" }
    if let allow = problem.allow { response.headers[.allow] = allow }
    if problem.status == 426 {
      (response.headers[.upgrade], response.headers[.secWebSocketVersion]) = ("websocket", Handshake.version)
    }
    if let challenge = problem.challenge { response.headers[.wwwAuthenticate] = challenge }
    return response
  }

  /// An answer that a client may keep, and not be sent again while it has not changed.
  static func tagged(_ bytes: [UInt8], _ type: String, _ request: Request) -> Response {
    let tag = "\"\(Checksum.hex(of: bytes))\""
    let known = (request.headers[.ifNoneMatch] ?? "").split(separator: ",").map { part -> Substring in
      let text = part.drop { $0 == " " }
      return text.hasPrefix("W/") ? text.dropFirst(2) : text
    }
    if known.contains(where: { $0 == tag || $0 == "*" }) {
      return Response(status: .notModified, headers: [.eTag: tag, .cacheControl: "no-cache"])
    }
    var response = self.bytes(bytes, type)
    response.headers[.eTag] = tag
    return response
  }

  static func parameters(_ request: Request, _ allowed: [String]) throws(Problem) -> QueryParameters {
    try QueryParameters(request.uri.query, allowed: allowed)
  }

  // MARK: The server itself

  private func page(_ file: (type: String, bytes: [UInt8]), _ request: Request) -> Response {
    var response = Self.tagged(file.bytes, file.type, request)
    response.headers[.contentSecurityPolicy] = configuration.page.securityPolicy
    response.headers[.xContentTypeOptions] = "nosniff"
    return response
  }

  private func ready() -> Response {
    let reasons = state.reasons
    return Self.json(
      ["ready": .bool(reasons.isEmpty), "reasons": .array(reasons.map { .string($0) })], status: reasons.isEmpty ? 200 : 503)
  }

  private func metrics() -> Response {
    Self.bytes(Array(configuration.metrics().utf8), "text/plain; version=0.0.4; charset=utf-8")
  }
}
