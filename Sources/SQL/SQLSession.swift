/// What statements leave behind for those after them: streams and tables, settings, variables.
///
/// A value: a copy is a session of its own. Reading does no I/O but what the `SchemaSource` does; nothing is executed here.
public struct SQLSession: Sendable {
  public private(set) var catalog: Catalog
  public var settings: SQLSettings
  /// What DEFINE set, by upper-cased name.
  public private(set) var variables: [String: String] = [:]
  private let schemas: (any SchemaSource)?

  /// - Parameter schemas: where columns come from that a CREATE leaves out; without one these are refused.
  public init(
    catalog: Catalog = Catalog(), settings: SQLSettings = SQLSettings(), schemas: (any SchemaSource)? = nil
  ) {
    self.catalog = catalog
    self.settings = settings
    self.schemas = schemas
  }

  /// All statements of a text. Throws at the first that is wrong; the session is then as it was before.
  public mutating func read(_ file: SQLFile) throws(SQLError) -> [ReadStatement] {
    var copy = self
    var statements: [ReadStatement] = []
    try copy.forEach(file) { statement, _ throws(SQLError) in statements.append(statement) }
    self = copy
    return statements
  }

  /// Reads one statement after the other and gives each to `body` before the next is looked at. The session takes up a
  /// statement once `body` has returned; what `body` or the reader throws ends the loop.
  public mutating func execute(_ file: SQLFile, _ body: (ReadStatement) throws -> Void) throws {
    let text = SourceText(name: file.name, text: file.text)
    var parser = try Parser(text)
    while true {
      parser.variables = variables
      guard let syntax = try parser.nextStatement() else { return }
      var next = self
      let statement = try next.take(syntax, text)
      try body(ReadStatement(statement: statement, text: text[parser.statementRange]))
      self = next
    }
  }

  /// As `execute`, where `body` gets an error that points at the statement, should it refuse it.
  mutating func forEach(
    _ file: SQLFile, _ body: (ReadStatement, (String) -> SQLError) throws(SQLError) -> Void
  ) throws(SQLError) {
    let text = SourceText(name: file.name, text: file.text)
    var parser = try Parser(text)
    while true {
      parser.variables = variables
      guard let syntax = try parser.nextStatement() else { return }
      let range = parser.statementRange
      let statement = try take(syntax, text)
      try body(ReadStatement(statement: statement, text: text[range])) { message in
        let first = text[range].prefix { $0.isLetter }
        return text.error(message, at: SourceRange(start: range.start, end: range.start + max(1, first.utf8.count)))
      }
    }
  }

  private mutating func take(_ syntax: Statement, _ text: SourceText) throws(SQLError) -> SQLStatement {
    var analyzer = Analyzer(text: text, catalog: catalog, settings: settings, schemas: schemas)
    let statement = try analyzer.statement(syntax)
    (catalog, settings) = (analyzer.catalog, analyzer.settings)
    switch statement {
    case .define(let name, let value): variables[name] = value
    case .undefine(let name): variables[name] = nil
    default: break
    }
    return statement
  }
}
