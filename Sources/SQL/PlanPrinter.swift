/// Plans as text that people compare: one clause a line, from the sink down to the source, stable from run to run.
public enum PlanPrinter {
  /// The plan of one query, without a newline at the end.
  public static func text(_ plan: QueryPlan) -> String {
    var lines = [plan.id]
    let printer = ExpressionPrinter(plan)
    lines += sink(plan.sink)
    for output in plan.projection {
      let key = output.field.isKey ? " KEY" : ""
      let field = "\(printer.name(output.field.name)) \(output.field.type)\(key)"
      lines.append(line("select", "\(field) = \(printer.text(output.expression))"))
    }
    if let aggregation = plan.aggregation { lines += self.aggregation(aggregation, printer) }
    if let filter = plan.filter { lines.append(line("where", printer.text(filter))) }
    lines += source(plan.source, printer)
    return lines.joined(separator: "\n")
  }

  private static func line(_ label: String, _ content: String) -> String {
    "  " + label + String(repeating: " ", count: max(1, 11 - label.count)) + content
  }

  private static func sink(_ sink: SinkPlan) -> [String] {
    let kind = sink.isTable ? "TABLE" : "STREAM"
    var lines = [line("sink", "\(kind) \(sink.name) to topic \(sink.topic), \(formats(sink.keyFormat, sink.valueFormat))")]
    lines += creation(sink.partitions, sink.replicas)
    if sink.isTable { lines.append(line("late", "topic \(sink.lateTopic)")) }
    return lines
  }

  private static func formats(_ key: DataFormat, _ value: DataFormat) -> String {
    "key \(key.rawValue), value \(value.rawValue)"
  }

  private static func creation(_ partitions: Int?, _ replicas: Int?) -> [String] {
    let parts = [partitions.map { "\($0) partitions" }, replicas.map { "\($0) replicas" }].compactMap(\.self)
    return parts.isEmpty ? [] : [line("create", parts.joined(separator: ", "))]
  }

  private static func aggregation(_ plan: AggregationPlan, _ printer: ExpressionPrinter) -> [String] {
    var lines: [String] = []
    lines.append(line("emit", plan.emit == .final ? "FINAL" : "CHANGES"))
    if let having = plan.having { lines.append(line("having", printer.text(having))) }
    for (index, call) in plan.aggregates.enumerated() {
      lines.append(line("aggregate", "#\(index) \(call.type) = \(printer.text(call))"))
    }
    lines.append(line("group", plan.groupBy.map(printer.text).joined(separator: ", ")))
    let window = plan.window
    let kind = window.size == window.advance ? "TUMBLING" : "HOPPING"
    let advance = window.size == window.advance ? "" : ", advance \(TimeUnit.describe(window.advance))"
    lines.append(
      line(
        "window", "\(kind) size \(TimeUnit.describe(window.size))\(advance), grace \(TimeUnit.describe(window.grace))"))
    return lines
  }

  private static func source(_ source: SourcePlan, _ printer: ExpressionPrinter) -> [String] {
    let name = { (index: Int) in printer.column(index) }
    var lines = [
      line("source", "STREAM \(source.name) from topic \(source.topic), \(formats(source.keyFormat, source.valueFormat))")
    ]
    lines += creation(source.partitions, source.replicas)
    lines.append(line("time", source.timestampColumn.map(name) ?? "of the record"))
    if !source.deduplicateBy.isEmpty {
      let columns = source.deduplicateBy.map(name).joined(separator: ", ")
      lines.append(line("distinct", "by \(columns) within \(TimeUnit.describe(source.deduplicateWithin))"))
    }
    if let skew = source.maxFutureSkew { lines.append(line("future", "at most \(TimeUnit.describe(skew))")) }
    if let idle = source.idleClose { lines.append(line("idle", "close after \(TimeUnit.describe(idle))")) }
    lines.append(line("invalid", "topic \(source.invalidTopic)"))
    return lines
  }
}

/// Expressions with every operator in parentheses and every cast shown.
struct ExpressionPrinter {
  private let columns: [Field]
  private let groupBy: [Expression]

  init(_ plan: QueryPlan) {
    columns = plan.source.columns
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
    call.function == .countAll ? "COUNT(*)" : "\(call.function.rawValue)(\(list(call.arguments)))"
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
