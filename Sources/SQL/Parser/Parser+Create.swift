extension Parser {
  mutating func create(from start: SourceRange) throws(SQLError) -> Statement {
    let isReplacing = accept("OR") != nil
    if isReplacing { try expect("REPLACE") }
    let sourceWord = token.range
    let isReadOnly = accept("SOURCE") != nil
    if isReadOnly, isReplacing {
      throw text.error("a SOURCE cannot be replaced; leave OR REPLACE out", at: start.through(sourceWord))
    }
    for kind in ["TYPE", "CONNECTOR"] where isNext(kind) || (kind == "CONNECTOR" && isNext("SINK")) {
      throw text.error(
        kind == "TYPE"
          ? "CREATE TYPE is not supported; write the type itself" : "connectors are not supported; use wick ingest and wick sink",
        at: token.range)
    }
    let isTable = try isTable()
    let ifNotExists = accept("IF") != nil
    if ifNotExists {
      try expect("NOT")
      try expect("EXISTS")
    }
    let name = try name(isTable ? "the table's name" : "the stream's name")
    let range = start.through(name.range)
    var source = CreateSource(
      isTable: isTable, isReplacing: isReplacing, isReadOnly: isReadOnly, name: name, ifNotExists: ifNotExists, columns: [],
      properties: [], range: range)
    if isNext(.leftParenthesis) {
      source.columns = try columns()
      guard isNext("WITH") else { throw unexpected(["WITH"]) }
      source.properties = try properties()
      return .createSource(source)
    }
    let properties = isNext("WITH") ? try self.properties() : []
    if !properties.isEmpty, isNext(.semicolon) || token.kind == .end {
      source.properties = properties
      return .createSource(source)
    }
    guard accept("AS") != nil else {
      throw unexpected(properties.isEmpty ? ["(", "WITH", "AS"] : ["AS"])
    }
    guard !isReadOnly else {
      throw text.error("a SOURCE is declared over a topic; leave the word out before AS SELECT", at: range)
    }
    return .createAs(
      CreateAs(
        isTable: isTable, isReplacing: isReplacing, name: name, ifNotExists: ifNotExists, properties: properties,
        query: try query(), range: range))
  }

  mutating func columns() throws(SQLError) -> [ColumnDefinition] {
    try list { parser throws(SQLError) in try parser.columnDefinition() }
  }

  private mutating func columnDefinition() throws(SQLError) -> ColumnDefinition {
    let name = try name("a column's name")
    let type = try type()
    var role = ColumnDefinition.Role.value
    if accept("PRIMARY") != nil {
      try expect("KEY")
      role = .primaryKey
    } else if accept("KEY") != nil {
      role = .key
    } else if isNext("HEADERS") {
      throw text.error("HEADERS columns are not supported; name one header with HEADER('name')", at: token.range)
    } else if accept("HEADER") != nil {
      try expect(.leftParenthesis)
      role = .header(try stringLiteral("'the header'").text)
      try expect(.rightParenthesis)
    } else if !isNext(.comma), !isNext(.rightParenthesis) {
      throw unexpected(["KEY", ",", ")"])
    }
    return ColumnDefinition(name: name, type: type, role: role, range: name.range.through(consumed))
  }

  mutating func properties() throws(SQLError) -> [Property] {
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
}
