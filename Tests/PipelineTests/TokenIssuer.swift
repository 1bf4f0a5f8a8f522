import Foundation
import TestSupport
import Tokens

/// Signs tokens with an RSA key by OpenSSL's program.
struct TokenIssuer {
  let certificates: TestCertificates
  /// The file of the public key, as a JWK set.
  let keys: String
  private let key: String

  init(_ certificates: TestCertificates) throws {
    self.certificates = certificates
    key = certificates.path("issuer.key")
    keys = certificates.path("issuer.json")
    try certificates.openssl(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key])
    let modulus = try certificates.openssl(["rsa", "-in", key, "-noout", "-modulus"]).split(separator: "=").last ?? ""
    let digits = modulus.trimmingCharacters(in: .whitespacesAndNewlines)
    let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(digits.dropFirst($0).prefix(2), radix: 16) }
    let set = #"{"keys":[{"kty":"RSA","use":"sig","kid":"1","n":"\#(Base64URL.text(bytes))","e":"AQAB"}]}"#
    try set.write(toFile: keys, atomically: true, encoding: .utf8)
  }

  /// - Parameter seconds: until it expires.
  func token(_ role: String, seconds: Int = 600) throws -> String {
    let expires = Int(Date().timeIntervalSince1970) + seconds
    let claims = #"{"exp":\#(expires),"iss":"https://issuer.example.com","aud":"wick","sub":"anna","role":"\#(role)"}"#
    let text = [#"{"alg":"RS256","kid":"1"}"#, claims].map { Base64URL.text(Array($0.utf8)) }.joined(separator: ".")
    let signature = certificates.path("signature")
    try certificates.openssl(["dgst", "-sha256", "-sign", key, "-out", signature], input: text)
    return text + "." + Base64URL.text([UInt8](try Data(contentsOf: URL(fileURLWithPath: signature))))
  }
}
