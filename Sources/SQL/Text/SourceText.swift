/// A half-open range of byte offsets into a statement text.
struct SourceRange: Hashable, Sendable {
  var start: Int
  var end: Int

  func through(_ other: SourceRange) -> SourceRange { SourceRange(start: start, end: max(end, other.end)) }
}

/// The text of one file, as the lexer reads it and as errors show it.
struct SourceText: Sendable {
  let name: String
  let bytes: [UInt8]

  /// Longest text that is read. Statements are written by people; beyond this it is some other file.
  static let maximumBytes = 16 << 20

  init(name: String, text: String) {
    self.name = name
    bytes = Array(text.utf8)
  }

  subscript(range: SourceRange) -> String {
    let start = min(max(0, range.start), bytes.count)
    return String(decoding: bytes[start..<min(max(start, range.end), bytes.count)], as: UTF8.self)
  }

  /// An error at `range`, with the line it stands on.
  func error(
    _ message: String, at range: SourceRange, expected: [String] = [], suggestion: String? = nil
  ) -> SQLError {
    let start = min(max(0, range.start), bytes.count)
    let newline = UInt8(ascii: "\n")
    let lineStart = bytes[..<start].lastIndex(of: newline).map { $0 + 1 } ?? 0
    var lineEnd = bytes[start...].firstIndex(of: newline) ?? bytes.count
    if lineEnd > start, bytes[lineEnd - 1] == UInt8(ascii: "\r") { lineEnd -= 1 }
    let end = min(max(range.end, start), lineEnd, start + Self.reach)
    let before = Self.printable(bytes[boundary(lineStart, start - Self.reach)..<start])
    let after = Self.printable(bytes[start..<boundary(start, min(lineEnd, start + Self.reach))])
    let length = Self.printable(bytes[start..<boundary(start, end)]).count
    let excerpt = Self.excerpt(before, after)
    return SQLError(
      file: name, line: bytes[..<start].count { $0 == newline } + 1,
      column: String(decoding: bytes[lineStart..<start], as: UTF8.self).count + 1, length: max(1, length),
      message: Self.short(message), expected: expected, suggestion: suggestion, excerpt: excerpt.text,
      excerptColumn: excerpt.column)
  }

  /// How many bytes of a line on either side of the place are looked at for the excerpt.
  private static let reach = 500

  /// `offset`, moved down to where a character of UTF-8 begins, and not below `lowest`.
  private func boundary(_ lowest: Int, _ offset: Int) -> Int {
    var offset = offset
    while offset > lowest, offset < bytes.count, bytes[offset] & 0xc0 == 0x80 { offset -= 1 }
    return max(lowest, offset)
  }

  /// Characters that would move the cursor become spaces, so that the caret stands where it should.
  private static func printable(_ bytes: ArraySlice<UInt8>) -> [Character] {
    let spaced = bytes.map { $0 < 0x20 || $0 == 0x7f ? UInt8(ascii: " ") : $0 }
    return Array(String(decoding: spaced, as: UTF8.self))
  }

  /// Names can be as long as the text itself.
  private static func short(_ message: String) -> String {
    message.utf8.count <= 800 ? message : "\(message.prefix(400))…\(message.suffix(200))"
  }

  private static func excerpt(_ before: [Character], _ after: [Character]) -> (text: String, column: Int) {
    let (most, room) = (70, 50)
    let head = before.count > most ? "…" + String(before.suffix(most)) : String(before)
    let tail = after.count > room ? String(after.prefix(room)) + "…" : String(after)
    return (head + tail, head.count + 1)
  }
}
