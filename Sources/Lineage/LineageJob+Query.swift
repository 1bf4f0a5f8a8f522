import SQL

extension LineageJob {
  /// A query: the topics it reads, and the one it writes with the columns that each of its columns is computed from. Columns are in
  /// lower case, as in the lake's tables.
  public init(_ plan: QueryPlan, application: String, bootstrap: String) {
    let columns = PlanColumns(plan, bootstrap: bootstrap)
    var inputs = [Self.dataset(plan.source, bootstrap)]
    if let table = plan.join?.table { inputs.append(Self.dataset(table, bootstrap)) }
    let fields = plan.projection.map { LineageDataset.Field($0.field.name.lowercased(), "\($0.field.type)") }
    var origins: [String: Set<LineageDataset.Origin>] = [:]
    for output in plan.projection {
      let read = columns.origins(of: output.expression)
      if !read.isEmpty { origins[output.field.name.lowercased()] = read }
    }
    self.init(
      namespace: application, name: plan.id, kind: "QUERY", inputs: inputs,
      outputs: [.topic(plan.sink.topic, bootstrap: bootstrap, fields: fields, origins: origins)])
  }

  private static func dataset(_ source: SourcePlan, _ bootstrap: String) -> LineageDataset {
    .topic(source.topic, bootstrap: bootstrap, fields: source.columns.map { .init($0.name.lowercased(), "\($0.type)") })
  }
}

/// Which columns of topics an expression is computed from. Pure.
private struct PlanColumns {
  private let plan: QueryPlan
  /// By the index that expressions use.
  private let columns: [LineageDataset.Origin]

  init(_ plan: QueryPlan, bootstrap: String) {
    self.plan = plan
    let namespace = LineageDataset.namespace(bootstrap: bootstrap)
    func origins(_ source: SourcePlan) -> [LineageDataset.Origin] {
      source.columns.map { .init(namespace: namespace, dataset: source.topic, field: $0.name.lowercased(), how: .identity) }
    }
    columns = origins(plan.source) + (plan.join.map { origins($0.table) } ?? [])
  }

  func origins(of expression: Expression) -> Set<LineageDataset.Origin> {
    switch expression {
    case .column(let index, _): columns.indices.contains(index) ? [columns[index]] : []
    case .literal, .system: []
    case .call(_, let arguments, _), .function(_, let arguments, _): union(arguments, .transformation)
    case .conditional(let branches, let otherwise, _):
      union(branches.flatMap { [$0.condition, $0.result] } + [otherwise], .transformation)
    case .cast(let inner, _): union([inner], .transformation)
    case .groupKey(let index, _): at(index, plan.aggregation?.groupBy ?? []).map { origins(of: $0) } ?? []
    case .aggregate(let index, _): at(index, plan.aggregation?.aggregates ?? []).map { union($0.arguments, .aggregation) } ?? []
    case .windowStart, .windowEnd: time
    }
  }

  /// The window that a record falls into is told by its time.
  private var time: Set<LineageDataset.Origin> {
    union(plan.source.timestampColumn.flatMap { at($0, columns) }.map { [$0] } ?? [], .transformation)
  }

  private func union(_ expressions: [Expression], _ how: LineageDataset.Transformation) -> Set<LineageDataset.Origin> {
    union(expressions.reduce(into: []) { $0.formUnion(origins(of: $1)) }, how)
  }

  /// What is aggregated stays so, whatever is done with it before or after.
  private func union(
    _ origins: Set<LineageDataset.Origin>, _ how: LineageDataset.Transformation
  ) -> Set<LineageDataset.Origin> {
    Set(
      origins.map { origin in
        var origin = origin
        if origin.how != .aggregation { origin.how = how }
        return origin
      })
  }

  private func at<E>(_ index: Int, _ elements: [E]) -> E? { elements.indices.contains(index) ? elements[index] : nil }
}
