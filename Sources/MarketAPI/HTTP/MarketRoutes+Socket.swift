import HTTPTypes
import Hummingbird
import NIOCore
import WebSocket

extension MarketRoutes {
  /// The protocol of a socket's messages, as a client names it in `Sec-WebSocket-Protocol`.
  public static let socketProtocol = "wick.v1"
  /// What stands before a key in `Sec-WebSocket-Protocol`: a page in a browser can send no other header.
  public static let socketKeyPrefix = "wick.key."

  /// The key or token that a client of a socket names among its protocols.
  public static func socketKey(_ request: Request) -> String? {
    guard request.uri.path == "/v1/ws" else { return nil }
    return Handshake.tokens(request.headers[.secWebSocketProtocol]).first { $0.hasPrefix(socketKeyPrefix) }
      .map { String($0.dropFirst(socketKeyPrefix.count)) }
  }

  func socket(_ request: Request) async throws -> Response {
    _ = try Self.parameters(request, [])
    let accept = try Self.handshake(request.headers)
    let ticket = try enter()
    let link = SocketLink(state: state, configuration: configuration)
    let bytes = request.body
    let body = ResponseBody { writer in
      // The writer belongs to this closure, which waits for what is done with it below.
      nonisolated(unsafe) var out: any ResponseBodyWriter = writer
      defer { withExtendedLifetime(ticket) {} }
      try await link.run(bytes, &out)
    }
    var headers: HTTPFields = [.connection: "Upgrade", .upgrade: "websocket", .secWebSocketAccept: accept]
    if Handshake.tokens(request.headers[.secWebSocketProtocol]).contains(Self.socketProtocol[...]) {
      headers[.secWebSocketProtocol] = Self.socketProtocol
    }
    return Response(status: .switchingProtocols, headers: headers, body: body)
  }

  private static func handshake(_ headers: HTTPFields) throws(Problem) -> String {
    guard Handshake.has("websocket", in: headers[.upgrade]), Handshake.has("upgrade", in: headers[.connection]) else {
      throw Problem(426, "/v1/ws is a WebSocket; /v1/stream tells the same over HTTP.")
    }
    guard headers[.secWebSocketVersion] == Handshake.version else {
      throw Problem(426, "Sec-WebSocket-Version has to be \(Handshake.version).")
    }
    guard let accept = headers[.secWebSocketKey].flatMap(Handshake.accept) else {
      throw Problem(400, "Sec-WebSocket-Key is missing, or is not 16 bytes in Base64.")
    }
    return accept
  }
}
