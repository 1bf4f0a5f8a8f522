import Columns
import SQL

/// CREATE STREAM … AS SELECT without GROUP BY.
final class StatelessProjection {
  private let outputs: [QueryPlan.Output]
  private let nodes: [Int]
  /// The output that is the event time of the rows; nil where they keep that of their records.
  private let timestamp: Int?

  init(_ plan: QueryPlan, _ graph: ExpressionGraph) throws(WindowsError) {
    outputs = plan.projection
    timestamp = plan.sink.timestampColumn
    var nodes: [Int] = []
    for output in outputs { nodes.append(try graph.register(output.expression)) }
    self.nodes = nodes
  }

  func process(
    _ rows: [Int32], _ staged: StagedBatch, _ graph: ExpressionGraph, _ counted: inout QueryCounters,
    _ result: inout ProcessResult
  ) {
    let vectors = nodes.map { graph.value($0) }
    var failures = RowFlags.failed(vectors, graph.rowCount)
    var times = staged.eventTimes
    if let timestamp {
      for row in rows {
        let time = vectors[timestamp].eventTime(Int(row))
        if let time { times[Int(row)] = time } else { DecimalLane.flag(&failures, Int(row), graph.rowCount) }
      }
    }
    let kept = failures.map { failures in rows.filter { !failures[Int($0)] } } ?? rows
    if let failures { result.failed = (result.failed + rows.map { Int($0) }.filter { failures[$0] }).sorted() }
    counted.overflow += Int64(rows.count - kept.count)
    counted.aggregated += Int64(kept.count)
    let columns = zip(vectors, outputs).map { vector, output -> Column in
      let whole = vector.column(named: output.field.name, rowCount: graph.rowCount)
      let valid = whole.validity.map { valid in kept.map { valid[Int($0)] } }
      return Column(name: whole.name, type: whole.type, values: whole.values.gathered(kept), validity: valid)
    }
    result.projected = ColumnBatch(columns: columns, rowCount: kept.count)
    result.projectedRows = kept
    result.projectedTimes = kept.map { times[Int($0)] }
  }
}

extension Vector {
  /// The time that a TIMESTAMP, or a BIGINT of milliseconds, names; nil when it is NULL or none that a record can have.
  func eventTime(_ row: Int) -> Int64? {
    guard isValid(row), !isFailed(row), case .int64(let lane) = values else { return nil }
    let (time, overflow) = type == .bigint ? lane[row & mask].multipliedReportingOverflow(by: 1000) : (lane[row & mask], false)
    return !overflow && (0...SourceStage.latestTime).contains(time) ? time : nil
  }
}
