/// CREATE … AS SELECT and INSERT INTO … SELECT.
extension Analyzer {
  mutating func createAs(_ create: CreateAs) throws(SQLError) -> SQLStatement {
    guard try isNew(create.name, ifNotExists: create.ifNotExists, isReplacing: create.isReplacing) else {
      return .unchanged(create.name.text)
    }
    let id = (create.isTable ? "CTAS_" : "CSAS_") + create.name.text
    let owner = QueryOwner(kind: create.isTable ? .table : .stream, name: create.name.text, id: id, range: create.range)
    let checked = try check(create.query, for: owner)
    let sink = try sink(create, checked)
    let plan = QueryPlan(id: id, checked, sink)
    if catalog.contains(create.name.text) {
      guard let old = catalog.query(filling: create.name.text) else {
        throw text.error(
          "\(create.name.text) cannot be replaced: it is declared over a topic; give it a new name", at: create.range)
      }
      try checkReplacement(plan, of: old, create.range)
      catalog.put(relation(sink, checked))
      catalog.put(plan)
      return .query(plan, replacing: true)
    }
    catalog.put(relation(sink, checked))
    catalog.put(plan)
    return .query(plan, replacing: false)
  }

  mutating func insertSelect(_ insert: InsertSelect) throws(SQLError) -> SQLStatement {
    if let property = insert.properties.first {
      throw text.error(
        "\(property.name.text) is not supported here: what is inserted has the properties of \(insert.name.text)",
        at: property.name.range)
    }
    let target = try known(insert.name)
    guard !target.isTable else {
      throw text.error("INSERT INTO … SELECT is for streams, and \(target.name) is a table", at: insert.name.range)
    }
    guard !target.isReadOnly else {
      throw text.error("\(target.name) is a SOURCE, into which nothing is inserted", at: insert.name.range)
    }
    guard target.headers.isEmpty else {
      throw text.error("\(target.name) has HEADER columns, which cannot be inserted", at: insert.name.range)
    }
    let count = catalog.queries.count { $0.isInsertion && $0.sink.name == target.name }
    let id = "\(QueryPlan.insertionPrefix)\(target.name)_\(count + 1)"
    let owner = QueryOwner(kind: .stream, name: target.name, id: id, range: insert.range)
    var checked = try check(insert.query, for: owner)
    guard checked.source.topic != target.topic else {
      throw text.error("the query would read what it writes: \(target.topic) is its source", at: insert.range)
    }
    try fit(&checked.projection, into: target, insert)
    let sink = SinkPlan(
      name: target.name, topic: target.topic, keyFormat: target.keyFormat, valueFormat: target.valueFormat,
      options: target.options, isTable: false, window: target.window, timestampColumn: target.timestampColumn,
      timestampFormat: target.timestampFormat,
      lateTopic: try sideTopic(
        "LATE_TOPIC", try PropertyReader([], of: .sink, text: text, statement: insert.range), of: checked.source.topic,
        suffix: "late"),
      partitions: target.partitions, replicas: target.replicas)
    let plan = QueryPlan(id: id, checked, sink)
    catalog.put(plan)
    return .query(plan, replacing: false)
  }

  /// Key columns match key columns and values match values, each in order, by type; names are the target's.
  private func fit(
    _ projection: inout [QueryPlan.Output], into target: SourcePlan, _ insert: InsertSelect
  ) throws(SQLError) {
    var ordered: [QueryPlan.Output] = []
    var rest = projection
    for field in target.columns {
      guard let index = rest.firstIndex(where: { $0.field.isKey == field.isKey }) else {
        throw text.error("no column is selected for \(field.name) of \(target.name)", at: insert.range)
      }
      var output = rest.remove(at: index)
      if output.field.type != field.type, output.field.type.widens(to: field.type) {
        output.expression = .cast(output.expression, to: field.type)
        output.field.type = field.type
      }
      guard output.field.type == field.type else {
        throw text.error(
          "\(output.field.name) is of type \(output.field.type), but \(field.name) of \(target.name) of type \(field.type); "
            + "use CAST", at: insert.range)
      }
      output.field = field
      ordered.append(output)
    }
    if let extra = rest.first {
      throw text.error("\(target.name) has no column for \(extra.field.name)", at: insert.range)
    }
    projection = ordered
  }
}

extension QueryPlan {
  init(id: String, _ checked: CheckedQuery, _ sink: SinkPlan) {
    self.init(
      id: id, source: checked.source, sink: sink, join: checked.join, filter: checked.filter,
      partitionBy: checked.partitionBy, aggregation: checked.aggregation, rollUp: checked.rollUp,
      projection: checked.projection)
  }
}
