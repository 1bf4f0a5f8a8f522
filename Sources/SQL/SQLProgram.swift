/// One text with statements, and the name errors call it by.
public struct SQLFile: Hashable, Sendable {
  /// Shown in errors; usually the path.
  public var name: String
  /// Statements separated by `;`.
  public var text: String

  public init(name: String, text: String) {
    self.name = name
    self.text = text
  }

  /// A file as read from disk. Throws where the bytes are not UTF-8, pointing at the first that is not.
  public init(name: String, bytes: [UInt8]) throws(SQLError) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let repaired = Array(String(decoding: bytes, as: UTF8.self).utf8)
      let wrong = zip(bytes, repaired).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      let start = wrong ?? min(bytes.count, repaired.count)
      let source = SourceText(name: name, text: String(decoding: bytes, as: UTF8.self))
      throw source.error("the text is not UTF-8; save it as UTF-8", at: SourceRange(start: start, end: start + 1))
    }
    self.init(name: name, text: text)
  }
}

/// Files of persistent queries turned into plans.
///
/// Pure and total: any text gives a program or a `SQLError`; nothing is written or remembered elsewhere. Nothing of a
/// statement is ignored: what can never run is refused here, and so is what belongs at the prompt.
public struct SQLProgram: Hashable, Sendable {
  /// The persistent queries, in the order of their statements.
  public let plans: [QueryPlan]
  /// All that is declared after the last statement.
  public let catalog: Catalog

  /// Reads `files` in the given order against what `catalog` already declares. Throws at the first statement that is wrong.
  public init(
    files: [SQLFile], catalog: Catalog = Catalog(), settings: SQLSettings = SQLSettings(), schemas: (any SchemaSource)? = nil
  ) throws(SQLError) {
    var session = SQLSession(catalog: catalog, settings: settings, schemas: schemas)
    var plans: [QueryPlan] = []
    for file in files {
      try session.forEach(file) { read, refusal throws(SQLError) in
        switch read.statement {
        case .query(let plan, let replacing):
          if replacing { plans.removeAll { $0.id == plan.id } }
          plans.append(plan)
        case .declare, .unchanged, .alter, .set, .unset, .define, .undefine: break
        default: if let advice = Self.advice(read.statement) { throw refusal(advice) }
        }
      }
    }
    self.plans = plans
    self.catalog = session.catalog
  }

  /// Why a statement has no place in a file of queries that run for ever.
  private static func advice(_ statement: SQLStatement) -> String? {
    let verb: String
    switch statement {
    case .drop(let drop):
      return "DROP has no place among persistent queries; delete the statement that creates \(drop.source.name)"
    case .pull, .push:
      return "SELECT is a question for the prompt; write CREATE TABLE n AS SELECT …, and read the topic it fills"
    case .insert: return "INSERT INTO … VALUES is for the prompt; produce to the topic instead"
    case .assert: return "ASSERT is for case files and the prompt; run the queries and compare what they write"
    case .control(let control, _): verb = control.rawValue
    case .show: verb = "SHOW"
    case .describe: verb = "DESCRIBE"
    case .explain: verb = "EXPLAIN"
    case .print: verb = "PRINT"
    case .declare, .query, .unchanged, .alter, .set, .unset, .define, .undefine: return nil
    }
    return "\(verb) is for the prompt; leave it out of a file of persistent queries"
  }

  /// The plans of `files`, in order; see `init(files:catalog:settings:schemas:)`.
  public static func plan(_ files: [SQLFile], catalog: Catalog = Catalog()) throws(SQLError) -> [QueryPlan] {
    try SQLProgram(files: files, catalog: catalog).plans
  }

  /// The plans of one text, which errors call `name`.
  public static func plan(
    _ text: String, name: String = "statement", catalog: Catalog = Catalog()
  ) throws(SQLError) -> [QueryPlan] {
    try plan([SQLFile(name: name, text: text)], catalog: catalog)
  }
}
