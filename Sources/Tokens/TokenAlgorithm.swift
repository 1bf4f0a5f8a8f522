/// How a token may be signed (RFC 7518, section 3.1, and RFC 8037). There is no `none`.
enum TokenAlgorithm: String, Hashable, Sendable, CaseIterable {
  /// RSASSA-PKCS1-v1_5 with SHA-256.
  case rs256 = "RS256"
  /// ECDSA on P-256 with SHA-256.
  case es256 = "ES256"
  /// Ed25519.
  case edDSA = "EdDSA"
  /// HMAC with SHA-256.
  case hs256 = "HS256"

  /// As tokens and keys name it. Ed25519 is EdDSA's newer name (RFC 9864, section 2.2); on that curve it is the same.
  init?(named text: String) {
    self.init(rawValue: text == "Ed25519" ? Self.edDSA.rawValue : text)
  }

  /// The kind of key that it takes, as a JWK's `kty` and `crv` say it.
  var keyType: String {
    switch self {
    case .rs256: "RSA"
    case .es256: "EC"
    case .edDSA: "OKP"
    case .hs256: "oct"
    }
  }

  var curve: String? {
    switch self {
    case .es256: "P-256"
    case .edDSA: "Ed25519"
    case .rs256, .hs256: nil
    }
  }

  /// Bytes of a signature; nil where they depend on the key.
  var signatureBytes: Int? {
    switch self {
    case .es256, .edDSA: 64
    case .hs256: 32
    case .rs256: nil
    }
  }
}
