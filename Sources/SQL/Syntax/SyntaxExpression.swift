/// A name as it was written, with its place. Unquoted names are upper-cased.
struct Name: Hashable, Sendable {
  var text: String
  var range: SourceRange
}

/// An expression as it was written: nothing resolved, nothing typed.
///
/// `depth` is at most `Parser.maximumDepth`, so every walk over a tree may recurse.
struct SyntaxExpression: Hashable, Sendable {
  var kind: Kind
  var range: SourceRange
  var depth: Int
  var isParenthesised = false

  indirect enum Kind: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(String)
    case decimal(String)
    case double(Double)
    case string(String)
    case column(qualifier: Name?, Name)
    case unary(Unary, SyntaxExpression)
    case binary(Binary, SyntaxExpression, SyntaxExpression)
    case between(SyntaxExpression, low: SyntaxExpression, high: SyntaxExpression, negated: Bool)
    case isIn(SyntaxExpression, [SyntaxExpression], negated: Bool)
    case like(SyntaxExpression, pattern: SyntaxExpression, escape: Name?, negated: Bool)
    case isNull(SyntaxExpression, negated: Bool)
    case isDistinct(SyntaxExpression, SyntaxExpression, negated: Bool)
    /// Searched CASE without, simple CASE with an operand.
    case conditional(operand: SyntaxExpression?, [When], otherwise: SyntaxExpression?)
    case cast(SyntaxExpression, SQLType)
    case call(Name, [SyntaxExpression])
    /// `COUNT(*)`.
    case callStar(Name)
    /// `t.*`, which only a select list may hold.
    case allOf(Name)
    /// `base[index]`.
    case element(SyntaxExpression, index: SyntaxExpression)
    /// `base->name`.
    case member(SyntaxExpression, Name)
    /// `base->*`, which only a select list may hold.
    case allMembers(SyntaxExpression)
    case array([SyntaxExpression])
    case map([Entry])
    case structure([NamedValue])
  }

  /// `key := value` of MAP.
  struct Entry: Hashable, Sendable {
    var key: SyntaxExpression
    var value: SyntaxExpression
  }

  /// `name := value` of STRUCT.
  struct NamedValue: Hashable, Sendable {
    var name: Name
    var value: SyntaxExpression
  }

  struct When: Hashable, Sendable {
    var condition: SyntaxExpression
    var result: SyntaxExpression
  }

  enum Unary: Hashable, Sendable { case not, minus, plus }

  enum Binary: String, Hashable, Sendable {
    case or = "OR"
    case and = "AND"
    case equal = "="
    case notEqual = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case concat = "||"
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case modulo = "%"
  }

  /// Whether this is an IN.
  var isList: Bool { if case .isIn = kind { true } else { false } }

  /// The expressions directly below this one, in the order written.
  var children: [SyntaxExpression] {
    switch kind {
    case .null, .boolean, .integer, .decimal, .double, .string, .column, .callStar, .allOf: []
    case .unary(_, let a), .isNull(let a, _), .cast(let a, _), .member(let a, _), .allMembers(let a): [a]
    case .binary(_, let a, let b), .like(let a, let b, _, _), .isDistinct(let a, let b, _): [a, b]
    case .element(let a, let index): [a, index]
    case .array(let elements): elements
    case .map(let entries): entries.flatMap { [$0.key, $0.value] }
    case .structure(let members): members.map(\.value)
    case .between(let a, let low, let high, _): [a, low, high]
    case .isIn(let a, let list, _): [a] + list
    case .conditional(let operand, let whens, let otherwise):
      [operand].compactMap(\.self) + whens.flatMap { [$0.condition, $0.result] } + [otherwise].compactMap(\.self)
    case .call(_, let arguments): arguments
    }
  }
}
