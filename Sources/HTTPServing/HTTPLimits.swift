/// What a server bears from its clients.
public struct HTTPLimits: Hashable, Sendable {
  /// Connections at the same time; further ones wait to be accepted.
  public var connections = 4096
  /// Bytes of all header fields of a request, and of each.
  public var headerBytes = 16 << 10
  public var headerFields = 100
  /// How long a connection may take to bring a whole head of a request, or the next part of a body, before it is closed. Answers
  /// may take longer.
  public var idleMilliseconds = 60_000

  public init() {}
}
