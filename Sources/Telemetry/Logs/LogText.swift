/// Text for a log line: nothing in it ends a line, moves a cursor or turns letters around.
enum LogText {
  static let ellipsis = "…"

  /// `text` between quotes, as JSON writes it, in at most `limit` bytes (at least five).
  static func quoted(_ text: String, limit: Int) -> [UInt8] {
    [UInt8(ascii: "\"")] + escaped(text, limit: limit - 2, quotes: true) + [UInt8(ascii: "\"")]
  }

  /// `text` in at most `limit` bytes: control characters and what reorders text as `\u….`, quotes and backslashes too where they
  /// would end a string.
  static func escaped(_ text: String, limit: Int, quotes: Bool) -> [UInt8] {
    var out: [UInt8] = []
    let room = limit - ellipsis.utf8.count
    var fitting = 0
    for scalar in text.unicodeScalars {
      append(scalar, quotes: quotes, to: &out)
      if out.count <= room { fitting = out.count }
      if out.count > limit { return Array(out[..<fitting]) + ellipsis.utf8 }
    }
    return out
  }

  private static func append(_ scalar: Unicode.Scalar, quotes: Bool, to out: inout [UInt8]) {
    switch scalar {
    case "\"" where quotes: out += "\\\"".utf8
    case "\\" where quotes: out += "\\\\".utf8
    case "\n": out += "\\n".utf8
    case "\r": out += "\\r".utf8
    case "\t": out += "\\t".utf8
    case _ where isUnsafe(scalar.value): out += unicodeEscape(scalar.value)
    default: out += UTF8.encode(scalar).map(Array.init) ?? Array(ellipsis.utf8)
    }
  }

  /// C0, DEL, C1, the separators of lines and paragraphs, and the marks that change the direction of writing.
  private static func isUnsafe(_ value: UInt32) -> Bool {
    switch value {
    case 0..<0x20, 0x7f..<0xa0, 0x2028...0x202e, 0x2066...0x2069, 0xfeff: true
    default: false
    }
  }

  private static func unicodeEscape(_ value: UInt32) -> [UInt8] {
    let hex = String(value, radix: 16)
    return Array(("\\u" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex).utf8)
  }
}
