/// What a query FROM a windowed table knows of the query that fills it.
struct RollUpScope {
  var table: SourcePlan
  var query: QueryPlan
  var aggregation: AggregationPlan

  /// The aggregate behind column `index` of the table; nil where it is a key or computed from several.
  func aggregate(_ index: Int) -> AggregateCall? {
    guard case .aggregate(let n, _) = query.projection[index].expression else { return nil }
    return aggregation.aggregates[n]
  }

  /// The grouping expression behind column `index` of the table.
  func group(_ index: Int) -> Int? {
    guard case .groupKey(let n, _) = query.projection[index].expression else { return nil }
    return n
  }
}

extension ExpressionAnalyzer {
  /// MERGE(column) over a windowed table, and the aggregates that mean the same: MAX of a MAX, SUM of a SUM or COUNT, and so
  /// on. Nil where the query is no roll-up or the function is no aggregate.
  mutating func merge(_ name: Name, _ arguments: [SyntaxExpression], _ range: SourceRange) throws(SQLError) -> Expression? {
    guard let rollUp else {
      guard name.text == "MERGE" else { return nil }
      throw text.error("MERGE needs a windowed table after FROM", at: name.range)
    }
    guard name.text == "MERGE" || FunctionNames.aggregates[name.text] != nil else { return nil }
    guard let first = arguments.first, case .column(let index, _) = try analyze(first).expression else {
      throw notMergeable(name.text, range)
    }
    guard let call = rollUp.aggregate(index) else {
      throw text.error(
        "\(rollUp.table.columns[index].name) is not one aggregate of \(rollUp.table.name), so that it has nothing to merge; "
          + "merge its parts and compute it anew", at: first.range)
    }
    guard name.text == "MERGE" ? arguments.count == 1 : Self.isMerge(name.text, call.function) else {
      throw text.error(
        "\(name.text) of \(call.function.rawValue) cannot be merged from windows", at: range,
        expected: ["MERGE(\(rollUp.table.columns[index].name))"])
    }
    return try aggregate(call, range)
  }

  /// Whether `outer` over windows is `inner` over the records in them.
  private static func isMerge(_ outer: String, _ inner: AggregateFunction) -> Bool {
    switch (FunctionNames.aggregates[outer], inner) {
    case (.max, .max), (.min, .min), (.sum, .sum), (.sum, .count), (.sum, .countAll), (.firstBy, .firstBy), (.lastBy, .lastBy),
      (.earliestByOffset, .earliestByOffset), (.latestByOffset, .latestByOffset):
      true
    default: false
    }
  }

  func notMergeable(_ name: String, _ range: SourceRange) -> SQLError {
    text.error(
      "\(name) cannot be computed from windows; name the column of the table that shall be merged", at: range,
      expected: ["MERGE(column)"])
  }
}
