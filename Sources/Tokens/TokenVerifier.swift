import FoundationEssentials
import JSON
import JWTKit

/// Whose a token is, and what it lets its holder do.
public struct TokenHolder: Hashable, Sendable {
  /// The claim `sub`.
  public var subject: String
  /// The claim `role`, or those of `roles` (RFC 9068, section 2.2.3.1); not checked against what roles there are.
  public var roles: [String]
}

/// Checks tokens (RFC 7519, RFC 8725): the signature first, then the claims. Safe from any thread.
public struct TokenVerifier: Sendable {
  /// Bytes of a token.
  public static let sizeLimit = 8 << 10
  /// Seconds by which the clocks of issuer and server may differ.
  public static let leeway = 60.0

  private let keys: TokenKeys
  private let audience: String
  private let issuer: String?

  /// - Parameters:
  ///   - audience: this service's name, which a token's `aud` must hold: one made for another service opens nothing here.
  ///   - issuer: what `iss` must be; nil where the keys alone tell who issues.
  public init(_ keys: TokenKeys, audience: String, issuer: String?) {
    self.keys = keys
    self.audience = audience
    self.issuer = issuer
  }

  /// Whether a text has the form of a token: three parts between dots. No API key has a dot.
  public static func looksLikeToken(_ text: String) -> Bool { text.utf8.count { $0 == UInt8(ascii: ".") } == 2 }

  /// Whose `token` is.
  ///
  /// - Parameter now: milliseconds since the epoch.
  public func holder(of token: String, now: Int64) throws(TokenRefusal) -> TokenHolder {
    guard token.utf8.count <= Self.sizeLimit else { throw .tooLong }
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let header = Self.object(parts[0]), let signature = Base64URL.bytes(parts[2]) else {
      throw .malformed
    }
    // Whoever signs may demand that extensions are understood (RFC 7515, section 4.1.11); none is.
    guard header["crit"] == nil, let algorithm = header["alg"]?.stringValue else { throw .malformed }
    let key = try keys.find(algorithm, try Self.id(header))
    guard Self.isSigned(token.utf8.dropLast(parts[2].utf8.count + 1), by: key, signature) else { throw .signature }
    guard let claims = Self.object(parts[1]) else { throw .malformed }
    return try check(claims, now: Double(now) / 1000)
  }

  private static func object(_ part: Substring) -> JSONValue? {
    guard let bytes = Base64URL.bytes(part), let text = String(validating: bytes, as: UTF8.self),
      let json = try? JSONValue(parsing: text), case .object = json
    else { return nil }
    return json
  }

  private static func id(_ header: JSONValue) throws(TokenRefusal) -> String? {
    guard let id = header["kid"] else { return nil }
    guard let text = id.stringValue else { throw .malformed }
    return text
  }

  private static func isSigned(_ text: some Sequence<UInt8>, by key: TokenKeys.Entry, _ signature: [UInt8]) -> Bool {
    guard key.key.algorithm.signatureBytes.map({ $0 == signature.count }) ?? !signature.isEmpty else { return false }
    // What cannot even be computed is no signature of the key.
    return (try? key.verifier.verify(signature, signs: Array(text))) ?? false
  }

  // MARK: Claims

  private func check(_ claims: JSONValue, now: Double) throws(TokenRefusal) -> TokenHolder {
    guard let expires = try Self.time("exp", claims) else { throw .malformed }
    guard now < expires + Self.leeway else { throw .expired }
    if let begins = try Self.time("nbf", claims), now < begins - Self.leeway { throw .notYetValid }
    if let issuer, claims["iss"] != .string(issuer) { throw .issuer }
    let audiences = claims["aud"]?.arrayValue ?? claims["aud"].map { [$0] } ?? []
    guard audiences.contains(.string(audience)) else { throw .audience }
    guard let subject = claims["sub"]?.stringValue, (1...256).contains(subject.utf8.count) else { throw .subject }
    let roles = [claims["role"]].compactMap { $0?.stringValue } + (claims["roles"]?.arrayValue ?? []).compactMap(\.stringValue)
    return TokenHolder(subject: subject, roles: roles)
  }

  /// A NumericDate (RFC 7519, section 2); nil where there is none.
  private static func time(_ name: String, _ claims: JSONValue) throws(TokenRefusal) -> Double? {
    guard let value = claims[name] else { return nil }
    guard let seconds = value.doubleValue, seconds.isFinite, seconds >= 0 else { throw .malformed }
    return seconds
  }
}
