/// Why a connection is closed (RFC 6455, 7.4.1): the codes that a server sends.
public enum CloseCode: UInt16, Sendable {
  /// What the connection was for is done.
  case normal = 1000
  /// The service ends.
  case goingAway = 1001
  /// What came is no WebSocket.
  case protocolError = 1002
  /// A kind of message that is not taken.
  case unsupported = 1003
  /// A text that is not UTF-8.
  case invalidText = 1007
  /// A message larger than the bound.
  case tooLarge = 1009

  /// Whether a peer may send a code: one that is defined, registered or private (7.4.2), and not one of those that only tell of
  /// a connection without a closing handshake.
  static func isValid(_ code: UInt16) -> Bool {
    switch code {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }
}

/// What a peer did against the protocol, and the code that it is told.
public struct WebSocketError: Error, Hashable, Sendable, CustomStringConvertible {
  public let code: CloseCode
  /// At most 123 bytes, so that it fits into a closing frame. Holds nothing that the peer sent.
  public let description: String

  init(_ code: CloseCode, _ description: String) {
    self.code = code
    self.description = description
  }
}
