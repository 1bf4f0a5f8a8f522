import JSON

/// One key of a set (RFC 7517), checked before any cryptography sees it. Pure.
struct TokenKey: Hashable, Sendable {
  /// Base64url texts, as they stand in the set.
  enum Material: Hashable, Sendable {
    case rsa(modulus: String, exponent: String)
    case p256(x: String, y: String)
    case ed25519(x: String)
    case secret([UInt8])
  }

  let id: String?
  /// The one algorithm that it is for: a token cannot choose another (RFC 8725, section 3.1).
  let algorithm: TokenAlgorithm
  let material: Material

  /// The shortest secret: as long as the hash (RFC 7518, section 3.2).
  static let secretBytes = 32
  /// RFC 7518, section 3.3, and what a signature may cost at most.
  static let modulusBytes = 256...1024

  /// Nil for a key that is there for something else than signatures.
  init?(_ json: JSONValue) throws(TokenKeysError) {
    guard case .object = json, let type = json["kty"]?.stringValue else { throw TokenKeysError("it has no kty") }
    if let use = json["use"], use != "sig" { return nil }
    guard let algorithm = TokenAlgorithm.allCases.first(where: { $0.keyType == type }) else {
      throw TokenKeysError("its kty is none of RSA, EC, OKP and oct")
    }
    if let named = json["alg"], named.stringValue.flatMap(TokenAlgorithm.init(named:)) != algorithm {
      throw TokenKeysError("its alg is not \(algorithm.rawValue), the one that is taken with kty \(type)")
    }
    if let curve = algorithm.curve, json["crv"] != .string(curve) { throw TokenKeysError("its crv is not \(curve)") }
    guard algorithm == .hs256 || json["d"] == nil else {
      throw TokenKeysError("it holds a private key, which has no business here: leave the public part alone in the file")
    }
    if let id = json["kid"] {
      guard let text = id.stringValue, !text.isEmpty else { throw TokenKeysError("its kid is no text") }
      self.id = text
    } else {
      id = nil
    }
    self.algorithm = algorithm
    material = try Self.material(algorithm, json)
  }

  private static func material(_ algorithm: TokenAlgorithm, _ json: JSONValue) throws(TokenKeysError) -> Material {
    switch algorithm {
    case .rs256:
      let modulus = try number("n", json, modulusBytes)
      let exponent = try number("e", json, 1...8)
      guard exponent.bytes.last.map({ $0 & 1 == 1 }) ?? false, exponent.bytes != [1], (modulus.bytes.last ?? 0) & 1 == 1 else {
        throw TokenKeysError("its n and e are no RSA key")
      }
      return .rsa(modulus: modulus.text, exponent: exponent.text)
    case .es256: return .p256(x: try number("x", json, 32...32).text, y: try number("y", json, 32...32).text)
    case .edDSA: return .ed25519(x: try number("x", json, 32...32).text)
    case .hs256: return .secret(try number("k", json, secretBytes...1024).bytes)
    }
  }

  private static func number(
    _ name: String, _ json: JSONValue, _ lengths: ClosedRange<Int>
  ) throws(TokenKeysError) -> (text: String, bytes: [UInt8]) {
    guard let text = json[name]?.stringValue, let bytes = Base64URL.bytes(text) else {
      throw TokenKeysError("its \(name) is missing or not base64url")
    }
    guard lengths.contains(bytes.count) else {
      let wanted = lengths.count == 1 ? "\(lengths.lowerBound)" : "\(lengths.lowerBound) to \(lengths.upperBound)"
      throw TokenKeysError("its \(name) has \(bytes.count) bytes, not \(wanted)")
    }
    return (text, bytes)
  }
}

/// What is wrong with a set of keys. Holds nothing of a key.
public struct TokenKeysError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
