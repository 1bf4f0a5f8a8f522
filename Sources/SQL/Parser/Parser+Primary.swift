extension Parser {
  /// A value with what follows it: `[index]` and `->field`, any number of times.
  mutating func primary(allowingStar: Bool) throws(SQLError) -> SyntaxExpression {
    var value = try operand(allowingStar: allowingStar)
    if case .allOf = value.kind { return value }
    while true {
      if accept(.arrow) != nil {
        if let star = accept(.asterisk) {
          guard allowingStar else {
            throw text.error("->* can only stand in SELECT, alone between commas; name the field", at: star)
          }
          return try node(.allMembers(value), value.range.through(star), depth: value.depth + 1)
        }
        let field = try fieldName()
        value = try node(.member(value, field), value.range.through(field.range), depth: value.depth + 1)
      } else if accept(.leftBracket) != nil {
        let index = try expression()
        guard let end = accept(.rightBracket) else { throw unexpected(["]"]) }
        value = try node(
          .element(value, index: index), value.range.through(end), depth: max(value.depth, index.depth) + 1)
      } else {
        return value
      }
    }
  }

  /// A field's name after `->`, where no word can mean anything else.
  private mutating func fieldName() throws(SQLError) -> Name {
    if case .word(let word) = token.kind { return Name(text: word, range: advance()) }
    return try name("a field's name")
  }

  private mutating func operand(allowingStar: Bool) throws(SQLError) -> SyntaxExpression {
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
    if isNext(.comma), case .column = inner.kind {
      throw text.error(
        "a list has no meaning here; lambda functions (=>) are not supported: compute the value before it is written",
        at: start.through(token.range))
    }
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
    if let value = try constructed(name) { return value }
    if isNext(.leftParenthesis) { return try call(name) }
    if case .string = token.kind {
      throw text.error("\(name.text) before a text is not supported; write CAST('…' AS \(name.text))", at: name.range)
    }
    var column = SyntaxExpression(kind: .column(qualifier: nil, name), range: name.range, depth: 1)
    if accept(.dot) != nil {
      if allowingStar, let star = accept(.asterisk) {
        return SyntaxExpression(kind: .allOf(name), range: name.range.through(star), depth: 1)
      }
      let member = try self.name("a column's name")
      column = SyntaxExpression(
        kind: .column(qualifier: name, member), range: name.range.through(member.range), depth: 1)
    }
    if isNext(.lambda) { throw noLambda }
    return column
  }

  private var noLambda: SQLError {
    text.error("lambda functions (=>) are not supported; compute the value before it is written", at: token.range)
  }

  /// Functions whose first argument is a unit of time.
  private static let unitFunctions: Set<String> = [
    "TIMESTAMPADD", "TIMESTAMPSUB", "DATEADD", "DATESUB", "TIMEADD", "TIMESUB",
  ]

  /// A unit of time becomes its name as text.
  private mutating func firstArgument(of function: Name) throws(SQLError) -> SyntaxExpression {
    if Self.unitFunctions.contains(function.text), case .word(let word) = token.kind, let unit = TimeUnit(word: word) {
      return leaf(.string(unit.rawValue + "S"))
    }
    return try expression()
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
      arguments.append(try firstArgument(of: name))
      while accept(.comma) != nil { arguments.append(try expression()) }
    }
    if isNext(.lambda) { throw noLambda }
    guard let end = accept(.rightParenthesis) else { throw unexpected([",", ")"]) }
    let depth = arguments.reduce(0) { max($0, $1.depth) } + 1
    return try node(.call(name, arguments), name.range.through(end), depth: depth)
  }
}
