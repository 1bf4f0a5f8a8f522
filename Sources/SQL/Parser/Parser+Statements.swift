extension Parser {
  mutating func statement() throws(SQLError) -> Statement {
    let start = token.range
    if accept("CREATE") != nil { return try create(from: start) }
    if accept("DROP") != nil { return .drop(try drop(from: start)) }
    if accept("SET") != nil { return .set(try setting()) }
    if case .word(let word) = token.kind, let advice = Self.unsupportedStatements[word] {
      throw text.error("\(word) statements are not supported yet; \(advice)", at: start)
    }
    throw unexpected(["CREATE", "DROP", "SET"])
  }

  /// ksqlDB's other statements, with what to do instead.
  private static let unsupportedStatements = [
    "ALTER": "create a stream with the columns it shall have",
    "ASSERT": "run the queries and compare what they write",
    "DEFINE": "write the value itself",
    "DESCRIBE": "read the file that declares it",
    "EXPLAIN": "the plan of every query is printed by the command line",
    "INSERT": "produce to the topic instead",
    "LIST": "read the files that declare the queries",
    "PAUSE": "stop the worker",
    "PRINT": "read the topic with a Kafka client",
    "RESUME": "start the worker again",
    "RUN": "pass the file to the command itself",
    "SELECT": "write CREATE TABLE n AS SELECT …, and read the topic it fills",
    "SHOW": "read the files that declare the queries",
    "TERMINATE": "remove the query from its file and restart the worker",
    "UNDEFINE": "write the value itself",
    "UNSET": "leave the SET out",
  ]

  private mutating func create(from start: SourceRange) throws(SQLError) -> Statement {
    if isNext("OR") {
      throw text.error(
        "CREATE OR REPLACE is not supported yet; write CREATE, and give a changed query a new name and topic",
        at: token.range)
    }
    if isNext("SOURCE") {
      throw text.error("SOURCE streams and tables are not supported; write CREATE STREAM", at: token.range)
    }
    for kind in ["TYPE", "CONNECTOR"] where isNext(kind) || (kind == "CONNECTOR" && (isNext("SINK"))) {
      throw text.error("CREATE \(kind) is not supported; only streams and tables can be created", at: token.range)
    }
    let kind = token.range
    let isTable = accept("TABLE") != nil
    guard isTable || accept("STREAM") != nil else { throw unexpected(["STREAM", "TABLE"]) }
    let ifNotExists = accept("IF") != nil
    if ifNotExists {
      try expect("NOT")
      try expect("EXISTS")
    }
    let name = try name(isTable ? "the table's name" : "the stream's name")
    let range = start.through(name.range)
    if isNext(.leftParenthesis) {
      guard !isTable else {
        throw text.error(
          "a TABLE over a topic is not supported yet; declare a STREAM, or write CREATE TABLE … AS SELECT",
          at: kind.through(name.range))
      }
      return .createSource(try source(name, ifNotExists: ifNotExists, range: range))
    }
    let properties = isNext("WITH") ? try self.properties() : []
    if !isTable, !properties.isEmpty, isNext(.semicolon) || token.kind == .end {
      throw text.error(
        "\(name.text) has no columns: taking them from the registry is not supported yet; list them after the name", at: range)
    }
    guard accept("AS") != nil else {
      throw unexpected(properties.isEmpty ? ["(", "WITH", "AS"] : ["AS"])
    }
    let query = try query()
    return .createAs(
      CreateAs(
        isTable: isTable, name: name, ifNotExists: ifNotExists, properties: properties, query: query, range: range))
  }

  private mutating func source(_ name: Name, ifNotExists: Bool, range: SourceRange) throws(SQLError) -> CreateSource {
    let columns = try list { parser throws(SQLError) in try parser.columnDefinition() }
    guard isNext("WITH") else { throw unexpected(["WITH"]) }
    return CreateSource(
      name: name, ifNotExists: ifNotExists, columns: columns, properties: try properties(), range: range)
  }

  private mutating func columnDefinition() throws(SQLError) -> ColumnDefinition {
    let name = try name("a column's name")
    let type = try type()
    var isKey = false
    if isNext("PRIMARY") {
      throw text.error("PRIMARY KEY belongs to a TABLE over a topic, which is not supported yet; write KEY", at: token.range)
    } else if isNext("HEADERS") || isNext("HEADER") {
      throw text.error("columns from record headers are not supported yet; put the value into the record", at: token.range)
    } else if accept("KEY") != nil {
      isKey = true
    } else if !isNext(.comma), !isNext(.rightParenthesis) {
      throw unexpected(["KEY", ",", ")"])
    }
    return ColumnDefinition(name: name, type: type, isKey: isKey, range: name.range.through(consumed))
  }

  /// `( element, … )` with at least one element.
  mutating func list<T>(_ element: (inout Parser) throws(SQLError) -> T) throws(SQLError) -> [T] {
    try expect(.leftParenthesis)
    var elements = [try element(&self)]
    while accept(.comma) != nil { elements.append(try element(&self)) }
    guard accept(.rightParenthesis) != nil else { throw unexpected([",", ")"]) }
    return elements
  }

  private mutating func properties() throws(SQLError) -> [Property] {
    try expect("WITH")
    return try list { parser throws(SQLError) in try parser.property() }
  }

  private mutating func property() throws(SQLError) -> Property {
    let name: Name
    if case .string(let text) = token.kind {
      name = Name(text: text.uppercased(), range: advance())
    } else {
      name = try self.name("a property")
    }
    try expect(.equal)
    let minus = accept(.minus)
    let value: Property.Value
    switch token.kind {
    case .integer(let digits), .decimal(let digits): value = .number((minus == nil ? "" : "-") + digits)
    case .string(let string) where minus == nil: value = .string(string)
    case .word("TRUE") where minus == nil: value = .boolean(true)
    case .word("FALSE") where minus == nil: value = .boolean(false)
    default: throw unexpected(minus == nil ? ["'text'", "a number", "TRUE", "FALSE"] : ["a number"])
    }
    let range = advance()
    return Property(name: name, value: value, valueRange: (minus ?? range).through(range))
  }

  private mutating func drop(from start: SourceRange) throws(SQLError) -> Drop {
    let isTable = accept("TABLE") != nil
    guard isTable || accept("STREAM") != nil else { throw unexpected(["STREAM", "TABLE"]) }
    let ifExists = accept("IF") != nil
    if ifExists { try expect("EXISTS") }
    let name = try name(isTable ? "the table's name" : "the stream's name")
    if accept("DELETE") != nil { try expect("TOPIC") }
    return Drop(isTable: isTable, name: name, ifExists: ifExists, range: start.through(consumed))
  }

  private mutating func setting() throws(SQLError) -> Setting {
    let name = try stringLiteral("'the setting'")
    try expect(.equal)
    return Setting(name: name, value: try stringLiteral("'its value'"))
  }

  private mutating func stringLiteral(_ what: String) throws(SQLError) -> Name {
    guard case .string(let string) = token.kind else { throw unexpected([what]) }
    return Name(text: string, range: advance())
  }
}
