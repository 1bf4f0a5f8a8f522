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

/// Statements turned into plans.
///
/// Pure and total: any text gives a program or a `SQLError`; nothing is read, written or remembered elsewhere. Nothing of a
/// statement is ignored: what the engine cannot run is refused here.
public struct SQLProgram: Hashable, Sendable {
  /// The persistent queries, in the order of their statements.
  public let plans: [QueryPlan]
  /// All that is declared after the last statement.
  public let catalog: Catalog

  /// Reads `files` in the given order against what `catalog` already declares. Throws at the first statement that is wrong.
  public init(files: [SQLFile], catalog: Catalog = Catalog()) throws(SQLError) {
    var plans: [QueryPlan] = []
    var catalog = catalog
    for file in files {
      let text = SourceText(name: file.name, text: file.text)
      var parser = try Parser(text)
      while let statement = try parser.nextStatement() {
        var analyzer = Analyzer(text: text, catalog: catalog)
        if let plan = try analyzer.plan(statement) { plans.append(plan) }
        catalog = analyzer.catalog
      }
    }
    self.plans = plans
    self.catalog = catalog
  }

  /// The plans of `files`, in order; see `init(files:catalog:)`.
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
