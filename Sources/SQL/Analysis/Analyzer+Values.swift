/// INSERT INTO … VALUES, and ASSERT.
extension Analyzer {
  func insertValues(_ row: InsertRow) throws(SQLError) -> InsertValues {
    let target = try known(row.name)
    guard !target.isReadOnly else {
      throw text.error("\(target.name) is a SOURCE, into which nothing is inserted", at: row.name.range)
    }
    guard target.window == nil else {
      throw text.error("\(target.name) has windowed keys, into which nothing is inserted", at: row.name.range)
    }
    guard catalog.query(filling: target.name) == nil || !target.isTable else {
      throw text.error("\(target.name) is filled by its query; insert into the stream it reads", at: row.name.range)
    }
    return try self.row(row, target).insert
  }

  /// The values by column, and which columns they were given for.
  private func row(_ row: InsertRow, _ target: SourcePlan) throws(SQLError) -> (insert: InsertValues, columns: [Int]) {
    var indexes: [Int?] = []
    for name in row.columns {
      let index: Int? = name.text == "ROWTIME" ? nil : try column(name, target.columns)
      guard !indexes.contains(index) else { throw text.error("\(name.text) is given twice", at: name.range) }
      indexes.append(index)
    }
    if row.columns.isEmpty {
      // As in ksqlDB, where the key stands before all else.
      let values = target.columns.indices.filter { !target.columns[$0].isKey && target.headers[$0] == nil }
      indexes = target.keyColumns + values
    }
    guard indexes.count == row.values.count else {
      throw text.error("\(indexes.count) values are needed, and \(row.values.count) are given", at: row.range)
    }
    if let index = indexes.first(where: { $0.map { target.headers[$0] != nil } ?? false }), let index {
      throw text.error("\(target.columns[index].name) is a header, which cannot be inserted", at: row.range)
    }
    var values = target.columns.map { Expression.literal(.null, $0.type) }
    var rowTime: Expression?
    for (index, syntax) in zip(indexes, row.values) {
      let field = index.map { target.columns[$0] } ?? Field(name: "ROWTIME", type: .bigint)
      let value = try assigned(syntax, to: field.type, of: field.name)
      if let index { values[index] = value } else { rowTime = value }
    }
    if target.isTable, let key = target.keyColumns.first(where: { values[$0] == .literal(.null, target.columns[$0].type) }) {
      throw text.error("\(target.columns[key].name) is the PRIMARY KEY and needs a value", at: row.range)
    }
    return (InsertValues(target: target, values: values, rowTime: rowTime), indexes.compactMap(\.self))
  }

  /// A constant as a value of `type`; texts become times and numbers where that is meant.
  func assigned(_ syntax: SyntaxExpression, to type: SQLType, of column: String) throws(SQLError) -> Expression {
    let nothing = SourcePlan(
      name: "", topic: "", keyFormat: .none, valueFormat: .none, columns: [], timestampColumn: nil, deduplicateBy: [],
      deduplicateWithin: 0, maxFutureSkew: nil, idleClose: nil, invalidTopic: "", partitions: nil)
    var expressions = ExpressionAnalyzer(text: text, scope: Scope(source: nothing, alias: nil), isGrouped: false)
    expressions.clause = .values
    if case .array(let elements) = syntax.kind, elements.isEmpty, case .array = type { return .function("ARRAY", [], type) }
    if case .map(let entries) = syntax.kind, entries.isEmpty, case .map = type { return .function("MAP", [], type) }
    let value = try expressions.analyze(syntax)
    if value.isUntypedNull || value.type == type || value.literal?.widened(from: value.type, to: type) != nil {
      return expressions.coerce(value, to: type)
    }
    if value.type == .string, type.isTime, value.literal != nil {
      return try expressions.cast(value, to: type, syntax.range)
    }
    let isWidening = value.type.widens(to: type) || value.type.isNested || (value.type == .string && type.isTime)
    guard isWidening, value.type.canBeCast(to: type) else {
      throw text.error("\(column) is of type \(type), and this is \(value.type)", at: syntax.range)
    }
    return .cast(value.expression, to: type)
  }

  // MARK: ASSERT

  func assertion(_ assertion: AssertSyntax) throws(SQLError) -> AssertStatement {
    switch assertion {
    case .topic(let exists, let name, let list, let timeout):
      let properties = try PropertyReader(list, of: .sink, text: text, statement: name.range)
      for property in list where !["PARTITIONS", "REPLICAS"].contains(property.name.text) {
        throw text.error(
          "ASSERT TOPIC looks at PARTITIONS and REPLICAS alone", at: property.name.range, expected: ["PARTITIONS", "REPLICAS"])
      }
      return .topic(
        exists: exists, name: name.text, partitions: try properties.count("PARTITIONS"),
        replicas: try properties.count("REPLICAS"), timeout: timeout)
    case .schema(let exists, let subject, let id, let timeout, _):
      return .schema(exists: exists, subject: subject?.text, id: id, timeout: timeout)
    case .values(let syntax):
      let row = try row(syntax, try known(syntax.name))
      return .values(row.insert, columns: row.columns)
    case .tombstone(let syntax):
      let row = try row(keysOnly(syntax), try known(syntax.name))
      return .tombstone(row.insert, columns: row.columns)
    case .source(let create): return try self.declared(create)
    }
  }

  /// Without names the values of NULL VALUES are those of the key columns.
  private func keysOnly(_ row: InsertRow) throws(SQLError) -> InsertRow {
    guard row.columns.isEmpty else { return row }
    var row = row
    let target = try known(row.name)
    row.columns = target.keyColumns.map { Name(text: target.columns[$0].name, range: row.range) }
    return row
  }

  private func declared(_ create: CreateSource) throws(SQLError) -> AssertStatement {
    let properties = try PropertyReader(create.properties, of: .source, text: text, statement: create.range)
    let columns = create.columns.map { column in
      Field(name: column.name.text, type: column.type, isKey: column.role == .key || column.role == .primaryKey)
    }
    return .source(
      name: create.name.text, isTable: create.isTable, columns: columns, topic: try properties.topic("KAFKA_TOPIC"),
      keyFormat: try properties.keyFormat(), valueFormat: try properties.valueFormat())
  }
}
