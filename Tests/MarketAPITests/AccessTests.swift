import TestSupport
import Testing
import Tokens

@testable import MarketAPI

@Suite struct `Who may` {
  private func hex(_ bytes: [UInt8]) -> String { bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }

  /// The examples of FIPS 180-2, appendix B, and the empty message.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `digests are those of the standard`(message: String, digest: String) {
    #expect(hex(Digest.sha256(Array(message.utf8))) == digest)
  }

  @Test func `a long message has the standard's digest too`() {
    let digest = Digest.sha256([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
    #expect(hex(digest) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func `a key opens with its role, survives its file, and is in it nowhere`() throws {
    var random = SeededGenerator.forTest("keys")
    var ring = KeyRing()
    let reader = try ring.add("grafana", .reader, using: &random)
    let owner = try ring.add("anna", .operator, using: &random)
    let read = try KeyRing(ring.text)
    #expect(read == ring)
    #expect(read.holder(of: reader)?.name == "grafana")
    #expect(read.holder(of: owner)?.role == .operator)
    #expect(!ring.text.contains(reader.dropFirst(5)))
    for wrong in ["", String(reader.dropLast()), reader + "A", owner.lowercased(), String(repeating: "x", count: 10_000)] {
      #expect(read.holder(of: wrong) == nil)
    }
    #expect(throws: KeyRingError.self) { try ring.add("anna", .reader, using: &random) }
    #expect(throws: KeyRingError.self) { try ring.add("a b", .reader, using: &random) }
  }

  @Test(arguments: [
    "", "[]", "{}", #"{"keys":[{}]}"#, #"{"keys":[{"name":"a","role":"root","salt":"AAAA","sha256":"AAAA"}]}"#,
    #"{"keys":[{"name":"a","role":"reader","salt":"AAAAAAAAAAAAAAAAAAAAAA","sha256":"AAAA"}]}"#,
  ])
  func `a file that is no file of keys is refused`(text: String) {
    #expect(throws: KeyRingError.self) { try KeyRing(text) }
  }

  @Test func `all bytes decide whether two hashes are the same`() {
    let hash = Digest.sha256([1])
    for index in hash.indices {
      var other = hash
      other[index] ^= 1
      #expect(!Digest.isSame(hash, other))
    }
    #expect(Digest.isSame(hash, hash))
    #expect(!Digest.isSame(hash, Array(hash.dropLast())))
  }

  @Test func `a bucket lets a burst through, then its rate, and says when to come again`() {
    var bucket = TokenBucket(rate: 2, burst: 4, now: 1000)
    #expect((0..<4).allSatisfy { _ in bucket.take(now: 1000) == nil })
    #expect(bucket.take(now: 1000) == 1)
    #expect(bucket.take(now: 1499) != nil)
    #expect(bucket.take(now: 1500) == nil)
    #expect(bucket.take(now: 1500) != nil)
    // A clock that goes back gives nothing away.
    #expect(bucket.take(now: 0) != nil)
    #expect((0..<4).allSatisfy { _ in bucket.take(now: 100_000) == nil })
    #expect(bucket.take(now: 100_000) != nil)
    var slow = TokenBucket(rate: 0.1, burst: 1, now: 0)
    #expect(slow.take(now: 0) == nil)
    #expect(slow.take(now: 0) == 10)
  }

  @Test func `buckets are kept apart, and their number is bounded`() {
    var limiter = RateLimiter(rate: 1, burst: 1, limit: 10)
    for number in 0..<10 { #expect(limiter.take("a\(number)", now: 0) == nil) }
    #expect(limiter.take("a3", now: 0) == 1)
    #expect(limiter.take("stranger", now: 0) == nil)
    #expect(limiter.take("another", now: 0) == 1)
    #expect(limiter.count == 11)
    #expect(limiter.take("another", now: 5000) == nil)
    #expect(limiter.count <= 10)
  }

  @Test func `what was not asked for with a key that may is refused with the reason`() throws {
    var random = SeededGenerator.forTest("access")
    var ring = KeyRing()
    let reader = try ring.add("r", .reader, using: &random)
    let owner = try ring.add("o", .operator, using: &random)
    let access = AccessControl(.init(keys: ring), date: { 0 }, now: { 0 })
    func status(_ authorization: String?, _ key: String? = nil, _ role: Role = .reader) -> Int {
      do {
        try access.check(.init(authorization: authorization, key: key, address: "1.2.3.4"), needs: role)
        return 200
      } catch { return error.status }
    }
    #expect(status(nil) == 401)
    #expect(status("Bearer \(reader)") == 200)
    #expect(status("bearer  \(reader)") == 200)
    #expect(status(nil, reader) == 200)
    #expect(status("Basic \(reader)") == 401)
    #expect(status("Basic x", reader) == 401)
    #expect(status("Bearer \(reader)", nil, .operator) == 403)
    #expect(status("Bearer \(owner)", nil, .operator) == 200)
    #expect(status("Bearer x") == 401)
  }

  private static func status(_ access: AccessControl, _ authorization: String?, _ address: String) -> Int {
    do {
      try access.check(.init(authorization: authorization, key: nil, address: address), needs: .reader)
      return 200
    } catch { return error.status }
  }

  @Test func `an address that asks too often is turned away before its keys and tokens are looked at`() async throws {
    let tokens = TokenVerifier(try await TokenKeys(TestTokens.set), audience: "wick", issuer: nil)
    let access = AccessControl(.init(tokens: tokens, rate: 0.001, burst: 2), date: { 0 }, now: { 0 })
    #expect(Self.status(access, "Bearer a.b.c", "1.2.3.4") == 401)
    #expect(Self.status(access, "Bearer wick_key", "1.2.3.4") == 401)
    #expect(Self.status(access, "Bearer a.b.c", "1.2.3.4") == 429)
    #expect(Self.status(access, nil, "1.2.3.4") == 429)
    #expect(Self.status(access, nil, "1.2.3.5") == 401)
  }

  @Test(.enabled(if: TestCertificates.isInstalled, "openssl is not installed"))
  func `a subject that asks too often is turned away at whatever address and with whatever token`() async throws {
    let tokens = TokenVerifier(try await TokenKeys(TestTokens.set), audience: "wick", issuer: nil)
    let access = AccessControl(.init(tokens: tokens, rate: 0.001, burst: 3), date: { 1_000_000 }, now: { 0 })
    let first = try TestTokens.hs256(#"{"exp":1100,"aud":"wick","sub":"anna","role":"reader"}"#)
    let second = try TestTokens.hs256(#"{"exp":1200,"aud":"wick","sub":"anna","role":"operator"}"#)
    let other = try TestTokens.hs256(#"{"exp":1100,"aud":"wick","sub":"otto","role":"reader"}"#)
    #expect(Self.status(access, "Bearer \(first)", "1.2.3.4") == 200)
    #expect(Self.status(access, "Bearer \(second)", "1.2.3.5") == 200)
    #expect(Self.status(access, "Bearer \(first)", "1.2.3.6") == 200)
    #expect(Self.status(access, "Bearer \(first)", "1.2.3.7") == 429)
    #expect(Self.status(access, "Bearer \(second)", "1.2.3.8") == 429)
    #expect(Self.status(access, "Bearer \(other)", "1.2.3.8") == 200)
  }

  @Test func `keys that are taken back let nobody in any more, and new ones do`() throws {
    var random = SeededGenerator.forTest("replaced")
    var (old, new) = (KeyRing(), KeyRing())
    let (oldKey, newKey) = (try old.add("a", .reader, using: &random), try new.add("b", .reader, using: &random))
    let access = AccessControl(.init(keys: old, rate: 0.001, burst: 3), date: { 0 }, now: { 0 })
    #expect(Self.status(access, "Bearer \(oldKey)", "1.2.3.4") == 200)
    access.replace(.init(keys: new))
    #expect(Self.status(access, "Bearer \(oldKey)", "1.2.3.4") == 401)
    #expect(Self.status(access, "Bearer \(newKey)", "1.2.3.4") == 200)
    // What was counted is not forgotten.
    #expect(Self.status(access, "Bearer \(newKey)", "1.2.3.4") == 429)
  }
}
