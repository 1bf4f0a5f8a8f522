import Testing

@testable import SQL

@Suite struct LexerTests {
  private func kinds(_ text: String) throws -> [Token.Kind] {
    var lexer = Lexer(SourceText(name: "t", text: text))
    var kinds: [Token.Kind] = []
    while true {
      let token = try lexer.next()
      if token.kind == .end { return kinds }
      kinds.append(token.kind)
    }
  }

  @Test func `unquoted names are upper-cased and quoted ones stay as written`() throws {
    #expect(
      try kinds("Sel_1 `mixed Case` \"with \"\"quotes\"\"\" `a``b`") == [
        .word("SEL_1"), .quotedIdentifier("mixed Case"), .quotedIdentifier("with \"quotes\""), .quotedIdentifier("a`b"),
      ])
  }

  @Test func `a quote inside a text is written twice`() throws {
    #expect(try kinds("'it''s' '' '''' 'λ→\n'") == [.string("it's"), .string(""), .string("'"), .string("λ→\n")])
  }

  @Test func `numbers are integers, exact decimals, or doubles by their exponent`() throws {
    #expect(
      try kinds("007 1.50 .5 2. 1e3 1.5E-2 .5e+1") == [
        .integer("007"), .decimal("1.50"), .decimal(".5"), .decimal("2."), .double(1000), .double(0.015), .double(5),
      ])
  }

  @Test func `a name may begin with a digit`() throws {
    #expect(try kinds("1m_candles 2e3x 5@a") == [.word("1M_CANDLES"), .word("2E3X"), .word("5@A")])
  }

  @Test func `comments of both kinds and blanks separate tokens and mean nothing`() throws {
    #expect(
      try kinds("\u{FEFF}a -- b ' `\nc/* d\n ' */e\r\n\t--") == [.word("A"), .word("C"), .word("E")])
  }

  @Test func `operators of two characters win over those of one`() throws {
    #expect(
      try kinds("<=<>>=!=||->=>- -.") == [
        .symbol(.lessOrEqual), .symbol(.notEqual), .symbol(.greaterOrEqual), .symbol(.notEqual), .symbol(.concat),
        .symbol(.arrow), .symbol(.lambda), .symbol(.minus), .symbol(.minus), .symbol(.dot),
      ])
  }

  @Test func `tokens know their bytes`() throws {
    var lexer = Lexer(SourceText(name: "t", text: " 'é' x"))
    #expect(try lexer.next().range == SourceRange(start: 1, end: 5))
    #expect(try lexer.next().range == SourceRange(start: 6, end: 7))
    #expect(try lexer.next().range == SourceRange(start: 7, end: 7))
  }

  @Test(arguments: ["'open", "`open", "\"open", "/* open", "``", "1.5x", "1e999", "#", "é", "\u{1}", "${v}", "|", "!"])
  func `what is no token is refused`(text: String) {
    #expect(throws: SQLError.self) { try kinds(text) }
  }
}
