/// The columns of a query as they are collected.
struct Outputs {
  let text: SourceText
  private(set) var list: [QueryPlan.Output] = []
  /// Names of columns that need no alias, so that generated ones keep clear of them.
  private var names: Set<String> = []

  init(text: SourceText) { self.text = text }

  mutating func add(
    _ expression: Expression, named name: String, isKey: Bool, at range: SourceRange
  ) throws(SQLError) {
    guard names.insert(name).inserted else {
      throw text.error("a column \(name) is selected twice; give one another name with AS", at: range)
    }
    guard !Analyzer.pseudoColumns.contains(name) else {
      throw text.error("\(name) is a column every stream has; give it another name with AS", at: range)
    }
    list.append(QueryPlan.Output(field: Field(name: name, type: expression.type, isKey: isKey), expression: expression))
  }

  /// The alias, the column's or field's own name or, as in ksqlDB, `KSQL_COL_n`.
  func name(_ syntax: SyntaxExpression, _ alias: Name?, _ position: Int, _ scope: Scope) -> String {
    if let alias { return alias.text }
    switch syntax.kind {
    case .column(let qualifier?, let name) where scope.isShared(name.text): return "\(qualifier.text)_\(name.text)"
    case .column(_, let name) where !Analyzer.pseudoColumns.contains(name.text): return name.text
    case .member(_, let field): return unique(field.text)
    default: return "KSQL_COL_\(position)"
    }
  }

  /// `name`, with a number where it is taken: fields of different STRUCTs often share theirs.
  private func unique(_ name: String) -> String {
    guard names.contains(name) else { return name }
    var number = 1
    while names.contains("\(name)_\(number)") { number += 1 }
    return "\(name)_\(number)"
  }

  /// Marks the outputs that are the key's `expressions`, each exactly once, and puts them in the key's order: among the places
  /// of key columns the first is the key's first, and so on. Returns the index of the first expression that is missing.
  mutating func markKeys(_ expressions: [Expression]) -> KeyFault? {
    var places: [Int] = []
    for (index, expression) in expressions.enumerated() {
      let uses = list.indices.filter { list[$0].expression == expression }
      guard let place = uses.first else { return .missing(index) }
      guard uses.count == 1 else { return .twice(index) }
      places.append(place)
    }
    let keys = places.map { list[$0] }
    for (place, key) in zip(places.sorted(), keys) {
      list[place] = key
      list[place].field.isKey = true
    }
    return nil
  }

  enum KeyFault { case missing(Int), twice(Int) }

  mutating func rewrite(_ body: (Expression) -> Expression) {
    for index in list.indices { list[index].expression = body(list[index].expression) }
  }
}

extension Expression {
  /// Whether anything of a record is read below here.
  var readsRecord: Bool {
    switch self {
    case .column, .system, .windowStart, .windowEnd: true
    default: children.contains { $0.readsRecord }
    }
  }
}
