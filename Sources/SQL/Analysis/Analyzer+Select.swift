/// SELECT as a statement: push with EMIT, pull without.
extension Analyzer {
  func select(_ query: Query) throws(SQLError) -> SQLStatement {
    query.emit == nil ? .pull(try pull(query)) : .push(try push(query))
  }

  private func push(_ query: Query) throws(SQLError) -> PushQuery {
    let owner = QueryOwner(kind: .push, name: "", id: "PUSH", range: query.range)
    let checked = try check(query, for: owner)
    let isTable = checked.source.isTable || checked.aggregation != nil
    let sink = SinkPlan(
      name: "", topic: "", keyFormat: checked.source.keyFormat, valueFormat: checked.source.valueFormat, isTable: isTable,
      window: checked.window, lateTopic: "", partitions: nil)
    return PushQuery(plan: QueryPlan(id: owner.id, checked, sink), limit: query.limit.map { Int($0.count) })
  }

  private func pull(_ query: Query) throws(SQLError) -> PullQuery {
    let source = try known(query.source)
    try checkPullShape(query)
    let scope = Scope(source: source, alias: query.alias)
    var expressions = ExpressionAnalyzer(text: text, scope: scope, isGrouped: false)
    expressions.bounds = source.window == nil ? .none : .ofSource
    expressions.isPull = true
    expressions.clause = .filter
    let filter = try query.filter.map { syntax throws(SQLError) in try expressions.condition(syntax, "WHERE") }
    expressions.clause = .select
    let projection = try rows(query, &expressions)
    var bounds = PullBounds(source)
    if let filter { bounds.take(filter) }
    if source.isTable, !settings.allowsTableScans, bounds.readsAll(source) {
      throw text.error(
        "this would read every row of \(source.name), which ksql.query.pull.table.scan.enabled forbids; "
          + "name each key column with = or IN", at: query.filter?.range ?? query.range)
    }
    return PullQuery(
      source: source, keys: bounds.keys, windowStart: bounds.windowStart, windowEnd: bounds.windowEnd, filter: filter,
      projection: projection, limit: query.limit.map { Int($0.count) })
  }

  private func checkPullShape(_ query: Query) throws(SQLError) {
    let advice = "add EMIT CHANGES, or ask a table that holds the result"
    if let join = query.joins.first { throw text.error("a query without EMIT has no JOIN; \(advice)", at: join.range) }
    if let window = query.window { throw text.error("a query without EMIT has no WINDOW; \(advice)", at: window.range) }
    if let group = query.groupBy.first { throw text.error("a query without EMIT has no GROUP BY; \(advice)", at: group.range) }
    if let key = query.partitionBy?.first {
      throw text.error("a query without EMIT has no PARTITION BY; \(advice)", at: key.range)
    }
    if let having = query.having { throw text.error("a query without EMIT has no HAVING; use WHERE", at: having.range) }
  }

  /// As for any SELECT, but `*` of a windowed table has the bounds of the window behind the key.
  private func rows(_ query: Query, _ expressions: inout ExpressionAnalyzer) throws(SQLError) -> [QueryPlan.Output] {
    var outputs: [QueryPlan.Output] = []
    var unnamed = 0
    for item in query.items {
      switch item {
      case .all(let qualifier, _):
        if let qualifier { _ = try expressions.scope.relation(qualifier, text) }
        outputs += allRows(expressions.scope.source)
      case .expression(let syntax, let alias):
        if case .allMembers(let base) = syntax.kind {
          try refuseAlias(alias)
          outputs += try expressions.allMembers(base).map { member in
            QueryPlan.Output(field: Field(name: member.name, type: member.expression.type), expression: member.expression)
          }
          continue
        }
        let typed = try expressions.analyze(syntax)
        guard !typed.isUntypedNull else {
          throw text.error("this column has no type; write CAST(NULL AS …)", at: syntax.range)
        }
        let known = Self.rowName(syntax, alias)
        let name = known ?? "KSQL_COL_\(unnamed)"
        if known == nil { unnamed += 1 }
        let isKey = Self.isKey(typed.expression, expressions.scope.source)
        outputs.append(QueryPlan.Output(field: Field(name: name, type: typed.type, isKey: isKey), expression: typed.expression))
      }
    }
    for (index, output) in outputs.enumerated() where outputs[..<index].contains(where: { $0.field.name == output.field.name }) {
      throw text.error("a column \(output.field.name) is selected twice; give one another name with AS", at: query.range)
    }
    return outputs
  }

  private func allRows(_ source: SourcePlan) -> [QueryPlan.Output] {
    let columns = source.columns.enumerated().map { index, field in
      QueryPlan.Output(field: field, expression: .column(index, field.type))
    }
    guard source.isTable else {
      return (columns.filter(\.field.isKey) + columns.filter { !$0.field.isKey }).map { output in
        QueryPlan.Output(field: Field(name: output.field.name, type: output.field.type), expression: output.expression)
      }
    }
    guard source.window != nil else { return columns.filter(\.field.isKey) + columns.filter { !$0.field.isKey } }
    let bounds = [("WINDOWSTART", Expression.windowStart), ("WINDOWEND", .windowEnd)].map { name, bound in
      QueryPlan.Output(field: Field(name: name, type: .bigint, isKey: true), expression: bound)
    }
    return columns.filter(\.field.isKey) + bounds + columns.filter { !$0.field.isKey }
  }

  /// Whether a column of the answer is one of the table's key; rows of streams have none.
  private static func isKey(_ expression: Expression, _ source: SourcePlan) -> Bool {
    switch expression {
    case .column(let index, _): source.isTable && source.columns[index].isKey
    case .windowStart, .windowEnd: source.isTable
    default: false
    }
  }

  private static func rowName(_ syntax: SyntaxExpression, _ alias: Name?) -> String? {
    if let alias { return alias.text }
    switch syntax.kind {
    case .column(_, let name): return name.text
    case .member(_, let field): return field.text
    default: return nil
    }
  }
}

/// What a WHERE says of keys and windows, for looking up instead of scanning. The WHERE itself is applied to each row as well,
/// so that what is not understood here costs time and nothing else.
struct PullBounds {
  private let keyColumns: [Int]
  private var wanted: [Int: [Literal]] = [:]
  private(set) var windowStart = Int64.min...Int64.max
  private(set) var windowEnd = Int64.min...Int64.max

  /// The most keys that are looked up one by one.
  private static let mostKeys = 1_000

  /// How often keys are compared with constants other than by `=`.
  private var keyRanges = 0

  init(_ source: SourcePlan) { keyColumns = source.keyColumns }

  /// Key columns that are compared by `=` or IN with what no row changes.
  private var fixed: Set<Int> = []

  /// Whether ksqlDB would scan the table: no key is given, nor one side of the order of a text that is the key.
  func readsAll(_ source: SourcePlan) -> Bool {
    let isRange = keyRanges == 1 && source.window == nil && source.keyColumns.map { source.columns[$0].type } == [.string]
    return !isRange && !Set(keyColumns).isSubset(of: fixed)
  }

  /// Every combination of the values asked for; nil unless each key column has some.
  var keys: [[Literal]]? {
    guard !keyColumns.isEmpty else { return nil }
    var keys: [[Literal]] = [[]]
    for column in keyColumns {
      guard let values = wanted[column], values.count * keys.count <= Self.mostKeys else { return nil }
      keys = keys.flatMap { key in values.map { key + [$0] } }
    }
    return keys
  }

  /// Takes in the parts of a condition that must all hold.
  mutating func take(_ condition: Expression) {
    guard case .call(let function, let arguments, _) = condition else { return }
    switch function {
    case .and: for argument in arguments { take(argument) }
    case .isIn:
      want(arguments[0], Array(arguments.dropFirst()))
      if arguments.dropFirst().allSatisfy(\.isFixed) { fix(arguments[0], arguments[1]) }
    case .equal, .less, .lessOrEqual, .greater, .greaterOrEqual:
      if function == .equal {
        fix(arguments[0], arguments[1])
        fix(arguments[1], arguments[0])
      }
      if case .literal(let literal, _) = arguments[1] {
        bound(arguments[0], function, literal)
      } else if case .literal(let literal, _) = arguments[0] {
        bound(arguments[1], function.mirrored, literal)
      }
    default: break
    }
  }

  private mutating func fix(_ subject: Expression, _ value: Expression) {
    if case .column(let column, _) = subject, value.isFixed { fixed.insert(column) }
  }

  private mutating func bound(_ subject: Expression, _ function: ScalarFunction, _ literal: Literal) {
    switch subject {
    case .column where function == .equal: want(subject, [.literal(literal, subject.type)])
    case .column(let column, _) where keyColumns.contains(column): keyRanges += 1
    case .windowStart: Self.narrow(&windowStart, function, literal)
    case .windowEnd: Self.narrow(&windowEnd, function, literal)
    default: break
    }
  }

  private mutating func want(_ subject: Expression, _ values: [Expression]) {
    guard case .column(let column, _) = subject, keyColumns.contains(column) else { return }
    var literals: [Literal] = []
    for value in values {
      guard case .literal(let literal, _) = value else { return }
      if literal != .null, !literals.contains(literal) { literals.append(literal) }
    }
    let known = wanted[column]
    wanted[column] = known.map { known in known.filter { literals.contains($0) } } ?? literals
  }

  private static func narrow(_ range: inout ClosedRange<Int64>, _ function: ScalarFunction, _ literal: Literal) {
    guard case .integer(let value) = literal else { return }
    var (lower, upper) = (range.lowerBound, range.upperBound)
    switch function {
    case .equal: (lower, upper) = (max(lower, value), min(upper, value))
    case .less: upper = min(upper, value == .min ? value : value - 1)
    case .lessOrEqual: upper = min(upper, value)
    case .greater: lower = max(lower, value == .max ? value : value + 1)
    case .greaterOrEqual: lower = max(lower, value)
    default: break
    }
    // Bounds that contradict each other leave one moment; the WHERE rejects its rows.
    range = lower <= upper ? lower...upper : lower...lower
  }
}

extension Expression {
  /// Whether this is the same for every row.
  fileprivate var isFixed: Bool {
    switch self {
    case .column, .system, .windowStart, .windowEnd, .groupKey, .aggregate: false
    default: children.allSatisfy(\.isFixed)
    }
  }
}

extension ScalarFunction {
  /// The comparison with its sides exchanged.
  fileprivate var mirrored: ScalarFunction {
    switch self {
    case .less: .greater
    case .lessOrEqual: .greaterOrEqual
    case .greater: .less
    case .greaterOrEqual: .lessOrEqual
    default: self
    }
  }
}
