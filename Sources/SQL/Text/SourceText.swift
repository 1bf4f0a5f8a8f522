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
    let lineEnd = bytes[start...].firstIndex(of: newline) ?? bytes.count
    let end = min(max(range.end, start), lineEnd)
    let column = Self.printable(bytes[lineStart..<start]).count + 1
    let length = max(1, Self.printable(bytes[start..<end]).count)
    let excerpt = Self.excerpt(of: Self.printable(bytes[lineStart..<lineEnd]), around: column)
    return SQLError(
      file: name, line: bytes[..<start].count { $0 == newline } + 1, column: column, length: length, message: message,
      expected: expected, suggestion: suggestion, excerpt: excerpt.text, excerptColumn: excerpt.column)
  }

  /// Characters that would move the cursor become spaces, so that the caret stands where it should.
  private static func printable(_ bytes: ArraySlice<UInt8>) -> [Character] {
    var bytes = bytes
    while bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    let spaced = bytes.map { $0 < 0x20 || $0 == 0x7f ? UInt8(ascii: " ") : $0 }
    return Array(String(decoding: spaced, as: UTF8.self))
  }

  private static func excerpt(of line: [Character], around column: Int) -> (text: String, column: Int) {
    let before = 70
    let after = 50
    let first = max(0, column - 1 - before)
    let last = min(line.count, column - 1 + after)
    guard first < last else { return (String(line), min(column, line.count + 1)) }
    let head = first > 0 ? "…" : ""
    let tail = last < line.count ? "…" : ""
    return (head + String(line[first..<last]) + tail, column - first + head.count)
  }
}
