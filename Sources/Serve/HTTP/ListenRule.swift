/// What a server needs before other machines may reach it.
public struct ListenRule: Hashable, Sendable {
  /// Whether it asks for keys or tokens.
  public var isClosed: Bool
  /// Whether it speaks TLS.
  public var isEncrypted: Bool
  /// Whether it was said that it need not.
  public var isInsecure: Bool

  public init(isClosed: Bool, isEncrypted: Bool, isInsecure: Bool) {
    self.isClosed = isClosed
    self.isEncrypted = isEncrypted
    self.isInsecure = isInsecure
  }

  /// Why a server may not listen at `host`, and what to add; nil where it may. On a loopback address all is allowed.
  public func refusal(host: String) -> String? {
    guard !QueryServer.isLoopback(host) else { return nil }
    var missing: [String] = []
    if !isClosed {
      missing.append("nobody would be asked who they are: add --keys FILE (wick serve keys add makes it) or --jwt-keys FILE")
    }
    if !isEncrypted, !isInsecure {
      missing.append(
        """
        what is sent could be read and changed on the way: add --tls-cert FILE and --tls-key FILE, or --insecure behind a proxy \
        with TLS and in a trusted network
        """
      )
    }
    guard !missing.isEmpty else { return nil }
    return "\(host) is reached by other machines, and \(missing.joined(separator: "; and ")). Or listen at 127.0.0.1."
  }
}
