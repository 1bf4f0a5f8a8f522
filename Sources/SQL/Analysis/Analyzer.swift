/// Checks statements against a catalog and turns them into plans.
struct Analyzer {
  let text: SourceText
  var catalog: Catalog
  var settings = SQLSettings()
  var schemas: (any SchemaSource)?

  /// The checked statement; the catalog and the settings have taken it up.
  mutating func statement(_ statement: Statement) throws(SQLError) -> SQLStatement {
    switch statement {
    case .createSource(let create): return try declare(create)
    case .createAs(let create): return try createAs(create)
    case .insertSelect(let insert): return try insertSelect(insert)
    case .insertValues(let row): return .insert(try insertValues(row))
    case .alter(let alter): return try self.alter(alter)
    case .drop(let drop): return try self.drop(drop)
    case .select(let query): return try select(query)
    case .set(let setting): return try set(setting)
    case .unset(let name): return try unset(name)
    case .define(let setting): return .define(name: setting.name.text, value: setting.value.text)
    case .undefine(let name): return .undefine(name: name.text)
    case .show(let subject, let extended): return .show(subject, extended: extended)
    case .describe(let subject): return .describe(try describe(subject))
    case .explain(let subject): return .explain(try explain(subject))
    case .print(let print):
      return .print(
        PrintStatement(
          topic: print.topic.text, fromBeginning: print.fromBeginning, interval: print.interval.map { Int($0) },
          limit: print.limit.map { Int($0) }))
    case .control(let verb, let name): return .control(verb, query: name?.text)
    case .assertion(let assertion): return .assert(try self.assertion(assertion))
    }
  }

  // MARK: Names

  /// The stream or table of this name.
  func known(_ name: Name) throws(SQLError) -> SourcePlan {
    if let source = catalog.sources[name.text] { return source }
    throw text.error(
      "there is no stream or table \(name.text)", at: name.range, suggestion: NearestName.of(name.text, in: catalog.names))
  }

  /// Whether a statement that creates `name` has something to do; throws when the name is taken.
  func isNew(_ name: Name, ifNotExists: Bool, isReplacing: Bool) throws(SQLError) -> Bool {
    guard catalog.contains(name.text) else { return true }
    if ifNotExists { return false }
    if isReplacing { return true }
    let kind = catalog.sources[name.text]?.isTable == true ? "table" : "stream"
    throw text.error("a \(kind) \(name.text) is already declared; choose another name", at: name.range)
  }

  // MARK: Settings

  /// Settings that say what the engine does anyway are taken; unknown ones are refused.
  private mutating func set(_ setting: Setting) throws(SQLError) -> SQLStatement {
    let name = SQLSettings.plain(setting.name.text)
    switch settings.set(name, to: setting.value.text) {
    case .taken: break
    case .unknown: throw unknownSetting(name, setting.name.range)
    case .fixed(let value):
      throw text.error("\(name) is always \(value) here", at: setting.value.range, expected: ["'\(value)'"])
    case .expected(let values):
      throw text.error("\(name) cannot have this value", at: setting.value.range, expected: values)
    }
    return .set(name: name, value: setting.value.text)
  }

  private mutating func unset(_ setting: Name) throws(SQLError) -> SQLStatement {
    let name = SQLSettings.plain(setting.text)
    guard case .taken = settings.unset(name) else { throw unknownSetting(name, setting.range) }
    return .unset(name: name)
  }

  private func unknownSetting(_ name: String, _ range: SourceRange) -> SQLError {
    text.error(
      "the setting \(name.prefix(60)) is not supported; settings of a worker are given on its command line", at: range,
      suggestion: NearestName.of(name, in: SQLSettings.names))
  }

  // MARK: Tools

  private func describe(_ subject: DescribeSubject) throws(SQLError) -> DescribeStatement {
    switch subject {
    case .source(let name, let extended): .source(try known(name), extended: extended)
    case .function(let name): .function(name.text.uppercased())
    case .streams(let extended): .allStreams(extended: extended)
    case .tables(let extended): .allTables(extended: extended)
    }
  }

  /// The inner statement is checked against a copy, so that explaining it creates nothing.
  private func explain(_ subject: ExplainSubject) throws(SQLError) -> ExplainStatement {
    switch subject {
    case .query(let name): return .query(name.text)
    case .statement(let inner):
      var copy = self
      switch try copy.statement(inner) {
      case .query(let plan, _): return .plan(plan)
      case .push(let push): return .plan(push.plan)
      case .pull(let pull): return .pull(pull)
      default:
        throw text.error("EXPLAIN shows the plan of a query; this statement has none", at: SourceRange(start: 0, end: 0))
      }
    }
  }
}
