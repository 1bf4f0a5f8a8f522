/// DROP and ALTER.
extension Analyzer {
  mutating func drop(_ drop: Drop) throws(SQLError) -> SQLStatement {
    let name = drop.name.text
    guard let source = catalog.sources[name] else {
      if drop.ifExists { return .unchanged(name) }
      throw text.error(
        "there is no \(drop.isTable ? "table" : "stream") \(name)", at: drop.name.range,
        suggestion: NearestName.of(name, in: catalog.names))
    }
    guard source.isTable == drop.isTable else {
      throw text.error(
        "\(name) is a \(source.isTable ? "table" : "stream"); write DROP \(source.isTable ? "TABLE" : "STREAM")", at: drop.range)
    }
    let readers = catalog.readers(of: name)
    guard readers.isEmpty else {
      throw text.error(
        "\(name) is read by \(readers.joined(separator: ", ")); drop what these fill first", at: drop.name.range)
    }
    guard !drop.deletesTopic || !source.isReadOnly else {
      throw text.error("\(name) is a SOURCE, whose topic is not deleted; leave DELETE TOPIC out", at: drop.range)
    }
    let terminates = catalog.writers(of: name)
    catalog.remove(name)
    return .drop(DropStatement(source: source, deletesTopic: drop.deletesTopic, terminates: terminates))
  }

  mutating func alter(_ alter: Alter) throws(SQLError) -> SQLStatement {
    var source = try known(alter.name)
    guard source.isTable == alter.isTable else {
      throw text.error(
        "\(source.name) is a \(source.isTable ? "table" : "stream"); write ALTER \(source.isTable ? "TABLE" : "STREAM")",
        at: alter.name.range)
    }
    guard catalog.query(filling: source.name) == nil else {
      throw text.error(
        "\(source.name) has the columns of its query; write CREATE OR REPLACE … AS SELECT with the new ones", at: alter.name.range
      )
    }
    guard !source.isReadOnly else {
      throw text.error("\(source.name) is a SOURCE, which is not altered; declare it again", at: alter.name.range)
    }
    for column in alter.columns {
      guard !source.columns.contains(where: { $0.name == column.name.text }) else {
        throw text.error("\(source.name) has a column \(column.name.text) already", at: column.name.range)
      }
      source.columns.append(Field(name: column.name.text, type: column.type))
    }
    catalog.put(source)
    return .alter(source)
  }
}

/// CREATE OR REPLACE, as far as it is safe: what was computed or stored before keeps its meaning.
extension Analyzer {
  /// Refuses a declaration that contradicts the one it replaces.
  func checkReplacement(_ new: SourcePlan, of old: SourcePlan, _ range: SourceRange) throws(SQLError) {
    func refuse(_ what: String) -> SQLError {
      text.error("\(new.name) cannot be replaced: \(what); give it a new name", at: range)
    }
    guard !old.isReadOnly, !new.isReadOnly else { throw refuse("a SOURCE is declared once") }
    guard catalog.query(filling: old.name) == nil else { throw refuse("it is filled by a query") }
    guard new.isTable == old.isTable else { throw refuse("it is a \(old.isTable ? "table" : "stream")") }
    guard new.topic == old.topic else { throw refuse("its topic is \(old.topic)") }
    guard new.keyFormat == old.keyFormat, new.valueFormat == old.valueFormat, new.options == old.options else {
      throw refuse("its formats would change")
    }
    try checkColumns(new.columns, extend: old.columns, refuse)
  }

  /// Refuses a query whose state or output would not fit what the one before left behind.
  func checkReplacement(_ new: QueryPlan, of old: QueryPlan, _ range: SourceRange) throws(SQLError) {
    func refuse(_ what: String) -> SQLError {
      text.error("\(new.sink.name) cannot be replaced: \(what); give it a new name and topic", at: range)
    }
    guard old.aggregation == nil, new.aggregation == nil else { throw refuse("its groups have state") }
    guard old.join == nil, new.join == nil else { throw refuse("its join has state") }
    guard old.source.name == new.source.name else { throw refuse("it reads \(old.source.name)") }
    guard old.partitionBy == new.partitionBy else { throw refuse("its key would change") }
    guard old.sink.isTable == new.sink.isTable else { throw refuse("it is a \(old.sink.isTable ? "table" : "stream")") }
    guard old.sink.topic == new.sink.topic else { throw refuse("its topic is \(old.sink.topic)") }
    guard old.sink.keyFormat == new.sink.keyFormat, old.sink.valueFormat == new.sink.valueFormat,
      old.sink.options == new.sink.options
    else { throw refuse("its formats would change") }
    try checkColumns(new.projection.map(\.field), extend: old.projection.map(\.field), refuse)
    for (before, after) in zip(old.projection, new.projection) where before.expression != after.expression {
      throw refuse("the meaning of \(before.field.name) would change; only WHERE and new columns at the end may")
    }
  }

  private func checkColumns(
    _ new: [Field], extend old: [Field], _ refuse: (String) -> SQLError
  ) throws(SQLError) {
    for (index, field) in old.enumerated() {
      guard new.indices.contains(index) else { throw refuse("the column \(field.name) is missing") }
      guard new[index] == field else {
        throw refuse("column \(index + 1) is \(field.name) \(field.type)\(field.isKey ? " KEY" : "")")
      }
    }
    if let added = new.dropFirst(old.count).first(where: \.isKey) { throw refuse("\(added.name) would be a new key column") }
  }
}
