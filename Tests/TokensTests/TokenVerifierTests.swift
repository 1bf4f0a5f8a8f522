import JSON
import TestSupport
import Testing

@testable import Tokens

@Suite struct `Tokens` {
  @Test func `a token in order says whose it is and what they may`() async throws {
    let verifier = try await TokenMaker.verifier(TokenMaker.set(TokenMaker.oct()))
    #expect(
      try verifier.holder(of: TokenMaker.token(), now: TokenMaker.now * 1000) == TokenHolder(subject: "anna", roles: ["reader"]))
    let several = TokenMaker.token(["role": nil, "roles": ["other", "operator"], "aud": ["else", "wick"]])
    #expect(try verifier.holder(of: several, now: TokenMaker.now * 1000).roles == ["other", "operator"])
  }

  @Test(
    arguments: [
      (["exp": nil], TokenRefusal.malformed), (["exp": "soon"], .malformed), (["exp": .number("1e999")], .malformed),
      (["exp": .int(Int(TokenMaker.now) - 61)], .expired), (["exp": 0], .expired), (["exp": -1], .malformed),
      (["nbf": .int(Int(TokenMaker.now) + 61)], .notYetValid), (["nbf": true], .malformed),
      (["iss": nil], .issuer), (["iss": "https://issuer.example.com/"], .issuer), (["iss": 7], .issuer),
      (["aud": nil], .audience), (["aud": "wic"], .audience), (["aud": ["other"]], .audience), (["aud": .null], .audience),
      (["sub": nil], .subject), (["sub": ""], .subject), (["sub": 5], .subject),
      (["sub": .string(String(repeating: "x", count: 257))], .subject),
    ] as [([String: JSONValue?], TokenRefusal)])
  func `each claim is checked`(changes: [String: JSONValue?], refusal: TokenRefusal) async throws {
    let verifier = try await TokenMaker.verifier(TokenMaker.set(TokenMaker.oct()))
    #expect(verifier.refusal(TokenMaker.token(changes)) == refusal)
  }

  @Test func `clocks may differ by a minute, and what is not demanded may be missing`() async throws {
    let verifier = try await TokenMaker.verifier(TokenMaker.set(TokenMaker.oct()), issuer: nil)
    for changes: [String: JSONValue?] in [
      ["exp": .int(Int(TokenMaker.now) - 59)], ["nbf": .int(Int(TokenMaker.now) + 59)], ["nbf": nil], ["iss": nil],
      ["exp": .number("\(TokenMaker.now).5")],
    ] {
      #expect(verifier.refusal(TokenMaker.token(changes)) == nil, "\(changes)")
    }
  }

  /// The examples of RFC 7515, appendices A.1 to A.3, which hold no audience: that they get as far as that shows that their
  /// signatures were accepted. The one of RFC 8037, appendix A.4, holds no claims at all.
  @Test(arguments: StandardToken.all)
  func `signatures of the standards are accepted, and no other`(example: StandardToken) async throws {
    let verifier = try await TokenMaker.verifier(TokenMaker.set(try JSONValue(parsing: example.key)), issuer: nil)
    #expect(verifier.refusal(example.token, now: 1_300_819_000) == example.refusal)
    let parts = example.token.split(separator: ".").map { Array($0.utf8) }
    for part in [1, 2] {
      for at in stride(from: 0, to: parts[part].count, by: 7) {
        var forged = parts
        forged[part][at] = forged[part][at] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        let text = forged.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ".")
        let refusal = verifier.refusal(text, now: 1_300_819_000)
        #expect(refusal == .signature || refusal == .malformed, "part \(part) at \(at)")
      }
    }
    let other = try await TokenMaker.verifier(TokenMaker.set(TokenMaker.oct()), issuer: nil)
    #expect([.algorithm, .signature].contains(other.refusal(example.token, now: 1_300_819_000)))
  }

  @Test func `the key decides on the algorithm, whatever a token says`() async throws {
    let rsa = try #require(StandardToken.all.first { $0.name == "RS256" })
    let key = try JSONValue(parsing: rsa.key)
    let verifier = try await TokenMaker.verifier(TokenMaker.set(key))
    let modulus = try #require(key["n"]?.stringValue.flatMap { Base64URL.bytes($0) })
    // A public key as the secret of an HMAC, in the forms that libraries have mistaken it for one.
    for secret in [modulus, Array(rsa.key.utf8), Array((key["n"]?.stringValue ?? "").utf8)] {
      #expect(verifier.refusal(TokenMaker.sign(["alg": "HS256"], TokenMaker.claims(), with: secret)) == .algorithm)
    }
    let both = try await TokenMaker.verifier(
      TokenMaker.set(named(key, "a"), TokenMaker.oct(TokenMaker.secret, [.init("kid", "b")])))
    #expect(both.refusal(TokenMaker.sign(["alg": "HS256", "kid": "a"], TokenMaker.claims(), with: modulus)) == .key)
    #expect(both.refusal(TokenMaker.sign(["alg": "HS256", "kid": "b"], TokenMaker.claims(), with: modulus)) == .signature)
    #expect(both.refusal(TokenMaker.sign(["alg": "HS256", "kid": "b"], TokenMaker.claims())) == nil)
    for name in ["none", "None", "NONE", "", "hs256", "HS512", "RS256 "] {
      let header: JSONValue = ["alg": .string(name), "kid": "b"]
      #expect(both.refusal(TokenMaker.sign(header, TokenMaker.claims())) == .algorithm, "\(name)")
      let unsigned = Base64URL.text(header.utf8) + "." + Base64URL.text(TokenMaker.claims().utf8) + "."
      #expect(both.refusal(unsigned) == .algorithm, "\(name)")
    }
  }

  @Test func `a header that brings its own key, or demands what is not understood, wins nothing`() async throws {
    let verifier = try await TokenMaker.verifier(TokenMaker.set(TokenMaker.oct()))
    let own = Array("my own secret, 32 bytes and more".utf8)
    let brought: JSONValue = ["alg": "HS256", "jwk": TokenMaker.oct(own), "jku": "https://evil.example.com", "x5u": "x"]
    #expect(verifier.refusal(TokenMaker.sign(brought, TokenMaker.claims(), with: own)) == .signature)
    let headers: [JSONValue] = [
      ["alg": "HS256", "crit": ["b64"], "b64": false], ["typ": "JWT"], ["alg": 5], ["alg": "HS256", "kid": 5], [], .null,
    ]
    for header in headers {
      #expect(verifier.refusal(TokenMaker.sign(header, TokenMaker.claims())) == .malformed, "\(header)")
    }
    let twice = Base64URL.text(Array(#"{"alg":"none","alg":"HS256"}"#.utf8)) + "." + Base64URL.text(TokenMaker.claims().utf8)
    #expect(verifier.refusal(TokenMaker.sign(twice)) == .malformed)
  }

  @Test func `what is no token is refused, however long`() async throws {
    let verifier = try await TokenMaker.verifier(TokenMaker.set(TokenMaker.oct()))
    let deep = String(repeating: "[", count: 3000) + String(repeating: "]", count: 3000)
    for text in [
      "..", "a.b.c", "...", "", ".", "é.é.é", "e30.e30.", "e30.e30.e30", Base64URL.text(Array(deep.utf8)) + ".e30.AA",
      TokenMaker.token() + ".", TokenMaker.token() + "=", " " + TokenMaker.token(), TokenMaker.sign("e30.e30"),
    ] {
      #expect([.malformed, .signature].contains(verifier.refusal(text)), "\(text.prefix(50))")
    }
    #expect(verifier.refusal(String(repeating: "a", count: 64 << 10)) == .tooLong)
    let long = TokenMaker.token(["more": .string(String(repeating: "x", count: TokenVerifier.sizeLimit))])
    #expect(verifier.refusal(long) == .tooLong)
    // A claim set that was signed, and is none.
    for claims in ["[]", "null", "5", "{", #"{"exp":1,"exp":2}"#, "\u{0}"] {
      let text = Base64URL.text(Array(#"{"alg":"HS256"}"#.utf8)) + "." + Base64URL.text(Array(claims.utf8))
      #expect(verifier.refusal(TokenMaker.sign(text)) == .malformed, "\(claims)")
    }
  }

  @Test func `bytes have one text in base64url, and others are refused`() async throws {
    for text in ["AA==", "AA=", "A", "AB", "A A", "A\nA", "-+", "_/", "é", "AAAA=", "AAAAA"] {
      #expect(Base64URL.bytes(text) == nil, "\(text)")
    }
    #expect(Base64URL.bytes("") == [] && Base64URL.bytes("-_8") == [0xfb, 0xff] && Base64URL.text([0xfb, 0xff]) == "-_8")
    // The last character of 32 bytes holds two bits that mean nothing.
    let verifier = try await TokenMaker.verifier(TokenMaker.set(TokenMaker.oct()))
    let token = TokenMaker.token()
    let last = try #require(token.utf8.last)
    let others = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8).filter { $0 != last }
    for other in others {
      #expect(verifier.refusal(token.dropLast() + String(UnicodeScalar(other))) != nil, "\(UnicodeScalar(other))")
    }
  }

  @Test func `no damaged token is accepted`() async throws {
    var random = SeededGenerator.forTest("damaged tokens")
    let verifier = try await TokenMaker.verifier(TokenMaker.set(TokenMaker.oct()))
    let token = Array(TokenMaker.token().utf8)
    for _ in 0..<2000 {
      var damaged = token
      switch Int.random(in: 0..<3, using: &random) {
      case 0: damaged[Int.random(in: damaged.indices, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
      case 1: damaged.remove(at: Int.random(in: damaged.indices, using: &random))
      default: damaged.insert(UInt8.random(in: 33...126, using: &random), at: Int.random(in: 0...damaged.count, using: &random))
      }
      guard damaged != token else { continue }
      #expect(verifier.refusal(String(decoding: damaged, as: UTF8.self)) != nil, "\(String(decoding: damaged, as: UTF8.self))")
    }
  }

  @Test func `damaged claims and headers that are signed all the same are read or refused`() async throws {
    var random = SeededGenerator.forTest("signed damage")
    let verifier = try await TokenMaker.verifier(TokenMaker.set(TokenMaker.oct()))
    var accepted = 0
    for round in 0..<2000 {
      var parts = [Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8), TokenMaker.claims().utf8]
      for _ in 0...Int.random(in: 0...2, using: &random) {
        let at = Int.random(in: parts[round % 2].indices, using: &random)
        parts[round % 2][at] = UInt8.random(in: .min ... .max, using: &random)
      }
      let token = TokenMaker.sign(parts.map { Base64URL.text($0) }.joined(separator: "."))
      guard let holder = try? verifier.holder(of: token, now: TokenMaker.now * 1000) else { continue }
      accepted += 1
      #expect(!holder.subject.isEmpty)
    }
    // Damage in what nobody reads, such as typ or sub, hurts nobody.
    #expect(accepted > 0 && accepted < 1000)
  }

  @Test func `refusals hold nothing of a token`() async throws {
    for refusal in TokenRefusal.allCases { #expect(refusal.description.utf8.count < 120, "\(refusal)") }
    #expect(Set(TokenRefusal.allCases.map(\.description)).count == TokenRefusal.allCases.count)
  }

  @Test func `three parts look like a token, and no API key does`() {
    #expect(TokenVerifier.looksLikeToken("a.b.c") && TokenVerifier.looksLikeToken(".."))
    for text in ["", "wick_abc", "a.b", "a.b.c.d"] { #expect(!TokenVerifier.looksLikeToken(text)) }
  }
}

func named(_ key: JSONValue, _ id: String) -> JSONValue {
  .object((key.members ?? []).filter { $0.name != "kid" } + [.init("kid", .string(id))])
}
