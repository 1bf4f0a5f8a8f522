/// Turns an expression over source columns and aggregates into one over groups: grouping expressions become their values, and
/// a column outside of them is an error, since a group has many values of it.
struct GroupRewriter {
  let groupBy: [Expression]
  /// The first column, or thing that is known of a single record, that is neither grouped nor aggregated.
  private(set) var stray: Stray?

  enum Stray { case column(Int), system(SystemColumn) }

  init(_ groupBy: [Expression]) { self.groupBy = groupBy }

  mutating func rewrite(_ expression: Expression) -> Expression {
    if let index = groupBy.firstIndex(of: expression) { return .groupKey(index, expression.type) }
    switch expression {
    case .literal, .groupKey, .aggregate, .windowStart, .windowEnd: return expression
    case .system(let column):
      stray = stray ?? .system(column)
      return expression
    case .column(let index, _):
      stray = stray ?? .column(index)
      return expression
    case .cast(let operand, let type): return .cast(rewrite(operand), to: type)
    case .call(let function, let arguments, let type):
      var rewritten: [Expression] = []
      for argument in arguments { rewritten.append(rewrite(argument)) }
      return .call(function, rewritten, type)
    case .function(let name, let arguments, let type):
      var rewritten: [Expression] = []
      for argument in arguments { rewritten.append(rewrite(argument)) }
      return .function(name, rewritten, type)
    case .conditional(let branches, let otherwise, let type):
      var rewritten: [Expression.Branch] = []
      for branch in branches {
        rewritten.append(Expression.Branch(condition: rewrite(branch.condition), result: rewrite(branch.result)))
      }
      return .conditional(rewritten, otherwise: rewrite(otherwise), type)
    }
  }
}

extension SyntaxExpression {
  /// Where the column `name` is first used outside of aggregates.
  func firstUse(of name: String) -> SourceRange? {
    if case .column(_, let column) = kind { return column.text == name ? range : nil }
    if case .call(let function, _) = kind, FunctionNames.aggregates[function.text] != nil { return nil }
    for child in children {
      if let range = child.firstUse(of: name) { return range }
    }
    return nil
  }
}
