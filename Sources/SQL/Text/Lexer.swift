/// Text to tokens, one at a time, as ksqlDB's grammar cuts them (`SqlBase.g4`, lexer rules).
///
/// Pure and total: any bytes give a token or a `SQLError`.
struct Lexer {
  let text: SourceText
  var position = 0
  /// What DEFINE set, by upper-cased name.
  var variables: [String: String] = [:]
  /// The rest of a variable's value.
  var pending: [Token] = []

  init(_ text: SourceText) { self.text = text }

  /// The next token; `.end` for ever once the text is used up.
  mutating func next() throws(SQLError) -> Token {
    if !pending.isEmpty { return pending.removeFirst() }
    try skipBlanks()
    let start = position
    if peek() == UInt8(ascii: "$"), peek(1) == UInt8(ascii: "{") { return try variable() }
    guard let byte = peek() else { return Token(kind: .end, range: SourceRange(start: start, end: start)) }
    let kind: Token.Kind =
      switch byte {
      case UInt8(ascii: "'"): .string(try quoted(byte, "string"))
      case UInt8(ascii: "`"), UInt8(ascii: "\""): .quotedIdentifier(try identifier(quotedBy: byte))
      case _ where byte.isDigit: try number()
      case UInt8(ascii: ".") where peek(1)?.isDigit == true: try number()
      case _ where byte.startsIdentifier: .word(word())
      default: .symbol(try symbol())
      }
    return Token(kind: kind, range: SourceRange(start: start, end: position))
  }

  private func peek(_ ahead: Int = 0) -> UInt8? {
    position + ahead < text.bytes.count ? text.bytes[position + ahead] : nil
  }

  private mutating func skip(while condition: (UInt8) -> Bool) {
    while let byte = peek(), condition(byte) { position += 1 }
  }

  private mutating func skipBlanks() throws(SQLError) {
    while let byte = peek() {
      if byte == 0x20 || (0x09...0x0d).contains(byte) {
        position += 1
      } else if byte == UInt8(ascii: "-"), peek(1) == byte {
        skip { $0 != UInt8(ascii: "\n") }
      } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
        try skipBlockComment()
      } else if byte == 0xef, peek(1) == 0xbb, peek(2) == 0xbf, position == 0 {
        position += 3
      } else {
        return
      }
    }
  }

  private mutating func skipBlockComment() throws(SQLError) {
    let start = position
    position += 2
    while let byte = peek() {
      if byte == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
        position += 2
        return
      }
      position += 1
    }
    throw text.error(
      "this comment is never closed", at: SourceRange(start: start, end: start + 2), expected: ["*/"])
  }

  private mutating func word() -> String {
    let start = position
    skip { $0.continuesIdentifier }
    return text[SourceRange(start: start, end: position)].uppercased()
  }

  private mutating func identifier(quotedBy quote: UInt8) throws(SQLError) -> String {
    let start = position
    let name = try quoted(quote, "quoted name")
    guard !name.isEmpty else {
      throw text.error("a name cannot be empty", at: SourceRange(start: start, end: position))
    }
    return name
  }

  /// Text between two `quote`s; the quote itself is written twice inside.
  private mutating func quoted(_ quote: UInt8, _ what: String) throws(SQLError) -> String {
    let start = position
    var content: [UInt8] = []
    position += 1
    while let byte = peek() {
      position += 1
      if byte != quote {
        content.append(byte)
      } else if peek() == quote {
        content.append(quote)
        position += 1
      } else {
        return try substituted(String(decoding: content, as: UTF8.self), at: SourceRange(start: start, end: position))
      }
    }
    throw text.error(
      "this \(what) is never closed", at: SourceRange(start: start, end: start + 1),
      expected: [String(UnicodeScalar(quote))])
  }
}

extension Lexer {
  private mutating func number() throws(SQLError) -> Token.Kind {
    let start = position
    skip { $0.isDigit }
    var kind = Token.Kind.integer(text[SourceRange(start: start, end: position)])
    if peek() == UInt8(ascii: ".") {
      position += 1
      skip { $0.isDigit }
      kind = .decimal(text[SourceRange(start: start, end: position)])
    }
    if let double = try exponent(from: start) { kind = .double(double) }
    guard peek()?.continuesIdentifier == true else { return kind }
    return try digitIdentifier(from: start, isPlain: text.bytes[start..<position].allSatisfy(\.continuesIdentifier))
  }

  /// The number from `start` on when an exponent follows, otherwise nothing is consumed.
  private mutating func exponent(from start: Int) throws(SQLError) -> Double? {
    guard let mark = peek(), mark | 0x20 == UInt8(ascii: "e") else { return nil }
    let signed = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")
    guard peek(signed ? 2 : 1)?.isDigit == true else { return nil }
    position += signed ? 2 : 1
    skip { $0.isDigit }
    let range = SourceRange(start: start, end: position)
    guard let value = Double(text[range]), value.isFinite else {
      throw text.error("this number is too large for a DOUBLE", at: range)
    }
    return value
  }

  /// ksqlDB allows names that begin with a digit (`DIGIT_IDENTIFIER`), such as `1M_CANDLES`.
  private mutating func digitIdentifier(from start: Int, isPlain: Bool) throws(SQLError) -> Token.Kind {
    skip { $0.continuesIdentifier }
    let range = SourceRange(start: start, end: position)
    guard isPlain else {
      throw text.error("this is neither a number nor a name; put a blank after the number", at: range)
    }
    return .word(text[range].uppercased())
  }

  private mutating func symbol() throws(SQLError) -> Token.Symbol {
    if let pair = two() {
      position += 2
      return pair
    }
    let start = position
    let byte = text.bytes[position]
    if byte < 0x80, let symbol = Token.Symbol(rawValue: String(UnicodeScalar(byte))) {
      position += 1
      return symbol
    }
    position += 1
    skip { $0 & 0xc0 == 0x80 }
    let range = SourceRange(start: start, end: position)
    throw text.error(
      byte < 0x20 || byte == 0x7f
        ? "this control character has no meaning in SQL; remove it"
        : "the character \(text[range]) has no meaning here; names with such characters are written in `backquotes`",
      at: range)
  }

  private func two() -> Token.Symbol? {
    guard let first = peek(), let second = peek(1), first < 0x80, second < 0x80 else { return nil }
    let pair = String(decoding: [first, second], as: UTF8.self)
    return pair == "!=" ? .notEqual : Token.Symbol(rawValue: pair)
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  fileprivate var startsIdentifier: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) || self == UInt8(ascii: "_")
  }

  fileprivate var continuesIdentifier: Bool { startsIdentifier || isDigit || self == UInt8(ascii: "@") }
}
