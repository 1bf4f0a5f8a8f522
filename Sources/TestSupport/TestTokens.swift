import Foundation

/// Tokens (JWT) signed by OpenSSL's program.
public enum TestTokens {
  /// The secret of those with HS256, 32 bytes.
  public static let secret = "0123456789abcdef0123456789abcdef"
  /// The secret as a JWK set.
  public static var set: String { #"{"keys":[{"kty":"oct","k":"\#(base64URL(Data(secret.utf8)))"}]}"# }

  public static func hs256(_ claims: String) throws -> String {
    let text = [#"{"alg":"HS256"}"#, claims].map { base64URL(Data($0.utf8)) }.joined(separator: ".")
    let mac = ["dgst", "-sha256", "-mac", "HMAC", "-macopt", "key:\(secret)", "-r"]
    return text + "." + base64URL(hex(try OtherProgram.run(TestCertificates.openssl, mac, input: text).output.prefix(64)))
  }

  /// RFC 4648, section 5, without padding.
  public static func base64URL(_ bytes: Data) -> String {
    let swaps: [Character: String] = ["+": "-", "/": "_", "=": ""]
    return bytes.base64EncodedString().map { swaps[$0] ?? String($0) }.joined()
  }

  public static func hex(_ text: some StringProtocol) -> Data {
    Data(stride(from: 0, to: text.count - 1, by: 2).compactMap { UInt8(text.dropFirst($0).prefix(2), radix: 16) })
  }
}
