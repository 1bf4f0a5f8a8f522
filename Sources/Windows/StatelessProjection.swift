import Columns
import SQL
import Values

/// CREATE … AS SELECT without GROUP BY.
final class StatelessProjection {
  private let outputs: [QueryPlan.Output]
  private let nodes: [Int]
  /// The output that is the event time of the rows; nil where they keep that of their records.
  private let timestamp: Int?
  private let timePattern: TimePattern?
  /// What PARTITION BY computes from more than the key is not known of a record without a value.
  private let needsValue: [Bool]
  /// Of a query over a table.
  private let tableKey: TableKey?

  init(_ plan: QueryPlan, _ graph: ExpressionGraph) throws(WindowsError) {
    outputs = plan.projection
    tableKey = plan.source.isTable ? TableKey(plan.source) : nil
    timestamp = plan.sink.timestampColumn
    needsValue = plan.projection.map { output in
      plan.partitionBy != nil && output.field.isKey && !output.expression.readsOnlyKey(of: plan.source)
    }
    timePattern = try TimePattern.of(plan.sink.timestampFormat)
    var nodes: [Int] = []
    for output in outputs { nodes.append(try graph.register(output.expression)) }
    self.nodes = nodes
  }

  func process(
    _ rows: [Int32], _ staged: StagedBatch, _ graph: ExpressionGraph, _ counted: inout QueryCounters,
    _ result: inout ProcessResult
  ) {
    if staged.deletions != nil { return processWithoutValues(rows, staged, graph, &counted, &result) }
    let vectors = nodes.map { graph.value($0) }
    var failures = RowFlags.failed(vectors, graph.rowCount)
    var times = staged.eventTimes
    if let timestamp {
      for row in rows {
        let time = vectors[timestamp].eventTime(Int(row), timePattern)
        if let time { times[Int(row)] = time } else { DecimalLane.flag(&failures, Int(row), graph.rowCount) }
      }
    }
    let kept = failures.map { failures in rows.filter { !failures[Int($0)] } } ?? rows
    if let failures { result.failed = (result.failed + rows.map { Int($0) }.filter { failures[$0] }).sorted() }
    counted.overflow += Int64(rows.count - kept.count)
    counted.aggregated += Int64(kept.count)
    gather(kept, vectors, times, graph, &result)
  }

  /// The same where some records have no value: of such a one only the key is computed.
  private func processWithoutValues(
    _ rows: [Int32], _ staged: StagedBatch, _ graph: ExpressionGraph, _ counted: inout QueryCounters,
    _ result: inout ProcessResult
  ) {
    let vectors = nodes.map { graph.value($0) }
    var (times, kept) = (staged.eventTimes, [Int32]())
    for row in rows {
      let isGone = staged.isDeletion(Int(row))
      guard compute(Int(row), isGone: isGone, vectors, &times) else {
        result.failed.append(Int(row))
        continue
      }
      kept.append(row)
      result.projectedDeletions.append(isGone)
    }
    result.failed.sort()
    counted.overflow += Int64(rows.count - kept.count)
    counted.aggregated += Int64(kept.count)
    gather(kept, vectors, times, graph, &result)
    let isGone = result.projectedDeletions
    for column in needsValue.indices where needsValue[column] {
      let valid = result.projected?.columns[column].validity
      result.projected?.columns[column].validity = isGone.indices.map { !isGone[$0] && valid?[$0] ?? true }
    }
  }

  /// Whether what goes out of a row can be computed, which without a value is its key alone. Sets the row's time.
  private func compute(_ row: Int, isGone: Bool, _ vectors: [Vector], _ times: inout [Int64]) -> Bool {
    for (vector, output) in zip(vectors, outputs) where !isGone || output.field.isKey {
      if vector.isFailed(row) { return false }
    }
    guard let timestamp, !isGone else { return true }
    guard let time = vectors[timestamp].eventTime(row, timePattern) else { return false }
    times[row] = time
    return true
  }

  private func gather(
    _ kept: [Int32], _ vectors: [Vector], _ times: [Int64], _ graph: ExpressionGraph, _ result: inout ProcessResult
  ) {
    let columns = zip(vectors, outputs).map { vector, output -> Column in
      let whole = vector.column(named: output.field.name, rowCount: graph.rowCount)
      let valid = whole.validity.map { valid in kept.map { valid[Int($0)] } }
      return Column(name: whole.name, type: whole.type, values: whole.values.gathered(kept), validity: valid)
    }
    result.projected = ColumnBatch(columns: columns, rowCount: kept.count)
    result.projectedRows = kept
    result.projectedTimes = kept.map { times[Int($0)] }
  }

  /// Each row as the new one of its key. One that does not satisfy WHERE is deleted like one without a value: it may have been
  /// another before.
  func processTable(
    _ staged: StagedBatch, filter: Vector?, _ graph: ExpressionGraph, _ counted: inout QueryCounters,
    _ result: inout ProcessResult
  ) {
    let vectors = nodes.map { graph.value($0) }
    var times = staged.eventTimes
    var kept: [Int32] = []
    for row in staged.selection.map({ Int($0) }) {
      guard tableKey?.bytes(staged.batch, row) != nil else {
        counted.nullKey += 1
        result.nullKeys.append(row)
        continue
      }
      let isDeletion = staged.isDeletion(row)
      let isIn = isDeletion || filter.map { $0.isValid(row) && $0.bools[row & $0.mask] } ?? true
      let isGone = isDeletion || !isIn
      let hasFailed = !isDeletion && filter?.isFailed(row) ?? false
      guard !hasFailed, compute(row, isGone: isGone, vectors, &times) else {
        counted.overflow += 1
        result.failed.append(row)
        continue
      }
      if isIn { counted.aggregated += 1 } else { counted.filtered += 1 }
      kept.append(Int32(row))
      result.projectedDeletions.append(isGone)
    }
    gather(kept, vectors, times, graph, &result)
  }
}

extension Expression {
  /// Whether this is the same for every record of a key.
  fileprivate func readsOnlyKey(of source: SourcePlan) -> Bool {
    switch self {
    case .system: false
    case .column(let index, _): source.columns.indices.contains(index) && source.columns[index].isKey
    default: children.allSatisfy { $0.readsOnlyKey(of: source) }
    }
  }
}
