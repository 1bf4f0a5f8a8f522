/// Expressions with every operator in parentheses and every cast shown.
struct ExpressionPrinter {
  private let columns: [Field]
  private let groupBy: [Expression]

  init(columns: [Field]) {
    self.columns = columns
    groupBy = []
  }

  init(_ plan: QueryPlan) {
    columns = plan.columns
    groupBy = plan.aggregation?.groupBy ?? []
  }

  func column(_ index: Int) -> String { columns.indices.contains(index) ? name(columns[index].name) : "column \(index)" }

  /// A name as a statement must spell it.
  func name(_ name: String) -> String {
    let isPlain = name.utf8.allSatisfy { byte in
      (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "_")
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
    return isPlain ? name : name.quoted(by: "`")
  }

  func text(_ call: AggregateCall) -> String {
    call.function == .countAll ? "COUNT(*)" : "\(call.function.rawValue)(\(parts(of: call)))"
  }

  private func parts(of call: AggregateCall) -> String {
    (call.arguments.map { text($0) } + call.parameters.map(\.description)).joined(separator: ", ")
  }

  func text(_ expression: Expression) -> String {
    switch expression {
    case .column(let index, _): return column(index)
    case .literal(.integer(let value), let type) where type == .timestamp || type == .date: return "\(type) \(value)"
    case .literal(let literal, _): return literal.description
    case .cast(let operand, let type): return "CAST(\(text(operand)) AS \(type))"
    case .groupKey(let index, _): return groupBy.indices.contains(index) ? text(groupBy[index]) : "key \(index)"
    case .aggregate(let index, _): return "#\(index)"
    case .windowStart: return "WINDOWSTART"
    case .windowEnd: return "WINDOWEND"
    case .conditional(let branches, let otherwise, _):
      let whens = branches.map { "WHEN \(text($0.condition)) THEN \(text($0.result))" }.joined(separator: " ")
      return "CASE \(whens) ELSE \(text(otherwise)) END"
    case .call(let function, let arguments, _): return text(function, arguments)
    case .function(let name, let arguments, _): return "\(name)(\(list(arguments)))"
    case .system(let column): return column.rawValue
    }
  }

  private func list(_ expressions: some Sequence<Expression>) -> String {
    expressions.map(text).joined(separator: ", ")
  }

  private func text(_ function: ScalarFunction, _ arguments: [Expression]) -> String {
    switch (function, arguments.count) {
    case (.isNull, 1), (.isNotNull, 1): "(\(text(arguments[0])) \(function.rawValue))"
    case (.not, 1): "(NOT \(text(arguments[0])))"
    case (.negate, 1): "(-\(text(arguments[0])))"
    case (.isIn, 2...): "(\(text(arguments[0])) IN (\(list(arguments.dropFirst()))))"
    case (.add, 2), (.subtract, 2), (.multiply, 2), (.divide, 2), (.modulo, 2), (.equal, 2), (.notEqual, 2), (.less, 2),
      (.lessOrEqual, 2), (.greater, 2), (.greaterOrEqual, 2), (.and, 2), (.or, 2), (.like, 2):
      "(\(text(arguments[0])) \(function.rawValue) \(text(arguments[1])))"
    default: "\(function.rawValue)(\(list(arguments)))"
    }
  }
}
