import Columns
import SQL
import Values

/// Turns windows into rows of the sink: group keys decoded, aggregates read, HAVING and the projection evaluated.
final class WindowOutput {
  private let graph = ExpressionGraph()
  let outputs: [QueryPlan.Output]
  private let nodes: [Int]
  private let having: Int?
  /// The sink's TIMESTAMP property. A row in which it names no time keeps that of its window.
  private let timestampNode: Int?
  private let timePattern: TimePattern?
  private let groupTypes: [SQLType]
  private let dictionary = StringDictionary()
  /// Values of emitted rows that could not be computed and stand as NULL.
  private(set) var failedValues = 0
  private var ranks: [Int32] = []
  /// Key columns by group.
  private var decoded: [Column] = []
  private var decodedCount = 0

  init(_ plan: QueryPlan, _ aggregation: AggregationPlan) throws(WindowsError) {
    outputs = plan.projection
    groupTypes = aggregation.groupBy.map(\.type)
    for output in outputs {
      try Self.check(output.expression, aggregation)
    }
    var nodes: [Int] = []
    for output in outputs { nodes.append(try graph.register(output.expression)) }
    self.nodes = nodes
    timestampNode = plan.sink.timestampColumn.map { nodes[$0] }
    timePattern = try TimePattern.of(plan.sink.timestampFormat)
    if let condition = aggregation.having {
      guard condition.type == .boolean else { throw .unsupported("a HAVING that is not BOOLEAN") }
      try Self.check(condition, aggregation)
      having = try graph.register(condition)
    } else {
      having = nil
    }
  }

  private static func check(_ expression: Expression, _ plan: AggregationPlan) throws(WindowsError) {
    switch expression {
    case .column: throw .unsupported("a source column outside of an aggregate")
    case .system(let column): throw .unsupported("\(column.rawValue) outside of an aggregate")
    case .groupKey(let i, let type):
      guard plan.groupBy.indices.contains(i), plan.groupBy[i].type == type else { throw .unsupported("an unknown key") }
    case .aggregate(let i, let type):
      guard plan.aggregates.indices.contains(i), plan.aggregates[i].type == type else {
        throw .unsupported("an unknown aggregate")
      }
    default: for child in expression.children { try check(child, plan) }
    }
  }

  var types: [SQLType] { outputs.map(\.field.type) }

  /// The outputs of an emitted row; what cannot be read is NULL.
  func values(_ emission: Emission, _ row: Int) -> [Value] {
    zip(emission.rows.columns, outputs).map { column, output in
      do throws(ValueError) { return try column.value(row, as: output.field.type) } catch { return .null }
    }
  }

  /// The order of groups by key, for sorting `count` windows.
  ///
  /// Many windows are sorted by the rank of their groups, which is computed anew only when groups have been added; few are
  /// not worth ranking all groups for.
  func order(_ groups: GroupIndex, sorting count: Int) -> (Int32, Int32) -> Bool {
    if ranks.count != groups.count, count * 16 < groups.count {
      return { a, b in
        groups.keys.withBytes(a) { x in groups.keys.withBytes(b) { y in ByteOrder.compare(x, y) < 0 } }
      }
    }
    let ranks = ranks(groups)
    return { a, b in ranks[Int(a)] < ranks[Int(b)] }
  }

  private func ranks(_ groups: GroupIndex) -> [Int32] {
    guard ranks.count != groups.count else { return ranks }
    let keys = (0..<groups.count).map { group in groups.keys.withBytes(Int32(group)) { Array($0) } }
    let order = keys.indices.sorted { keys[$0].lexicographicallyPrecedes(keys[$1]) }
    ranks = [Int32](repeating: 0, count: keys.count)
    for (rank, group) in order.enumerated() { ranks[group] = Int32(rank) }
    return ranks
  }

  /// Rows for `slots`, all of them, with HAVING's verdict per row. What cannot be computed is counted, except for windows
  /// without records.
  func rows(_ slots: [Int32], _ windows: WindowedAggregation) -> (emission: Emission, satisfied: [Bool]) {
    var leaves = ExpressionGraph.Leaves()
    leaves.rowCount = slots.count
    leaves.groupKeys = keyColumns(slots, windows)
    leaves.aggregates = windows.layout.outputs.indices.map { windows.accumulators.results($0, slots, windows.store) }
    return rows(
      leaves, bounds: slots.map { windows.bounds($0) }, times: slots.map { windows.timestamp($0) },
      isCounted: { windows.recordCount(slots[$0]) > 0 })
  }

  /// Rows over group keys and aggregates. What cannot be computed is counted where `isCounted` says so.
  func rows(
    _ leaves: ExpressionGraph.Leaves, bounds: [(start: Int64, end: Int64)], times: [Int64], isCounted: (Int) -> Bool
  ) -> (emission: Emission, satisfied: [Bool]) {
    var leaves = leaves
    let count = leaves.rowCount
    leaves.windowStarts = bounds.map { $0.start.flooredQuotient(1000) }
    leaves.windowEnds = bounds.map { $0.end.flooredQuotient(1000) }
    graph.begin(leaves)
    defer { graph.end() }
    let times = times.enumerated().map { row, time in
      timestampNode.flatMap { graph.value($0).eventTime(row, timePattern) } ?? time
    }
    let columns = zip(nodes, outputs).map { node, output -> Column in
      let vector = graph.value(node)
      if vector.failures != nil { failedValues += (0..<count).count { vector.isFailed($0) && isCounted($0) } }
      return vector.column(named: output.field.name, rowCount: count)
    }
    let emission = Emission(
      rows: ColumnBatch(columns: columns, rowCount: count), keys: ColumnBatch(columns: leaves.groupKeys, rowCount: count),
      windowStarts: bounds.map(\.start), windowEnds: bounds.map(\.end), timestamps: times,
      isTombstone: [Bool](repeating: false, count: count))
    return (emission, verdict(count))
  }

  private func verdict(_ count: Int) -> [Bool] {
    guard let having else { return [Bool](repeating: true, count: count) }
    let condition = graph.value(having)
    let flags = condition.bools
    return (0..<count).map { flags[$0 & condition.mask] && condition.isValid($0) && !condition.isFailed($0) }
  }

  private func keyColumns(_ slots: [Int32], _ windows: WindowedAggregation) -> [Column] {
    decodeNewGroups(windows.groups)
    let rows = slots.map { windows.store.groups[Int($0)] }
    return decoded.enumerated().map { i, column in
      Column(name: "KEY_\(i)", type: column.type, values: column.values.gathered(rows))
    }
  }

  /// Decodes the keys of groups that have not been emitted before; a group is emitted once per window, for ever.
  private func decodeNewGroups(_ groups: GroupIndex) {
    guard decodedCount < groups.count else { return }
    var builders = groupTypes.map { ColumnBuilder($0, dictionary: dictionary) }
    for group in decodedCount..<groups.count {
      var reader = KeyReader(groups.keys.withBytes(Int32(group)) { Array($0) })
      for (i, type) in groupTypes.enumerated() {
        // Keys were encoded here or checked when restored, so this cannot fail; a NULL keeps the columns of equal length.
        do throws(WindowsError) { try reader.read(type, into: &builders[i]) } catch { builders[i].appendNull() }
      }
    }
    decodedCount = groups.count
    let new = builders.enumerated().map { $1.column(named: "KEY_\($0)") }
    if decoded.isEmpty {
      decoded = new
    } else {
      for i in decoded.indices { decoded[i].values.append(new[i].values) }
    }
  }
}

extension Emission {
  /// The rows at `kept`, in that order.
  func gathered(_ kept: [Int32]) -> Emission {
    Emission(
      rows: rows.gathered(kept), keys: keys.gathered(kept), windowStarts: kept.map { windowStarts[Int($0)] },
      windowEnds: kept.map { windowEnds[Int($0)] }, timestamps: kept.map { timestamps[Int($0)] },
      isTombstone: kept.map { isTombstone[Int($0)] })
  }
}

extension ColumnBatch {
  func gathered(_ kept: [Int32]) -> ColumnBatch {
    let columns = self.columns.map { column in
      Column(
        name: column.name, type: column.type, values: column.values.gathered(kept),
        validity: column.validity.map { valid in kept.map { valid[Int($0)] } })
    }
    return ColumnBatch(columns: columns, rowCount: kept.count)
  }
}
