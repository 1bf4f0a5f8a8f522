/// Checks statements against a catalog and turns them into plans.
struct Analyzer {
  let text: SourceText
  var catalog: Catalog

  /// The plan of a persistent query; nil for a statement that only declares or sets.
  mutating func plan(_ statement: Statement) throws(SQLError) -> QueryPlan? {
    switch statement {
    case .createSource(let create):
      guard try isNew(create.name, ifNotExists: create.ifNotExists) else { return nil }
      catalog.add(try source(create))
      return nil
    case .createAs(let create):
      guard try isNew(create.name, ifNotExists: create.ifNotExists) else { return nil }
      return try query(create)
    case .drop(let drop):
      try check(drop)
      return nil
    case .set(let setting):
      try check(setting)
      return nil
    }
  }

  private func isNew(_ name: Name, ifNotExists: Bool) throws(SQLError) -> Bool {
    guard catalog.contains(name.text) else { return true }
    if ifNotExists { return false }
    let kind = catalog.tables[name.text] == nil ? "stream" : "table"
    throw text.error("a \(kind) \(name.text) is already declared; choose another name", at: name.range)
  }

  /// DROP IF EXISTS of what does not exist is harmless and common in scripts; anything else would contradict the files.
  private func check(_ drop: Drop) throws(SQLError) {
    let exists = catalog.contains(drop.name.text)
    if !exists, drop.ifExists { return }
    guard exists else {
      throw text.error(
        "there is no \(drop.isTable ? "table" : "stream") \(drop.name.text)", at: drop.name.range,
        suggestion: NearestName.of(drop.name.text, in: catalog.names))
    }
    throw text.error("DROP is not supported yet; delete the statement that creates \(drop.name.text)", at: drop.range)
  }

  /// Settings that say what the engine does anyway are taken; others are refused.
  private func check(_ setting: Setting) throws(SQLError) {
    let prefix = "ksql.streams."
    let name = setting.name.text
    let plain = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    let fixed = ["auto.offset.reset": ["earliest"], "processing.guarantee": ["exactly_once_v2", "exactly_once"]]
    guard let values = fixed[plain] else {
      throw text.error(
        "the setting \(plain.prefix(60)) is not supported; settings of a worker are given on its command line",
        at: setting.name.range, suggestion: NearestName.of(plain, in: fixed.keys.sorted()))
    }
    guard values.contains(setting.value.text) else {
      throw text.error(
        "\(plain) is always \(values[0]) here", at: setting.value.range, expected: values.map { "'\($0)'" })
    }
  }
}
