import JSON
import Testing

@testable import Tokens

@Suite struct `Keys of tokens` {
  @Test(arguments: [
    ("", "JSON"), ("[]", "JSON"), (#"{"keys":[]}"#, "no key for signatures"), (#"{"keys":[5]}"#, "kty"),
    (#"{"keys":[{"kty":"oct","k":"c2hvcnQ"}]}"#, "5 bytes"), (#"{"keys":[{"kty":"oct"}]}"#, "missing"),
    (#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#, "3 bytes"), (#"{"keys":[{"kty":"XYZ"}]}"#, "kty"),
    (#"{"keys":[{"kty":"RSA","alg":"none"}]}"#, "alg"), (#"{"keys":[{"kty":"RSA","alg":"HS256"}]}"#, "alg"),
    (#"{"keys":[{"kty":"EC","crv":"P-384"}]}"#, "crv"), (#"{"keys":[{"kty":"OKP","crv":"X25519"}]}"#, "crv"),
    (#"{"keys":[{"kty":"EC","crv":"P-256","d":"AA"}]}"#, "private"), (#"{"keys":[{"kty":"oct","use":"enc"}]}"#, "no key"),
  ])
  func `a set that cannot be used is refused with its place`(text: String, reason: String) async throws {
    let error = await #expect(throws: TokenKeysError.self) { try await TokenKeys(text) }
    #expect(error?.description.contains(reason) ?? false, "\(error?.description ?? "")")
  }

  @Test func `a point that is on no curve is no key`() async throws {
    let nowhere = Base64URL.text([UInt8](repeating: 1, count: 32))
    let key: JSONValue = ["kty": "EC", "crv": "P-256", "x": .string(nowhere), "y": .string(nowhere)]
    await #expect(throws: TokenKeysError.self) { try await TokenKeys(TokenMaker.set(key)) }
  }

  @Test func `a private key is refused, and nothing of it is told`() async throws {
    let secret = Base64URL.text(Array("a private number, and a long one".utf8))
    let key: JSONValue = ["kty": "OKP", "crv": "Ed25519", "x": .string(secret), "d": .string(secret)]
    let error = await #expect(throws: TokenKeysError.self) { try await TokenKeys(TokenMaker.set(key)) }
    #expect(error?.description.contains(secret.prefix(8)) == false)
  }

  @Test func `keys are told apart by kid, so that they can be changed without a pause`() async throws {
    let new = Array("fedcba9876543210fedcba9876543210".utf8)
    let set = TokenMaker.set(TokenMaker.oct(TokenMaker.secret, [.init("kid", "old")]), TokenMaker.oct(new, [.init("kid", "new")]))
    let verifier = try await TokenMaker.verifier(set)
    func refusal(_ id: JSONValue?, _ secret: [UInt8]) -> TokenRefusal? {
      let header = JSONValue.object([.init("alg", "HS256")] + (id.map { [.init("kid", $0)] } ?? []))
      return verifier.refusal(TokenMaker.sign(header, TokenMaker.claims(), with: secret))
    }
    #expect(refusal("old", TokenMaker.secret) == nil && refusal("new", new) == nil)
    #expect(refusal("old", new) == .signature)
    #expect(refusal("other", new) == .key && refusal(nil, new) == .key && refusal("", new) == .key)
  }

  @Test func `of several keys each has a kid of its own`() async throws {
    let (a, b) = (TokenMaker.oct(TokenMaker.secret, [.init("kid", "a")]), TokenMaker.oct())
    for set in [TokenMaker.set(a, b), TokenMaker.set(a, a), TokenMaker.set(b, b)] {
      await #expect(throws: TokenKeysError.self) { try await TokenKeys(set) }
    }
  }

  @Test func `an algorithm has its new name too`() throws {
    #expect(TokenAlgorithm(named: "Ed25519") == .edDSA && TokenAlgorithm(named: "EdDSA") == .edDSA)
    let x = Base64URL.text([UInt8](repeating: 7, count: 32))
    for name in ["Ed25519", "EdDSA"] {
      let key: JSONValue = ["kty": "OKP", "crv": "Ed25519", "alg": .string(name), "x": .string(x)]
      #expect(try TokenKey(key)?.algorithm == .edDSA)
    }
    for name in ["Ed448", "none", "ed25519", ""] { #expect(TokenAlgorithm(named: name) == nil) }
  }

  @Test func `keys that are for encryption are passed over`() async throws {
    let other: JSONValue = ["kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "kid": "e", "n": "AQAB", "e": "AQAB"]
    let verifier = try await TokenMaker.verifier(TokenMaker.set(other, TokenMaker.oct(TokenMaker.secret, [.init("use", "sig")])))
    #expect(verifier.refusal(TokenMaker.token()) == nil)
  }
}
