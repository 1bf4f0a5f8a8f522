extension Library {
  static let urls: [String: Library] = [
    "URL_ENCODE_PARAM": Library { arguments, _ throws(ValueError) in .string(URLParts.encoded(try arguments.text(0))) },
    "URL_DECODE_PARAM": Library { arguments, _ throws(ValueError) in
      .string(try URLParts.decoded(try arguments.text(0)[...], plusIsBlank: true))
    },
    "URL_EXTRACT_PROTOCOL": part { parts throws(ValueError) in .optional(parts.scheme.map { String($0) }) },
    "URL_EXTRACT_HOST": part { parts throws(ValueError) in .optional(parts.host.map { String($0) }) },
    "URL_EXTRACT_PORT": part { parts throws(ValueError) in
      try parts.port.map { port throws(ValueError) in try .int(port) } ?? .null
    },
    "URL_EXTRACT_PATH": part { parts throws(ValueError) in .string(try URLParts.decoded(parts.path)) },
    "URL_EXTRACT_QUERY": part { parts throws(ValueError) in try text(parts.query) },
    "URL_EXTRACT_FRAGMENT": part { parts throws(ValueError) in try text(parts.fragment) },
    "URL_EXTRACT_PARAMETER": Library { arguments, _ throws(ValueError) in
      let (parts, wanted) = (try URLParts(try arguments.text(0)), try arguments.text(1))
      guard let query = parts.query else { return .null }
      for parameter in try URLParts.decoded(query).split(separator: "&", omittingEmptySubsequences: false) {
        let sides = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if let name = sides.first, name == wanted { return .string(sides.count > 1 ? String(sides[1]) : "") }
      }
      return .null
    },
  ]

  private static func part(_ body: @escaping @Sendable (URLParts) throws(ValueError) -> Value) -> Library {
    Library { arguments, _ throws(ValueError) in try body(try URLParts(try arguments.text(0))) }
  }

  private static func text(_ part: Substring?) throws(ValueError) -> Value {
    guard let part else { return .null }
    return .string(try URLParts.decoded(part))
  }
}

/// A URL by RFC 3986, still with its escapes.
struct URLParts {
  private(set) var scheme: Substring?
  private(set) var host: Substring?
  private(set) var port: Int?
  private(set) var path: Substring
  private(set) var query: Substring?
  private(set) var fragment: Substring?

  init(_ url: String) throws(ValueError) {
    let forbidden: Set<Character> = [" ", "\"", "<", ">", "\\", "^", "`", "{", "|", "}"]
    guard !url.contains(where: { forbidden.contains($0) || $0.unicodeScalars.contains { $0.value < 0x20 } }) else {
      throw .invalid("a text that is no URL")
    }
    var rest = url[...]
    fragment = Self.cut(&rest, at: "#")
    query = Self.cut(&rest, at: "?")
    if let colon = rest.firstIndex(of: ":"), !rest[..<colon].contains("/") {
      let name = rest[..<colon]
      let isName =
        name.first?.isLetter == true && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
      guard isName else { throw .invalid("a text that is no URL") }
      scheme = name
      rest = rest[rest.index(after: colon)...]
    }
    path = rest
    if rest.hasPrefix("//") { try readAuthority(rest.dropFirst(2)) }
    _ = try Self.decoded(path)
  }

  private mutating func readAuthority(_ rest: Substring) throws(ValueError) {
    let end = rest.firstIndex(of: "/") ?? rest.endIndex
    path = rest[end...]
    var authority = rest[..<end]
    if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
    if let colon = authority.lastIndex(of: ":"), authority[colon...].allSatisfy({ $0 == ":" || $0.isNumber }) {
      let digits = authority[authority.index(after: colon)...]
      guard digits.isEmpty || Int(digits) != nil else { throw .invalid("a URL with a port that is no number") }
      port = Int(digits)
      authority = authority[..<colon]
    }
    host = authority.isEmpty ? nil : authority
  }

  private static func cut(_ rest: inout Substring, at mark: Character) -> Substring? {
    guard let index = rest.firstIndex(of: mark) else { return nil }
    let tail = rest[rest.index(after: index)...]
    rest = rest[..<index]
    return tail
  }

  /// With `%41` as the byte it stands for.
  static func decoded(_ text: Substring, plusIsBlank: Bool = false) throws(ValueError) -> String {
    var (out, bytes) = ([UInt8](), Array(text.utf8)[...])
    while let byte = bytes.popFirst() {
      switch byte {
      case UInt8(ascii: "+") where plusIsBlank: out.append(0x20)
      case UInt8(ascii: "%"):
        let digits = bytes.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == 2 else { throw .invalid("an escape in a URL without two hexadecimal digits") }
        out.append(UInt8(digits[0] * 16 + digits[1]))
        bytes = bytes.dropFirst(2)
      default: out.append(byte)
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// As forms send it: letters, digits and `-_.*` as they are, a blank as `+`.
  static func encoded(_ text: String) -> String {
    var out = ""
    for byte in text.utf8 {
      let scalar = Unicode.Scalar(byte)
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "*": out.unicodeScalars.append(scalar)
      case " ": out += "+"
      default: out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return out
  }
}
