/// Why a server does not listen, and what to do about it.
public struct ListenError: Error, CustomStringConvertible, Equatable, Sendable {
  /// What kind of failure it is.
  public enum Kind: Sendable, Equatable {
    /// Another program listens at the address.
    case taken
    /// The address cannot be had, or the server ended at once.
    case unavailable
  }

  public let kind: Kind
  /// One sentence with the address, and what to do.
  public let description: String

  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
