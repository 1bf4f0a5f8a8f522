/// Statements that look at streams, tables and queries, and steer queries.
extension Parser {
  mutating func show(from start: SourceRange) throws(SQLError) -> Statement {
    let all = accept("ALL")
    for word in ["CONNECTORS", "CONNECTOR", "SOURCE", "SINK"] where isNext(word) {
      throw text.error("connectors are not supported; use wick ingest and wick sink", at: token.range)
    }
    if isNext("TYPES") { throw text.error("there are no declared types; write each type itself", at: token.range) }
    let subjects: [ShowSubject] =
      all == nil ? [.streams, .tables, .queries, .topics, .functions, .properties, .variables] : [.topics]
    guard let subject = subjects.first(where: { isNext($0.rawValue) }) else { throw unexpected(subjects.map(\.rawValue)) }
    advance()
    let isExtensible = ![.functions, .properties, .variables].contains(subject)
    let extended = isExtensible && accept("EXTENDED") != nil
    return .show(all == nil ? subject : .allTopics, extended: extended)
  }

  mutating func describe(from start: SourceRange) throws(SQLError) -> Statement {
    if isNext("CONNECTOR") {
      throw text.error("connectors are not supported; use wick ingest and wick sink", at: token.range)
    }
    if accept("FUNCTION") != nil { return .describe(.function(try name("a function's name"))) }
    if accept("STREAMS") != nil { return .describe(.streams(extended: accept("EXTENDED") != nil)) }
    if accept("TABLES") != nil { return .describe(.tables(extended: accept("EXTENDED") != nil)) }
    // Older than DESCRIBE name EXTENDED, and still what people write.
    let extended = accept("EXTENDED") != nil
    let source = try name("a stream's or table's name")
    return .describe(.source(source, extended: accept("EXTENDED") != nil || extended))
  }

  mutating func explain(from start: SourceRange) throws(SQLError) -> Statement {
    let statements: Set<String> = ["SELECT", "CREATE", "INSERT"]
    if case .word(let word) = token.kind, statements.contains(word) {
      return .explain(.statement(try statement()))
    }
    return .explain(.query(try name("a query's id")))
  }

  mutating func print(from start: SourceRange) throws(SQLError) -> Statement {
    var print = PrintSyntax(topic: try resource("a topic's name"))
    if accept("FROM") != nil {
      try expect("BEGINNING")
      print.fromBeginning = true
    }
    if accept("INTERVAL") != nil || accept("SAMPLE") != nil { print.interval = try wholeNumber("INTERVAL") }
    if accept("LIMIT") != nil { print.limit = try wholeNumber("LIMIT") }
    guard token.kind == .end || isNext(.semicolon) else { throw unexpected(["FROM BEGINNING", "INTERVAL", "LIMIT", ";"]) }
    return .print(print)
  }

  /// A name or a text in quotes. Unquoted names keep their letter case, since topics' names do; parts may be joined by dots
  /// and dashes.
  private mutating func resource(_ what: String) throws(SQLError) -> Name {
    if case .string(let string) = token.kind { return Name(text: string, range: advance()) }
    if case .quotedIdentifier(let string) = token.kind { return Name(text: string, range: advance()) }
    guard case .word = token.kind else { throw unexpected([what]) }
    var range = advance()
    while isNext(.dot) || isNext(.minus), token.range.start == range.end {
      range = range.through(advance())
      switch token.kind {
      case .word, .integer: range = range.through(advance())
      default: throw unexpected([what])
      }
    }
    return Name(text: text[range], range: range)
  }

  mutating func control(_ word: String) throws(SQLError) -> Statement {
    advance()
    guard let verb = ControlVerb(rawValue: word) else { throw unexpected(ControlVerb.allCases.map(\.rawValue)) }
    if accept("ALL") != nil { return .control(verb, nil) }
    return .control(verb, try name("a query's id"))
  }

  // MARK: ASSERT

  mutating func assertion(from start: SourceRange) throws(SQLError) -> Statement {
    let isAbsent = accept("NOT") != nil
    if isAbsent { try expect("EXISTS") }
    if accept("TOPIC") != nil {
      let topic = try resource("a topic's name")
      let properties = isNext("WITH") ? try self.properties() : []
      return .assertion(.topic(exists: !isAbsent, topic, properties, timeout: try timeout()))
    }
    if accept("SCHEMA") != nil { return .assertion(try schema(exists: !isAbsent, start)) }
    if isAbsent { throw unexpected(["TOPIC", "SCHEMA"]) }
    if accept("VALUES") != nil {
      let name = try name("a stream's or table's name")
      return .assertion(.values(try row(into: name, start.through(name.range))))
    }
    if accept("NULL") != nil {
      try expect("VALUES")
      let name = try name("a stream's or table's name")
      return .assertion(.tombstone(try row(into: name, start.through(name.range), before: "KEY")))
    }
    guard isNext("STREAM") || isNext("TABLE") else {
      throw unexpected(["VALUES", "NULL VALUES", "STREAM", "TABLE", "TOPIC", "SCHEMA", "NOT EXISTS"])
    }
    return .assertion(.source(try declaration(start)))
  }

  private mutating func declaration(_ start: SourceRange) throws(SQLError) -> CreateSource {
    let isTable = try isTable()
    let name = try name(isTable ? "the table's name" : "the stream's name")
    let range = start.through(name.range)
    let columns = isNext(.leftParenthesis) ? try columns() : []
    let properties = isNext("WITH") ? try self.properties() : []
    return CreateSource(
      isTable: isTable, name: name, ifNotExists: false, columns: columns, properties: properties, range: range)
  }

  private mutating func schema(exists: Bool, _ start: SourceRange) throws(SQLError) -> AssertSyntax {
    let subject = accept("SUBJECT") != nil ? try resource("a subject") : nil
    let id = accept("ID") != nil ? Int(try wholeNumber("ID")) : nil
    guard subject != nil || id != nil else { throw unexpected(["SUBJECT", "ID"]) }
    return .schema(exists: exists, subject: subject, id: id, timeout: try timeout(), start.through(consumed))
  }

  private mutating func timeout() throws(SQLError) -> Int64? {
    accept("TIMEOUT") != nil ? try duration().microseconds : nil
  }
}
