/// Why a token is not accepted. Its text holds nothing of the token.
public enum TokenRefusal: Error, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  case tooLong, malformed, algorithm, key, signature, expired, notYetValid, issuer, audience, subject, role

  /// What is wrong, and what to do about it.
  public var description: String {
    switch self {
    case .tooLong: "The token is longer than \(TokenVerifier.sizeLimit) bytes; ask for one with fewer claims."
    case .malformed: "The token is no signed JWT (RFC 7519) with the claims that are needed."
    case .algorithm: "The token's algorithm is none that this server's keys are for."
    case .key: "The token names no key of this server, or none where there are several."
    case .signature: "The token's signature is not that of its key."
    case .expired: "The token has expired; ask its issuer for a new one."
    case .notYetValid: "The token is not valid yet; compare the clocks of its issuer and of this server."
    case .issuer: "The token comes from another issuer than the one whose tokens are taken here."
    case .audience: "The token is for another service than this one."
    case .subject: "The token does not say whose it is (sub, 1 to 256 bytes)."
    case .role: "The token holds no role that is known here (role: reader or operator)."
    }
  }
}
