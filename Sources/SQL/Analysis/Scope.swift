/// What column names mean inside one query.
struct Scope {
  /// One source of the query.
  struct Relation {
    /// The alias where there is one, otherwise the source's own name.
    var qualifier: String
    var source: SourcePlan
    /// Index of its first column among those of the query.
    var base: Int
    var indexes: [String: Int]

    init(_ source: SourcePlan, alias: Name?, base: Int = 0) {
      qualifier = alias?.text ?? source.name
      self.source = source
      self.base = base
      indexes = Dictionary(
        source.columns.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
    }
  }

  /// The stream or table after FROM, then the joined table.
  private(set) var relations: [Relation]
  private(set) var columns: [Field]

  init(source: SourcePlan, alias: Name?) {
    relations = [Relation(source, alias: alias)]
    columns = source.columns
  }

  mutating func join(_ table: SourcePlan, alias: Name?) {
    relations.append(Relation(table, alias: alias, base: columns.count))
    columns += table.columns
  }

  /// The source after FROM.
  var source: SourcePlan { relations[0].source }

  var isJoin: Bool { relations.count > 1 }

  /// The relation of this name.
  func relation(_ qualifier: Name, _ text: SourceText) throws(SQLError) -> Relation {
    if let relation = relations.first(where: { $0.qualifier == qualifier.text }) { return relation }
    throw text.error(
      "there is no source \(qualifier.text) in this query", at: qualifier.range,
      suggestion: NearestName.of(qualifier.text, in: relations.map(\.qualifier)) ?? relations[0].qualifier)
  }

  /// Whether several sources have a column of this name.
  func isShared(_ name: String) -> Bool { relations.count { $0.indexes[name] != nil } > 1 }

  /// The names of all sources, for errors.
  var names: String { relations.map(\.source.name).joined(separator: " and ") }
}
