/// Recursive descent over ksqlDB's grammar (`SqlBase.g4`), with Pratt parsing for expressions.
///
/// What ksqlDB knows and the engine never runs is refused here by name, with what to use instead.
/// Pure: text in, statements or a `SQLError` out. Stack use is bounded by `maximumDepth`.
struct Parser {
  let text: SourceText
  private var lexer: Lexer
  /// What DEFINE set, by upper-cased name: in force from the token after the next one on.
  var variables: [String: String] {
    get { lexer.variables }
    set { lexer.variables = newValue }
  }
  /// The token not yet consumed.
  private(set) var token: Token
  /// Where the last consumed token ended; errors at the end of the text point here.
  private var previous = SourceRange(start: 0, end: 0)
  private var nesting = 0

  /// Deepest nesting of an expression, operators in a row included.
  static let maximumDepth = 200

  init(_ text: SourceText) throws(SQLError) {
    guard text.bytes.count <= SourceText.maximumBytes else {
      throw text.error(
        "the text is larger than \(SourceText.maximumBytes >> 20) MiB; split it into several files",
        at: SourceRange(start: 0, end: 1))
    }
    self.text = text
    lexer = Lexer(text)
    token = try lexer.next()
  }

  /// Where the statement read last begins and ends, its `;` aside.
  private(set) var statementRange = SourceRange(start: 0, end: 0)

  /// The next statement, its `;` consumed; nil at the end. The last `;` of a text may be left out.
  mutating func nextStatement() throws(SQLError) -> Statement? {
    while accept(.semicolon) != nil {}
    try refuseBadToken()
    guard token.kind != .end else { return nil }
    let start = token.range
    let statement = try statement()
    try refuseBadToken()
    guard token.kind == .end || token.kind == .symbol(.semicolon) else { throw unexpected([";"]) }
    statementRange = start.through(consumed)
    return statement
  }

  // MARK: Tokens

  /// An error the lexer met while looking one token ahead, kept until that token is asked for.
  private var lexical: SQLError?

  @discardableResult
  mutating func advance() -> SourceRange {
    previous = token.range
    do {
      token = try lexer.next()
    } catch {
      lexical = lexical ?? error
      token = Token(kind: .end, range: SourceRange(start: text.bytes.count, end: text.bytes.count))
    }
    return previous
  }

  /// Throws what the lexer met, if anything.
  func refuseBadToken() throws(SQLError) {
    if let lexical { throw lexical }
  }

  /// The place of the last consumed token.
  var consumed: SourceRange { previous }

  func isNext(_ word: String) -> Bool { token.isWord(word) }

  func isNext(_ symbol: Token.Symbol) -> Bool { token.kind == .symbol(symbol) }

  mutating func accept(_ word: String) -> SourceRange? { isNext(word) ? advance() : nil }

  mutating func accept(_ symbol: Token.Symbol) -> SourceRange? { isNext(symbol) ? advance() : nil }

  @discardableResult
  mutating func expect(_ word: String) throws(SQLError) -> SourceRange {
    guard let range = accept(word) else { throw unexpected([word]) }
    return range
  }

  @discardableResult
  mutating func expect(_ symbol: Token.Symbol) throws(SQLError) -> SourceRange {
    guard let range = accept(symbol) else { throw unexpected([symbol.rawValue]) }
    return range
  }

  /// The error for a token that cannot stand here. A word close to an expected keyword is suggested.
  func unexpected(_ expected: [String]) -> SQLError {
    if let lexical { return lexical }
    guard token.kind != .end else {
      let end = SourceRange(start: previous.end, end: previous.end)
      return text.error("the statement ends too early", at: end, expected: expected)
    }
    var suggestion: String?
    if case .word(let word) = token.kind {
      suggestion = NearestName.of(word, in: expected.filter { $0.first?.isLetter == true })
    }
    return text.error("\(shown(token.range)) cannot stand here", at: token.range, expected: expected, suggestion: suggestion)
  }

  /// The text at `range`, short enough for one line.
  func shown(_ range: SourceRange) -> String {
    let short = text[SourceRange(start: range.start, end: min(range.end, range.start + 40))]
    let line = short.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    return range.end > range.start + 40 || line.count < short.count ? line + "…" : line
  }

  // MARK: Names

  /// A name; `what` says of what, for the error.
  mutating func name(_ what: String) throws(SQLError) -> Name {
    switch token.kind {
    case .quotedIdentifier(let name):
      return Name(text: name, range: advance())
    case .word(let word):
      guard !Self.reserved.contains(word) else {
        throw text.error(
          "\(word) is a word of the language; to use it as \(what), write it in `backquotes`", at: token.range,
          expected: [what])
      }
      return Name(text: word, range: advance())
    default:
      throw unexpected([what])
    }
  }

  /// Words that end or join clauses, so that they cannot be names unless quoted.
  static let reserved: Set<String> = [
    "AND", "AS", "BETWEEN", "BY", "CASE", "CAST", "CREATE", "DISTINCT", "DROP", "ELSE", "EMIT", "END", "EXISTS", "FALSE",
    "FROM", "FULL", "GROUP", "HAVING", "IN", "INNER", "INSERT", "INTO", "IS", "JOIN", "LEFT", "LIKE", "LIMIT", "NOT",
    "NULL", "ON", "OR", "OUTER", "PARTITION", "RIGHT", "SELECT", "THEN", "TRUE", "WHEN", "WHERE", "WINDOW", "WITH",
    "WITHIN",
  ]

  // MARK: Depth

  /// Runs `body` one level deeper; refuses nesting that no person writes before it can exhaust the stack.
  mutating func nested<T>(_ body: (inout Parser) throws(SQLError) -> T) throws(SQLError) -> T {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= Self.maximumDepth else { throw tooDeep(token.range) }
    return try body(&self)
  }

  /// An expression node over `children`, whose depth is checked.
  func node(_ kind: SyntaxExpression.Kind, _ range: SourceRange, depth: Int) throws(SQLError) -> SyntaxExpression {
    guard depth <= Self.maximumDepth else { throw tooDeep(consumed) }
    return SyntaxExpression(kind: kind, range: range, depth: depth)
  }

  private func tooDeep(_ range: SourceRange) -> SQLError {
    text.error(
      "this expression is more than \(Self.maximumDepth) levels deep, operators in a row included; "
        + "use IN for long alternatives, or split it over two streams", at: range)
  }
}
