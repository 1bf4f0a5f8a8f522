import COpenSSL

/// The opening handshake (RFC 6455, 4.2).
public enum Handshake {
  /// The version of the protocol that is spoken.
  public static let version = "13"

  /// What a key is answered with in `Sec-WebSocket-Accept`: proof that the server understood. Nil for a text that is no key: 16
  /// bytes in Base64.
  public static func accept(_ key: String) -> String? {
    let digits = Array(key.utf8)
    guard digits.count == 24, digits.hasSuffix("=="), digits.dropLast(2).allSatisfy(isDigit) else { return nil }
    let message = digits + Array("258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)
    let digest = [UInt8](unsafeUninitializedCapacity: Int(SHA_DIGEST_LENGTH)) { digest, count in
      _ = SHA1(message, message.count, digest.baseAddress)
      count = Int(SHA_DIGEST_LENGTH)
    }
    return base64(digest)
  }

  /// Whether a header's list of tokens has one, whatever its case.
  public static func has(_ token: String, in header: String?) -> Bool { tokens(header).contains { $0.lowercased() == token } }

  /// The tokens of a header's list.
  public static func tokens(_ header: String?) -> [Substring] {
    (header ?? "").split(separator: ",").map { part in
      let head = part.drop { $0 == " " || $0 == "\t" }
      return head.prefix { $0 != " " && $0 != "\t" }
    }
  }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static func isDigit(_ byte: UInt8) -> Bool { alphabet.contains(byte) }

  private static func base64(_ bytes: [UInt8]) -> String {
    var digits: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = (0..<3).reduce(0) { $0 << 8 | (start + $1 < bytes.count ? Int(bytes[start + $1]) : 0) }
      for place in 0..<4 {
        let isThere = start + place <= bytes.count
        digits.append(isThere ? alphabet[group >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: digits, as: UTF8.self)
  }
}

extension [UInt8] {
  fileprivate func hasSuffix(_ text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
