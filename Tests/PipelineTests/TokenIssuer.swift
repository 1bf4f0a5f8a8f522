import Foundation
import TestSupport

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
    let set = #"{"keys":[{"kty":"RSA","use":"sig","kid":"1","n":"\#(TestTokens.base64URL(TestTokens.hex(digits)))","e":"AQAB"}]}"#
    try set.write(toFile: keys, atomically: true, encoding: .utf8)
  }

  /// - Parameter seconds: until it expires.
  func token(_ role: String, seconds: Int = 600) throws -> String {
    let expires = Int(Date().timeIntervalSince1970) + seconds
    let claims = #"{"exp":\#(expires),"iss":"https://issuer.example.com","aud":"wick","sub":"anna","role":"\#(role)"}"#
    let text = [#"{"alg":"RS256","kid":"1"}"#, claims].map { TestTokens.base64URL(Data($0.utf8)) }.joined(separator: ".")
    let signature = certificates.path("signature")
    try certificates.openssl(["dgst", "-sha256", "-sign", key, "-out", signature], input: text)
    return text + "." + TestTokens.base64URL(try Data(contentsOf: URL(fileURLWithPath: signature)))
  }
}
