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
    if let key = plan.partitionBy {
      lines.append(line("partition", key.isEmpty ? "NULL" : key.map(printer.text).joined(separator: ", ")))
    }
    if let filter = plan.filter { lines.append(line("where", printer.text(filter))) }
    if let rollUp = plan.rollUp { lines.append(line("merge", "the windows of TABLE \(rollUp.table) (\(rollUp.query))")) }
    if let join = plan.join { lines += self.join(join, printer) }
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
    lines.append(line("window", window(plan.window)))
    if let fill = plan.fill { lines.append(line("fill", "PREVIOUS within \(TimeUnit.describe(fill.within))")) }
    if let repartition = plan.repartition { lines.append(self.repartition(repartition, printer)) }
    return lines
  }

  private static func window(_ window: WindowPlan) -> String {
    let length = TimeUnit.describe
    switch window {
    case .unbounded: return "none"
    case .session(let session): return "SESSION gap \(length(session.gap)), grace \(length(session.grace))"
    case .time(let window):
      var text = "\(window.isTumbling ? "TUMBLING" : "HOPPING") size \(length(window.size))"
      if !window.isTumbling { text += ", advance \(length(window.advance))" }
      text += ", grace \(length(window.grace))"
      if window.offset != 0 { text += ", offset \(length(window.offset))" }
      if let zone = window.timeZone { text += ", time zone \(zone)" }
      return text
    }
  }

  private static func repartition(_ repartition: Repartition, _ printer: ExpressionPrinter) -> String {
    let key = repartition.key.map(printer.text).joined(separator: ", ")
    return line("through", "topic \(repartition.name), key \(repartition.keyFormat.rawValue) of \(key)")
  }

  private static func join(_ join: JoinPlan, _ printer: ExpressionPrinter) -> [String] {
    var lines = [line("join", "\(join.kind.rawValue) TABLE \(join.table.name) by \(printer.text(join.key))")]
    if let repartition = join.repartition { lines.append(self.repartition(repartition, printer)) }
    return lines + source(join.table, ExpressionPrinter(columns: join.table.columns)).map { "  " + $0 }
  }

  private static func windowed(_ window: KeyWindow?) -> String {
    switch window {
    case nil: ""
    case .session: ", SESSION windows"
    case .time(let size, let isHopping): ", \(isHopping ? "HOPPING" : "TUMBLING") windows of \(TimeUnit.describe(size))"
    }
  }

  private static func source(_ source: SourcePlan, _ printer: ExpressionPrinter) -> [String] {
    let name = { (index: Int) in printer.column(index) }
    var lines = [
      line(
        "source",
        "\(source.isTable ? "TABLE" : "STREAM") \(source.name) from topic \(source.topic), "
          + formats(source.keyFormat, source.valueFormat) + windowed(source.window))
    ]
    lines += creation(source.partitions, source.replicas)
    let format = source.timestampFormat.map { " as \($0.quoted(by: "'"))" } ?? ""
    lines.append(line("time", source.timestampColumn.map { name($0) + format } ?? "of the record"))
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
