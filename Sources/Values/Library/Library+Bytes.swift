import Foundation

extension Library {
  static let bytes: [String: Library] = [
    "TO_BYTES": Library { arguments, _ throws(ValueError) in
      .bytes(try TextEncoding(try arguments.text(1)).bytes(of: try arguments.text(0)))
    },
    "FROM_BYTES": Library { arguments, _ throws(ValueError) in
      let encoding = try TextEncoding(try arguments.text(1))
      let text = try encoding.text(of: try arguments.bytes(0))
      return .string(encoding == .hex ? text.uppercased() : text)
    },
    "ENCODE": Library { arguments, _ throws(ValueError) in
      let bytes = try TextEncoding(try arguments.text(1)).bytes(of: try arguments.text(0), stripsHex: true)
      return .string(try TextEncoding(try arguments.text(2)).text(of: bytes))
    },
    "MD5": Library { arguments, _ throws(ValueError) in
      .string(TextEncoding.hexadecimal(MD5.digest(Array(try arguments.text(0).utf8))))
    },
    "INT_FROM_BYTES": Library { arguments, _ throws(ValueError) in
      .integer(Int32(truncatingIfNeeded: try word(arguments, size: 4)))
    },
    "BIGINT_FROM_BYTES": Library { arguments, _ throws(ValueError) in
      .bigint(Int64(bitPattern: try word(arguments, size: 8)))
    },
    "DOUBLE_FROM_BYTES": Library { arguments, _ throws(ValueError) in
      .double(Double(bitPattern: try word(arguments, size: 8)))
    },
  ]

  private static func word(_ arguments: [Value], size: Int) throws(ValueError) -> UInt64 {
    var bytes = try arguments.bytes(0)
    guard bytes.count == size else { throw .invalid("BYTES that are not \(size)") }
    switch arguments.count > 1 ? try arguments.text(1).uppercased() : "BIG_ENDIAN" {
    case "BIG_ENDIAN": break
    case "LITTLE_ENDIAN": bytes.reverse()
    default: throw .invalid("an unknown order of bytes; use BIG_ENDIAN or LITTLE_ENDIAN")
    }
    return bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// How bytes and texts stand for each other.
enum TextEncoding: String {
  case hex, utf8, ascii, base64

  init(_ name: String) throws(ValueError) {
    guard let known = TextEncoding(rawValue: name.lowercased()) else {
      throw .invalid("an unknown encoding; use hex, utf8, ascii or base64")
    }
    self = known
  }

  static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  func text(of bytes: [UInt8]) throws(ValueError) -> String {
    switch self {
    case .hex: return Self.hexadecimal(bytes)
    case .base64: return Data(bytes).base64EncodedString()
    case .utf8:
      guard let text = String(validating: bytes, as: UTF8.self) else { throw .invalid("BYTES that are not UTF-8") }
      return text
    case .ascii:
      guard bytes.allSatisfy({ $0 < 128 }) else { throw .invalid("BYTES that are not ASCII") }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// `stripsHex`: hexadecimal digits may stand in `0x…` or `X'…'`.
  func bytes(of text: String, stripsHex: Bool = false) throws(ValueError) -> [UInt8] {
    switch self {
    case .hex: return try Self.bytes(hexadecimal: stripsHex ? Self.stripped(text) : text)
    case .utf8: return Array(text.utf8)
    case .ascii:
      guard text.utf8.allSatisfy({ $0 < 128 }) else { throw .invalid("a text that is not ASCII") }
      return Array(text.utf8)
    case .base64:
      guard let data = Data(base64Encoded: text) else { throw .invalid("a text that is not Base64") }
      return Array(data)
    }
  }

  private static func stripped(_ text: String) -> String {
    if text.hasPrefix("0x") {
      let digits = text.dropFirst(2)
      return digits.count.isMultiple(of: 2) ? String(digits) : "0" + digits
    }
    let isQuoted = (text.hasPrefix("X'") || text.hasPrefix("x'")) && text.hasSuffix("'") && text.count > 2
    return isQuoted ? String(text.dropFirst(2).dropLast()) : text
  }

  private static func bytes(hexadecimal text: String) throws(ValueError) -> [UInt8] {
    let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count.isMultiple(of: 2), !digits.contains(nil) else { throw .invalid("a text that is not hexadecimal") }
    let known = digits.compactMap(\.self)
    return stride(from: 0, to: known.count, by: 2).map { UInt8(known[$0] * 16 + known[$0 + 1]) }
  }
}
