/// The columns of a query as they are collected.
struct Outputs {
  let text: SourceText
  /// Whether columns may be called as the pseudo columns are: rows for a prompt, which nothing reads back.
  let allowsPseudoColumns: Bool
  private(set) var list: [QueryPlan.Output] = []
  /// Where each was written; nil for those of `*`.
  private(set) var origins: [SyntaxExpression?] = []
  private var names: Set<String> = []
  /// Names of the sources' columns, of which generated names keep clear.
  private let reserved: Set<String>
  private var generated = 0

  init(text: SourceText, scope: Scope, allowsPseudoColumns: Bool = false) {
    self.text = text
    self.allowsPseudoColumns = allowsPseudoColumns
    reserved = Set(scope.columns.map(\.name))
  }

  mutating func add(
    _ expression: Expression, named name: String, from origin: SyntaxExpression? = nil, at range: SourceRange
  ) throws(SQLError) {
    guard names.insert(name).inserted else {
      throw text.error("a column \(name) is selected twice; give one another name with AS", at: range)
    }
    guard allowsPseudoColumns || !Analyzer.pseudoColumns.contains(name) else {
      throw text.error("\(name) is a column every stream has; give it another name with AS", at: range)
    }
    origins.append(origin)
    list.append(QueryPlan.Output(field: Field(name: name, type: expression.type), expression: expression))
  }

  /// The alias, the column's or field's own name or, as in ksqlDB, `KSQL_COL_n` with the next number that is free.
  mutating func name(_ syntax: SyntaxExpression, _ alias: Name?, _ scope: Scope) -> String {
    if let alias { return alias.text }
    switch syntax.kind {
    case .column(let qualifier?, let name) where scope.isShared(name.text): return "\(qualifier.text)_\(name.text)"
    case .column(_, let name): return name.text
    case .member(_, let field): return unique(field.text)
    default: return nextName()
    }
  }

  private mutating func nextName() -> String {
    while true {
      let name = "KSQL_COL_\(generated)"
      generated += 1
      if !names.contains(name), !reserved.contains(name) { return name }
    }
  }

  /// `name`, with a number where it is taken: fields of different STRUCTs often share theirs.
  func unique(_ name: String) -> String {
    guard names.contains(name) || reserved.contains(name) else { return name }
    var number = 1
    while names.contains("\(name)_\(number)") || reserved.contains("\(name)_\(number)") { number += 1 }
    return "\(name)_\(number)"
  }

  /// Puts keys that `*` does not bring along before all else, as ksqlDB does.
  mutating func addMissingKeys(_ keys: [Expression], _ syntax: [SyntaxExpression], _ scope: Scope) throws(SQLError) {
    var added: [QueryPlan.Output] = []
    for (key, syntax) in zip(keys, syntax) where !list.contains(where: { $0.expression == key }) {
      var name = self.name(syntax, nil, scope)
      // ROWTIME and its like are no columns that `*` could have brought.
      if names.contains(name) { name = nextName() }
      names.insert(name)
      added.append(QueryPlan.Output(field: Field(name: name, type: key.type), expression: key))
    }
    list = added + list
    origins = added.map { _ in nil } + origins
  }

  /// Marks the outputs that are the key's `expressions`, each exactly once, and puts them in the key's order: among the places
  /// of key columns the first is the key's first, and so on. Returns what is wrong, if anything.
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
