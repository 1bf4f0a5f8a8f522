extension ExpressionAnalyzer {
  func column(_ name: Name, _ qualifier: Name?) throws(SQLError) -> Expression {
    if clause == .values { throw text.error("values are constants; \(name.text) would be a column", at: name.range) }
    let relations = try qualifier.map { qualifier throws(SQLError) in [try scope.relation(qualifier, text)] } ?? scope.relations
    let found = relations.compactMap { relation in relation.indexes[name.text].map { relation.base + $0 } }
    if found.count > 1 {
      let choices = relations.map { "\($0.qualifier).\(name.text)" }
      throw text.error("both sources have a column \(name.text); say which", at: name.range, expected: choices)
    }
    if let index = found.first { return .column(index, scope.columns[index].type) }
    if let system = try pseudoColumn(name, relations) { return system }
    throw noColumn(name, qualifier, relations)
  }

  private func noColumn(_ name: Name, _ qualifier: Name?, _ relations: [Scope.Relation]) -> SQLError {
    if qualifier == nil, let source = scope.relations.first(where: { $0.qualifier == name.text }) {
      return text.error("\(name.text) is a source; name one of its columns", at: name.range, expected: ["\(source.qualifier).…"])
    }
    let known = relations.flatMap { $0.source.columns.map(\.name) } + ["WINDOWSTART", "WINDOWEND", "ROWTIME"]
    let hint = text.bytes[name.range.start] == UInt8(ascii: "\"") ? "; texts are written in single quotes" : ""
    let sources = relations.map(\.source.name).joined(separator: " and ")
    return text.error(
      "there is no column \(name.text) in \(sources)\(hint)", at: name.range, suggestion: NearestName.of(name.text, in: known))
  }

  // MARK: What every record has

  private func pseudoColumn(_ name: Name, _ relations: [Scope.Relation]) throws(SQLError) -> Expression? {
    switch name.text {
    case "WINDOWSTART": return try windowBound(.windowStart, name)
    case "WINDOWEND": return try windowBound(.windowEnd, name)
    case "ROWTIME": return try rowTime(name, relations)
    case "ROWPARTITION", "ROWOFFSET":
      guard let column = SystemColumn(rawValue: name.text) else { return nil }
      try checkOfStream(name, relations)
      guard !isPull else {
        throw text.error("\(name.text) is not kept with a table's rows; use EMIT CHANGES to see it", at: name.range)
      }
      return .system(column)
    default: return nil
    }
  }

  private func windowBound(_ bound: Expression, _ name: Name) throws(SQLError) -> Expression {
    switch bounds {
    case .ofSource: return bound
    case .ofGroups where clause == .select: return bound
    case .ofGroups, .none:
      throw text.error("\(name.text) can only be used in the SELECT of a windowed GROUP BY", at: name.range)
    }
  }

  private func rowTime(_ name: Name, _ relations: [Scope.Relation]) throws(SQLError) -> Expression {
    try checkOfStream(name, relations)
    let source = scope.source
    guard let index = source.timestampColumn, !source.isTable, source.columns[index].type != .string else {
      return .system(.rowTime)
    }
    let time = Expression.column(index, source.columns[index].type)
    return time.type == .bigint ? time : .call(.unixTimestamp, [time], .bigint)
  }

  private func checkOfStream(_ name: Name, _ relations: [Scope.Relation]) throws(SQLError) {
    guard relations[0].base > 0 else { return }
    throw text.error(
      "\(name.text) of the joined table is not known; use that of \(scope.relations[0].qualifier)", at: name.range)
  }
}
