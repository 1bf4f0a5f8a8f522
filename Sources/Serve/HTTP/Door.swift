import HTTPTypes
import Hummingbird
import MarketAPI

/// Where every request comes in: what is too long, comes from another site's page, has no key or comes too often goes no further.
struct Door: Sendable {
  let routes: Routes
  let access: AccessControl
  /// What the URLs of its own page begin with.
  let scheme: String
  /// Whether only this machine reaches the server.
  let isLocal: Bool

  static let pathLimit = 8 << 10

  func respond(_ request: Request, from address: String?) async -> Response {
    var response: Response
    do {
      guard request.uri.string.utf8.count <= Self.pathLimit else {
        throw Problem(414, "The URL is longer than \(Self.pathLimit) bytes.")
      }
      try refuseForeignPages(request)
      if request.method == .options, request.headers[.origin] != nil {
        response = Self.preflight()
      } else {
        let (visitor, role) = (credentials(request, address), Self.role(request))
        let isOpen = routes.market.isOpen(request.uri.path)
        try access.check(visitor, needs: role, isOpen: isOpen)
        response = await routes.market.owns(request) ? routes.market.respond(request) : routes.respond(request)
        if !isOpen { watch(&response, visitor, role) }
      }
    } catch {
      response = MarketRoutes.failure(error)
    }
    allow(request.headers[.origin], on: &response)
    return response
  }

  /// Has an answer without an end end with what let its reader in.
  private func watch(_ response: inout Response, _ visitor: AccessControl.Credentials, _ role: Role) {
    guard response.body.contentLength == nil, access.rules.isClosed else { return }
    let check = access.watch(visitor, needs: role)
    response.body = response.body.map { buffer in
      try check()
      return buffer
    }
  }

  private func credentials(_ request: Request, _ address: String?) -> AccessControl.Credentials {
    AccessControl.Credentials(
      authorization: request.headers[.authorization] ?? MarketRoutes.socketKey(request).map { "Bearer \($0)" },
      key: HTTPField.Name("X-API-Key").flatMap { request.headers[$0] }, address: address)
  }

  /// Statements and inserts change something; everything else looks.
  private static func role(_ request: Request) -> Role {
    ["/ksql", "/inserts-stream"].contains(request.uri.path) ? .operator : .reader
  }

  // MARK: Pages

  /// Pages of other sites must not ask through the browser of somebody who is let in: neither as themselves, nor under a name
  /// of theirs that leads here.
  private func refuseForeignPages(_ request: Request) throws(Problem) {
    let host = request.head.authority ?? ""
    let name = Self.name(host)
    let origin = request.headers[.origin]
    let isOwn = origin.map { $0 == "\(scheme)://\(host)" || access.rules.origins.contains($0) } ?? true
    guard isOwn, !isLocal || name.isEmpty || QueryServer.isLoopback(name) else {
      throw Problem(
        403,
        "Pages of other sites are not answered; ask without a browser, from this server's own address, or start it with --allow-origin."
      )
    }
  }

  /// A host without its port and brackets.
  private static func name(_ host: String) -> String {
    if host.hasPrefix("["), let end = host.firstIndex(of: "]") { return String(host[host.index(after: host.startIndex)..<end]) }
    return host.split(separator: ":").first.map(String.init) ?? ""
  }

  private static func preflight() -> Response {
    var response = Response(status: .noContent)
    response.headers[.accessControlAllowMethods] = "GET, POST"
    response.headers[.accessControlAllowHeaders] = "Authorization, Content-Type, Last-Event-ID, X-API-Key"
    response.headers[.accessControlMaxAge] = "600"
    return response
  }

  /// Tells the browser that the page may read the answer.
  private func allow(_ origin: String?, on response: inout Response) {
    guard !access.rules.origins.isEmpty else { return }
    response.headers[.vary] = "Origin"
    guard let origin, access.rules.origins.contains(origin) else { return }
    response.headers[.accessControlAllowOrigin] = origin
    response.headers[.accessControlExposeHeaders] = "ETag, X-Next-Cursor"
  }
}
