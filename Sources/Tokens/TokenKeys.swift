import JSON
import JWTKit

/// The keys that tokens are signed with. Safe from any thread.
public struct TokenKeys: Sendable {
  struct Entry: Sendable {
    let key: TokenKey
    let verifier: any JWTAlgorithm
  }

  let entries: [Entry]

  /// More are no set that a person keeps.
  static let limit = 100

  /// Reads a JWK set (RFC 7517).
  ///
  /// - Throws: `TokenKeysError`, with the place that is wrong.
  public init(_ text: String) async throws(TokenKeysError) {
    let keys = try Self.parse(text)
    var entries: [Entry] = []
    for (index, key) in keys {
      do {
        entries.append(Entry(key: key, verifier: try await Self.verifier(key)))
      } catch {
        throw TokenKeysError("key \(index + 1): its numbers are no \(key.algorithm.keyType) key")
      }
    }
    self.entries = entries
  }

  /// The keys for signatures, each with its place in the set.
  static func parse(_ text: String) throws(TokenKeysError) -> [(Int, TokenKey)] {
    guard let json = try? JSONValue(parsing: text), let list = json["keys"]?.arrayValue else {
      throw TokenKeysError("it is not a JSON object with a list named keys")
    }
    guard list.count <= limit else { throw TokenKeysError("it holds more than \(limit) keys") }
    var keys: [(Int, TokenKey)] = []
    for (index, one) in list.enumerated() {
      do throws(TokenKeysError) {
        if let key = try TokenKey(one) { keys.append((index, key)) }
      } catch { throw TokenKeysError("key \(index + 1): \(error)") }
    }
    guard !keys.isEmpty else { throw TokenKeysError("it holds no key for signatures") }
    let ids = keys.compactMap(\.1.id)
    guard Set(ids).count == ids.count else { throw TokenKeysError("two keys have the same kid") }
    guard keys.count == 1 || ids.count == keys.count else {
      throw TokenKeysError("of several keys each needs a kid, so that a token can name its own")
    }
    return keys
  }

  /// A collection of one key, so that the algorithm is the key's and never the token's.
  private static func verifier(_ key: TokenKey) async throws -> any JWTAlgorithm {
    let keys = JWTKeyCollection()
    switch key.material {
    case .rsa(let modulus, let exponent):
      await keys.add(rsa: try Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent), digestAlgorithm: .sha256)
    case .p256(let x, let y): await keys.add(ecdsa: try ES256PublicKey(parameters: (x, y)))
    case .ed25519(let x): await keys.add(eddsa: try EdDSA.PublicKey(x: x, curve: .ed25519))
    case .secret(let bytes): await keys.add(hmac: HMACKey(from: bytes), digestAlgorithm: .sha256)
    }
    return try await keys.getKey()
  }

  /// The one key that a token's header means; there is never a second to try.
  func find(_ algorithm: String, _ id: String?) throws(TokenRefusal) -> Entry {
    guard let algorithm = TokenAlgorithm(named: algorithm), entries.contains(where: { $0.key.algorithm == algorithm }) else {
      throw .algorithm
    }
    let found = entries.filter { $0.key.algorithm == algorithm && (id == nil || $0.key.id == nil || $0.key.id == id) }
    guard let entry = found.first, found.count == 1 else { throw .key }
    return entry
  }
}
