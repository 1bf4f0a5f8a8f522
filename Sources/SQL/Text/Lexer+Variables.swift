extension Lexer {
  /// `${name}` outside of quotes: one name or one constant, as the variable's value spells it.
  mutating func variable() throws(SQLError) -> Token {
    let start = position
    guard let end = text.bytes[start..<min(start + 200, text.bytes.count)].firstIndex(of: UInt8(ascii: "}")) else {
      throw text.error("this variable is never closed", at: SourceRange(start: start, end: start + 2), expected: ["}"])
    }
    position = end + 1
    let range = SourceRange(start: start, end: position)
    let name = text[SourceRange(start: start + 2, end: end)].uppercased()
    guard let value = variables[name] else {
      throw text.error(
        "there is no variable \(name); write DEFINE \(name) = '…' before", at: range,
        suggestion: NearestName.of(name, in: variables.keys.sorted()))
    }
    let tokens = Self.tokens(of: value)
    guard let first = tokens.first, tokens.count == 1 || (tokens.count == 2 && first.kind == .symbol(.minus)) else {
      throw text.error("the value of \(name) is neither one name nor one constant", at: range)
    }
    pending = tokens.dropFirst().map { Token(kind: $0.kind, range: range) }
    return Token(kind: first.kind, range: range)
  }

  /// The first three tokens of a value; none when it cannot be read.
  private static func tokens(of value: String) -> [Token] {
    var lexer = Lexer(SourceText(name: "", text: value))
    var tokens: [Token] = []
    while tokens.count < 3, let token = try? lexer.next(), token.kind != .end { tokens.append(token) }
    return tokens
  }

  /// Variables that hold one another grow tenfold in a line each.
  private static let largestSubstituted = 1 << 20

  /// Text in quotes with the variables that are known put in; any other `${…}` stays, since it may be meant as it stands.
  func substituted(_ content: String, at range: SourceRange) throws(SQLError) -> String {
    guard !variables.isEmpty, content.contains("${") else { return content }
    var result = ""
    var rest = content[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[dollar...]
      let inner = rest.dropFirst(2)
      guard rest.hasPrefix("${"), let end = inner.firstIndex(of: "}"), let value = variables[inner[..<end].uppercased()] else {
        result += "$"
        rest = rest.dropFirst()
        continue
      }
      result += value
      guard result.utf8.count <= Self.largestSubstituted else {
        throw text.error("with its variables put in, this is larger than \(Self.largestSubstituted >> 20) MiB", at: range)
      }
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }
}
