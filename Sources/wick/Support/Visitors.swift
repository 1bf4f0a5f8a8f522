import MarketAPI
import Tokens

/// Whom a server lets in: files that may change while it runs, and what goes with them.
struct Visitors: Sendable {
  struct Tokens: Sendable {
    /// The file of the JWK set.
    var keys: String
    var audience: String
    var issuer: String?
  }

  /// The file of API keys.
  var keys: String?
  var tokens: Tokens?
  var rate: Double?
  var origins: Set<String>

  /// What the files say now.
  func rules() throws -> AccessControl.Rules {
    let ring = try keys.map { try KeyFile.read($0) }
    if let ring, ring.entries.isEmpty {
      throw Failure(.badInput, "There is no key in the file; make one with wick serve keys add.")
    }
    let verifier = try tokens.map {
      TokenVerifier(try TokenKeyFile.read($0.keys), audience: $0.audience, issuer: $0.issuer)
    }
    let rate = rate ?? (ring == nil && verifier == nil ? 0 : 100)
    return AccessControl.Rules(keys: ring, tokens: verifier, rate: rate, burst: rate * 10, origins: origins)
  }
}
