import COpenSSL
import JSON

@testable import Tokens

/// Tokens made by hand, with libcrypto's SHA-256.
struct TokenMaker {
  /// 32 bytes.
  static let secret = Array("0123456789abcdef0123456789abcdef".utf8)
  static let now: Int64 = 1_700_000_000

  static func set(_ keys: JSONValue...) -> String { JSONValue.object([.init("keys", .array(keys))]).text }

  static func oct(_ secret: [UInt8] = secret, _ more: [JSONValue.Member] = []) -> JSONValue {
    .object([.init("kty", "oct"), .init("k", .string(Base64URL.text(secret)))] + more)
  }

  static func sign(_ header: JSONValue, _ claims: JSONValue, with secret: [UInt8] = secret) -> String {
    sign(Base64URL.text(header.utf8) + "." + Base64URL.text(claims.utf8), with: secret)
  }

  static func sign(_ text: String, with secret: [UInt8] = secret) -> String {
    text + "." + Base64URL.text(hmac(Array(text.utf8), secret))
  }

  /// RFC 2104 over SHA-256.
  private static func hmac(_ message: [UInt8], _ secret: [UInt8]) -> [UInt8] {
    var key = secret.count > 64 ? sha256(secret) : secret
    key += [UInt8](repeating: 0, count: 64 - key.count)
    return sha256(key.map { $0 ^ 0x5c } + sha256(key.map { $0 ^ 0x36 } + message))
  }

  private static func sha256(_ message: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = SHA256(message, message.count, &digest)
    return digest
  }

  /// Claims that are in order, with what is set differently; nil takes a claim out.
  static func claims(_ changes: [String: JSONValue?] = [:]) -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("exp", .int(Int(now) + 600)), ("nbf", .int(Int(now) - 600)), ("iss", "https://issuer.example.com"), ("aud", "wick"),
      ("sub", "anna"), ("role", "reader"),
    ]
    members.removeAll { changes.keys.contains($0.0) }
    for (name, value) in changes.sorted(by: { $0.key < $1.key }) { if let value { members.append((name, value)) } }
    return .object(members.map { .init($0.0, $0.1) })
  }

  static func token(_ changes: [String: JSONValue?] = [:]) -> String { sign(["alg": "HS256", "typ": "JWT"], claims(changes)) }

  static func verifier(_ set: String, issuer: String? = "https://issuer.example.com") async throws -> TokenVerifier {
    TokenVerifier(try await TokenKeys(set), audience: "wick", issuer: issuer)
  }
}

extension TokenVerifier {
  /// Nil where the token is accepted.
  func refusal(_ token: String, now: Int64 = TokenMaker.now) -> TokenRefusal? {
    do {
      _ = try holder(of: token, now: now * 1000)
      return nil
    } catch { return error }
  }
}
