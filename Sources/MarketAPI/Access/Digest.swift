import COpenSSL

/// What keys are stored as and compared by, from libcrypto.
enum Digest {
  /// The 32 bytes of a message's SHA-256 (FIPS 180-4).
  static func sha256(_ message: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { digest, count in
      _ = SHA256(message, message.count, digest.baseAddress)
      count = Int(SHA256_DIGEST_LENGTH)
    }
  }

  /// Whether two texts of bytes are the same; takes as long whichever byte differs.
  static func isSame(_ a: [UInt8], _ b: [UInt8]) -> Bool { a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0 }
}
