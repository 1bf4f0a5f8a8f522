extension Parser {
  /// A type, as ksqlDB spells it.
  mutating func type() throws(SQLError) -> SQLType {
    try nested { parser throws(SQLError) in try parser.anyType() }
  }

  private mutating func anyType() throws(SQLError) -> SQLType {
    guard case .word(let word) = token.kind else { throw unexpected(["a type"]) }
    switch word {
    case "DECIMAL": return try decimal()
    case "ARRAY":
      advance()
      try expect(.less)
      return try closed(.array(try type()))
    case "MAP": return try map()
    case "STRUCT": return try structure()
    default: break
    }
    if let type = Self.plainTypes[word] {
      advance()
      return try withoutLength(type, word)
    }
    if let advice = Self.unsupportedTypes[word] {
      throw text.error("the type \(word) is not supported; \(advice)", at: token.range)
    }
    throw text.error(
      "there is no type \(shown(token.range))", at: token.range,
      suggestion: NearestName.of(word, in: Self.plainTypes.keys.sorted() + ["ARRAY", "DECIMAL", "MAP", "STRUCT"]))
  }

  private static let plainTypes: [String: SQLType] = [
    "BOOLEAN": .boolean, "INT": .integer, "INTEGER": .integer, "BIGINT": .bigint, "DOUBLE": .double, "STRING": .string,
    "VARCHAR": .string, "BYTES": .bytes, "TIMESTAMP": .timestamp, "DATE": .date, "TIME": .time,
  ]

  private static let unsupportedTypes = [
    "FLOAT": "use DOUBLE", "REAL": "use DOUBLE", "NUMERIC": "use DECIMAL(precision, scale)", "LONG": "use BIGINT",
    "SMALLINT": "use INT", "TINYINT": "use INT", "TEXT": "use STRING", "CHAR": "use STRING", "DATETIME": "use TIMESTAMP",
  ]

  /// ksqlDB takes `VARCHAR(n)` and ignores the number; nothing is ignored here. `VARCHAR(STRING)` says nothing.
  private mutating func withoutLength(_ type: SQLType, _ word: String) throws(SQLError) -> SQLType {
    guard let start = accept(.leftParenthesis) else { return type }
    guard word == "VARCHAR", accept("STRING") != nil else {
      throw text.error("\(word) has no length here; leave the parentheses out", at: start)
    }
    try expect(.rightParenthesis)
    return type
  }

  private mutating func map() throws(SQLError) -> SQLType {
    advance()
    try expect(.less)
    let start = token.range
    let key = try type()
    guard !key.isNested else {
      throw text.error("the keys of a MAP are no ARRAY, MAP or STRUCT", at: start.through(consumed))
    }
    try expect(.comma)
    return try closed(.map(key, try type()))
  }

  private mutating func structure() throws(SQLError) -> SQLType {
    advance()
    try expect(.less)
    var members: [SQLType.Member] = []
    var names: Set<String> = []
    while members.isEmpty || accept(.comma) != nil {
      let name = try name("a field's name")
      guard names.insert(name.text).inserted else {
        throw text.error("the field \(name.text) is declared twice", at: name.range)
      }
      members.append(SQLType.Member(name: name.text, type: try type()))
    }
    return try closed(.structure(members))
  }

  /// `type` once its `>` has been read.
  private mutating func closed(_ type: SQLType) throws(SQLError) -> SQLType {
    guard accept(.greater) != nil else {
      if case .structure = type { throw unexpected([",", ">"]) }
      throw unexpected([">"])
    }
    return type
  }

  private mutating func decimal() throws(SQLError) -> SQLType {
    let start = advance()
    guard isNext(.leftParenthesis) else {
      throw text.error("DECIMAL needs its digits: DECIMAL(precision, scale)", at: start, expected: ["("])
    }
    advance()
    let precision = try digits()
    try expect(.comma)
    let scale = try digits()
    try expect(.rightParenthesis)
    guard let precision, let scale, (1...38).contains(precision), (0...precision).contains(scale) else {
      throw text.error(
        "a DECIMAL has 1 to 38 digits, of which 0 to all stand after the point", at: start.through(consumed))
    }
    return .decimal(precision: precision, scale: scale)
  }

  /// A whole number; nil inside when it is far too large.
  private mutating func digits() throws(SQLError) -> Int? {
    guard case .integer(let digits) = token.kind else { throw unexpected(["a whole number"]) }
    advance()
    return Int(digits)
  }
}
