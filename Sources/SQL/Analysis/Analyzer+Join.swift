/// A stream joined with a table.
extension Analyzer {
  /// The joined table, which becomes part of the scope; nil for a query without JOIN.
  func join(_ query: Query, _ scope: inout Scope, _ owner: QueryOwner) throws(SQLError) -> JoinPlan? {
    guard let join = query.joins.first else { return nil }
    if query.joins.count > 1 {
      throw text.error(
        "a query joins one table; write the first join into a stream, and join that one", at: query.joins[1].range)
    }
    let stream = scope.source
    let table = try known(join.source)
    try checkKinds(stream, table, join)
    scope.join(table, alias: join.alias)
    guard scope.relations[0].qualifier != scope.relations[1].qualifier else {
      throw text.error("both sources are called \(scope.relations[0].qualifier); give one an alias with AS", at: join.range)
    }
    let key = try joinKey(join, scope)
    let keys = stream.keyColumns.map { Expression.column($0, stream.columns[$0].type) }
    let isTogether = keys == [key] || (stream.partitions == 1 && table.partitions == 1)
    try checkPartitions(stream, table, join, isTogether)
    let repartition =
      isTogether
      ? nil
      : Repartition(name: "\(owner.id)-join-repartition", key: [key], keyFormat: innerFormat(table.keyFormat, [key]))
    return JoinPlan(kind: join.kind, table: table, key: key, repartition: repartition)
  }

  private func checkKinds(_ left: SourcePlan, _ table: SourcePlan, _ join: Query.Join) throws(SQLError) {
    guard !left.isTable else {
      throw text.error("\(left.name) is a table; a join begins with a stream: FROM stream JOIN table", at: join.range)
    }
    guard table.isTable else {
      throw text.error(
        "\(table.name) is a stream, and a stream is joined with a table; make one of it with CREATE TABLE … AS SELECT",
        at: join.source.range)
    }
    guard table.window == nil, left.window == nil else {
      throw text.error(
        "\((table.window == nil ? left : table).name) has windowed keys, which no join can match; join sources without windows",
        at: join.source.range)
    }
    guard table.keyColumns.count == 1 else {
      throw text.error(
        "the PRIMARY KEY of \(table.name) has several columns; a join matches one", at: join.source.range)
    }
  }

  private func checkPartitions(
    _ stream: SourcePlan, _ table: SourcePlan, _ join: Query.Join, _ isTogether: Bool
  ) throws(SQLError) {
    guard isTogether, let left = stream.partitions, let right = table.partitions, left != right else { return }
    throw text.error(
      "\(stream.name) has \(left) partitions and \(table.name) \(right), so that a record cannot meet its row; "
        + "give both topics the same number", at: join.range)
  }

  /// The stream's side of `stream expression = table key`.
  private func joinKey(_ join: Query.Join, _ scope: Scope) throws(SQLError) -> Expression {
    guard case .binary(.equal, let left, let right) = join.condition.kind else {
      throw text.error("a join is ON the stream's value = the table's PRIMARY KEY", at: join.condition.range)
    }
    var expressions = ExpressionAnalyzer(text: text, scope: scope, isGrouped: false)
    expressions.clause = .join
    let sides = [try expressions.analyze(left), try expressions.analyze(right)]
    let table = scope.relations[1]
    let index = table.base + table.source.keyColumns[0]
    let primary = Expression.column(index, scope.columns[index].type)
    guard let keySide = sides.firstIndex(where: { $0.expression == primary }) else {
      let name = "\(table.qualifier).\(scope.columns[index].name)"
      throw text.error("one side of ON must be \(name), the PRIMARY KEY of the table", at: join.condition.range, expected: [name])
    }
    let other = sides[1 - keySide]
    guard other.expression.columns.allSatisfy({ $0 < table.base }), other.expression.readsRecord else {
      throw text.error("the other side of ON must be a value of \(scope.source.name)", at: other.range)
    }
    guard other.type.common(with: primary.type) == primary.type else {
      throw text.error(
        "the PRIMARY KEY is of type \(primary.type), but this of type \(other.type); use CAST", at: other.range)
    }
    return expressions.coerce(other, to: primary.type)
  }

  /// The key of the joined records: the stream's side where it is selected, otherwise the table's key column, which then
  /// stands for it, so that records without a match keep their key.
  func joinKey(_ join: JoinPlan, _ source: SourcePlan, _ outputs: inout Outputs) -> Expression {
    guard !outputs.list.contains(where: { $0.expression == join.key }) else { return join.key }
    let column = join.table.keyColumns[0]
    let primary = Expression.column(source.columns.count + column, join.table.columns[column].type)
    var isFirst = true
    outputs.rewrite { expression in
      guard expression == primary, isFirst else { return expression }
      isFirst = false
      return join.key
    }
    return join.key
  }
}

extension Expression {
  /// Indexes of the columns read below here.
  var columns: [Int] {
    if case .column(let index, _) = self { return [index] }
    return children.flatMap(\.columns)
  }
}
