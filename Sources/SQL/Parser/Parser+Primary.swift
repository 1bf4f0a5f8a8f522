extension Parser {
  mutating func primary(allowingStar: Bool) throws(SQLError) -> SyntaxExpression {
    let range = token.range
    switch token.kind {
    case .integer(let digits): return leaf(.integer(digits))
    case .decimal(let digits): return leaf(.decimal(digits))
    case .double(let value): return leaf(.double(value))
    case .string(let string): return leaf(.string(string))
    case .word("NULL"): return leaf(.null)
    case .word("TRUE"): return leaf(.boolean(true))
    case .word("FALSE"): return leaf(.boolean(false))
    case .word("CASE"): return try conditional()
    case .word("CAST"): return try cast()
    case .symbol(.leftParenthesis): return try parenthesised()
    case .symbol(.leftBracket):
      throw text.error("[ ] is not supported: there are no arrays and maps yet", at: range)
    case .word(let word) where Self.reserved.contains(word):
      throw unexpected(["an expression"])
    case .word, .quotedIdentifier: return try nameOrCall(allowingStar: allowingStar)
    default: throw unexpected(["an expression"])
    }
  }

  private mutating func leaf(_ kind: SyntaxExpression.Kind) -> SyntaxExpression {
    SyntaxExpression(kind: kind, range: advance(), depth: 1)
  }

  private mutating func parenthesised() throws(SQLError) -> SyntaxExpression {
    let start = try expect(.leftParenthesis)
    var inner = try expression()
    guard accept(.rightParenthesis) != nil else { throw unexpected([")"]) }
    inner.range = start.through(consumed)
    inner.isParenthesised = true
    return inner
  }

  private mutating func cast() throws(SQLError) -> SyntaxExpression {
    let start = try expect("CAST")
    try expect(.leftParenthesis)
    let operand = try expression()
    try expect("AS")
    let type = try type()
    let end = try expect(.rightParenthesis)
    return try node(.cast(operand, type), start.through(end), depth: operand.depth + 1)
  }

  private mutating func conditional() throws(SQLError) -> SyntaxExpression {
    let start = try expect("CASE")
    let operand = isNext("WHEN") ? nil : try expression()
    var whens: [SyntaxExpression.When] = []
    while accept("WHEN") != nil {
      let condition = try expression()
      try expect("THEN")
      whens.append(SyntaxExpression.When(condition: condition, result: try expression()))
    }
    guard !whens.isEmpty else { throw unexpected(["WHEN"]) }
    let otherwise = accept("ELSE") != nil ? try expression() : nil
    guard let end = accept("END") else { throw unexpected(otherwise == nil ? ["WHEN", "ELSE", "END"] : ["END"]) }
    let deepest = whens.reduce(max(operand?.depth ?? 0, otherwise?.depth ?? 0)) {
      max($0, $1.condition.depth, $1.result.depth)
    }
    return try node(
      .conditional(operand: operand, whens, otherwise: otherwise), start.through(end), depth: deepest + 1)
  }

  private mutating func nameOrCall(allowingStar: Bool) throws(SQLError) -> SyntaxExpression {
    let name = try self.name("a column's name")
    if isNext(.leftParenthesis) { return try call(name) }
    var column = SyntaxExpression(kind: .column(qualifier: nil, name), range: name.range, depth: 1)
    if accept(.dot) != nil {
      if allowingStar, let star = accept(.asterisk) {
        return SyntaxExpression(kind: .allOf(name), range: name.range.through(star), depth: 1)
      }
      let member = try self.name("a column's name")
      column = SyntaxExpression(
        kind: .column(qualifier: name, member), range: name.range.through(member.range), depth: 1)
    }
    if isNext(.arrow) {
      throw text.error("-> is not supported: there are no STRUCT columns yet", at: token.range)
    }
    if isNext(.lambda) { throw text.error("lambda functions (=>) are not supported", at: token.range) }
    if isNext(.leftBracket) {
      throw text.error("[ ] is not supported: there are no ARRAY and MAP columns yet", at: token.range)
    }
    return column
  }

  private mutating func call(_ name: Name) throws(SQLError) -> SyntaxExpression {
    try expect(.leftParenthesis)
    if let star = accept(.asterisk) {
      let end = try expect(.rightParenthesis)
      guard name.text == "COUNT" else {
        throw text.error("only COUNT takes *; name the column that \(name.text) shall work on", at: star)
      }
      return try node(.callStar(name), name.range.through(end), depth: 1)
    }
    if isNext("DISTINCT") {
      throw text.error("DISTINCT in a call is not supported yet", at: token.range)
    }
    var arguments: [SyntaxExpression] = []
    if !isNext(.rightParenthesis) {
      arguments.append(try expression())
      while accept(.comma) != nil { arguments.append(try expression()) }
    }
    guard let end = accept(.rightParenthesis) else { throw unexpected([",", ")"]) }
    let depth = arguments.reduce(0) { max($0, $1.depth) } + 1
    return try node(.call(name, arguments), name.range.through(end), depth: depth)
  }
}
