/// One lexical unit with its place.
struct Token: Hashable, Sendable {
  var kind: Kind
  var range: SourceRange

  enum Kind: Hashable, Sendable {
    /// Keyword or unquoted identifier, upper-cased. Which of the two it is depends on where it stands.
    case word(String)
    /// `…` or "…", unescaped.
    case quotedIdentifier(String)
    case string(String)
    /// Digits only.
    case integer(String)
    /// Digits with a point, no exponent: an exact decimal.
    case decimal(String)
    /// With an exponent: a DOUBLE.
    case double(Double)
    case symbol(Symbol)
    case end
  }

  enum Symbol: String, Hashable, Sendable, CaseIterable {
    case leftParenthesis = "("
    case rightParenthesis = ")"
    case leftBracket = "["
    case rightBracket = "]"
    case comma = ","
    case semicolon = ";"
    case dot = "."
    case plus = "+"
    case minus = "-"
    case asterisk = "*"
    case slash = "/"
    case percent = "%"
    case concat = "||"
    case equal = "="
    case notEqual = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case arrow = "->"
    case lambda = "=>"
    case colon = ":"
    case assign = ":="
  }

  func isWord(_ word: String) -> Bool { kind == .word(word) }
}
