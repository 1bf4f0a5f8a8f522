extension Parser {
  mutating func statement() throws(SQLError) -> Statement {
    let start = token.range
    guard case .word(let word) = token.kind else { throw unexpected(Self.openings) }
    switch word {
    case "CREATE": return try create(from: advance())
    case "SELECT": return .select(try query())
    case "INSERT": return try insert(from: advance())
    case "DROP": return try drop(from: advance())
    case "ALTER": return try alter(from: advance())
    case "SET":
      advance()
      return .set(try setting())
    case "UNSET":
      advance()
      return .unset(try stringLiteral("'the setting'"))
    case "DEFINE":
      advance()
      let name = try name("a variable's name")
      try expect(.equal)
      return .define(Setting(name: name, value: try stringLiteral("'its value'")))
    case "UNDEFINE":
      advance()
      return .undefine(try name("a variable's name"))
    case "SHOW", "LIST": return try show(from: advance())
    case "DESCRIBE": return try describe(from: advance())
    case "EXPLAIN": return try explain(from: advance())
    case "PRINT": return try print(from: advance())
    case "TERMINATE", "PAUSE", "RESUME": return try control(word)
    case "ASSERT": return try assertion(from: advance())
    case "RUN":
      throw text.error("RUN SCRIPT is not supported; pass the file to the command itself", at: start)
    default: throw unexpected(Self.openings)
    }
  }

  private static let openings = [
    "CREATE", "SELECT", "INSERT", "DROP", "ALTER", "SET", "UNSET", "DEFINE", "UNDEFINE", "SHOW", "LIST", "DESCRIBE", "EXPLAIN",
    "PRINT", "TERMINATE", "PAUSE", "RESUME", "ASSERT",
  ]

  /// `( element, … )` with at least one element.
  mutating func list<T>(_ element: (inout Parser) throws(SQLError) -> T) throws(SQLError) -> [T] {
    try expect(.leftParenthesis)
    var elements = [try element(&self)]
    while accept(.comma) != nil { elements.append(try element(&self)) }
    guard accept(.rightParenthesis) != nil else { throw unexpected([",", ")"]) }
    return elements
  }

  mutating func stringLiteral(_ what: String) throws(SQLError) -> Name {
    guard case .string(let string) = token.kind else { throw unexpected([what]) }
    return Name(text: string, range: advance())
  }

  // MARK: INSERT

  private mutating func insert(from start: SourceRange) throws(SQLError) -> Statement {
    try expect("INTO")
    let name = try name("a stream's or table's name")
    let range = start.through(name.range)
    if isNext(.leftParenthesis) || isNext("VALUES") { return .insertValues(try row(into: name, range)) }
    let properties = isNext("WITH") ? try self.properties() : []
    guard isNext("SELECT") else { throw unexpected(["(", "VALUES", "SELECT"]) }
    return .insertSelect(InsertSelect(name: name, properties: properties, query: try query(), range: range))
  }

  /// `(columns) VALUES (values)`.
  mutating func row(
    into name: Name, _ range: SourceRange, before word: String = "VALUES"
  ) throws(SQLError) -> InsertRow {
    var columns: [Name] = []
    if isNext(.leftParenthesis) {
      columns = try list { parser throws(SQLError) in try parser.name("a column's name") }
    }
    try expect(word)
    let values = try list { parser throws(SQLError) in try parser.expression() }
    return InsertRow(name: name, columns: columns, values: values, range: range)
  }

  // MARK: DROP and ALTER

  private mutating func drop(from start: SourceRange) throws(SQLError) -> Statement {
    for kind in ["TYPE", "CONNECTOR"] where isNext(kind) {
      throw text.error("DROP \(kind) is not supported; only streams and tables can be dropped", at: token.range)
    }
    let isTable = try isTable()
    let ifExists = accept("IF") != nil
    if ifExists { try expect("EXISTS") }
    let name = try name(isTable ? "the table's name" : "the stream's name")
    var drop = Drop(isTable: isTable, name: name, ifExists: ifExists, range: start.through(consumed))
    if accept("DELETE") != nil {
      try expect("TOPIC")
      drop.deletesTopic = true
      drop.range = start.through(consumed)
    }
    return .drop(drop)
  }

  private mutating func alter(from start: SourceRange) throws(SQLError) -> Statement {
    if isNext("SYSTEM") {
      throw text.error("ALTER SYSTEM is not supported; settings of a worker are given on its command line", at: token.range)
    }
    let isTable = try isTable()
    let name = try name(isTable ? "the table's name" : "the stream's name")
    var columns: [ColumnDefinition] = []
    while columns.isEmpty || accept(.comma) != nil {
      guard accept("ADD") != nil else { throw unexpected(["ADD"]) }
      _ = accept("COLUMN")
      let column = try self.name("a column's name")
      let type = try type()
      columns.append(ColumnDefinition(name: column, type: type, range: column.range.through(consumed)))
    }
    return .alter(Alter(isTable: isTable, name: name, columns: columns))
  }

  /// Consumes STREAM or TABLE.
  mutating func isTable() throws(SQLError) -> Bool {
    if accept("TABLE") != nil { return true }
    guard accept("STREAM") != nil else { throw unexpected(["STREAM", "TABLE"]) }
    return false
  }

  private mutating func setting() throws(SQLError) -> Setting {
    let name = try stringLiteral("'the setting'")
    try expect(.equal)
    return Setting(name: name, value: try stringLiteral("'its value'"))
  }
}
