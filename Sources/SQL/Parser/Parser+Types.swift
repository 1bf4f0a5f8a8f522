extension Parser {
  /// A type, as ksqlDB spells it.
  mutating func type() throws(SQLError) -> SQLType {
    guard case .word(let word) = token.kind else { throw unexpected(["a type"]) }
    if let type = Self.plainTypes[word] {
      advance()
      return type
    }
    if word == "DECIMAL" { return try decimal() }
    if let advice = Self.unsupportedTypes[word] {
      throw text.error("the type \(word) is not supported\(advice)", at: token.range)
    }
    throw text.error(
      "there is no type \(shown(token.range))", at: token.range,
      suggestion: NearestName.of(word, in: Self.plainTypes.keys.sorted() + ["DECIMAL"]))
  }

  private static let plainTypes: [String: SQLType] = [
    "BOOLEAN": .boolean, "INT": .integer, "INTEGER": .integer, "BIGINT": .bigint, "DOUBLE": .double, "STRING": .string,
    "VARCHAR": .string, "BYTES": .bytes, "TIMESTAMP": .timestamp, "DATE": .date,
  ]

  private static let unsupportedTypes = [
    "ARRAY": " yet; give each element a column of its own", "MAP": " yet; give each entry a column of its own",
    "STRUCT": " yet; give each field a column of its own", "TIME": " yet; use TIMESTAMP",
    "FLOAT": "; use DOUBLE", "REAL": "; use DOUBLE", "NUMERIC": "; use DECIMAL(precision, scale)",
    "LONG": "; use BIGINT", "SMALLINT": "; use INT", "TINYINT": "; use INT", "TEXT": "; use STRING", "CHAR": "; use STRING",
    "DATETIME": "; use TIMESTAMP",
  ]

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
