import Columns
import SQL

/// Runs one query over one source partition: WHERE, groups, event-time windows, aggregates, lateness.
///
/// Purely a function of the records given to it: no clock, no I/O. Per batch call `process`, then `closeDue` whenever rows
/// are to be emitted, and `takeDirty` at each commit. However records are split into batches, the emitted rows, late
/// records and counts are the same. One engine per partition, on the thread of its `SourceStage`.
public final class QueryEngine {
  static let chunk = 1024

  public let plan: QueryPlan
  /// The largest event time of any record that reached the windows, microseconds; -1 before the first.
  public internal(set) var streamTime: Int64 = -1
  /// Windows that end at or before this are closed whatever the stream time, microseconds: set by closing on idleness or
  /// at the end of the input.
  public internal(set) var frontier: Int64 = 0
  /// Since the last `takeCounters`.
  public internal(set) var counters = QueryCounters()
  /// Since the query began, across restarts.
  public internal(set) var totals = QueryCounters()

  let stage: SourceStage
  let filter: Int?
  let projection: StatelessProjection?
  let aggregation: WindowedAggregation?
  var isMetaDirty = false

  /// Prepares `plan` over the stage of its partition. Throws for what the engine cannot do.
  public init(
    _ plan: QueryPlan, stage: SourceStage, emissionTime: EmissionTime = .automatic
  ) throws(WindowsError) {
    try PlanCheck.check(plan)
    self.plan = plan
    self.stage = stage
    if let condition = plan.filter {
      guard condition.type == .boolean else { throw .unsupported("a WHERE that is not BOOLEAN") }
      filter = try stage.graph.register(condition)
    } else {
      filter = nil
    }
    if let aggregation = plan.aggregation {
      self.aggregation = try WindowedAggregation(plan, aggregation, stage, emissionTime)
      projection = nil
    } else {
      aggregation = nil
      projection = try StatelessProjection(plan.projection, stage.graph)
    }
  }

  /// The number of open windows. The one window of a GROUP BY without windows never closes and is not counted.
  public var openWindows: Int { aggregation?.openCount ?? 0 }

  /// Event times at or before this are closed for windows that end there: `max(stream time - grace, frontier)`.
  public var closeTime: Int64 { Swift.max(streamTime - (aggregation?.rule.grace ?? 0), frontier) }

  /// Takes the rows that the stage let through.
  ///
  /// In this order per row: a WHERE that is not TRUE filters it; one that cannot be computed fails it; so does a grouping
  /// expression, and a NULL one leaves it without group; then it moves stream time, is judged late window by window, and
  /// enters the windows that are left, all aggregates or none.
  public func process(_ staged: StagedBatch) throws(WindowsError) -> ProcessResult {
    guard staged.batch.rowCount == stage.graph.rowCount else {
      throw .mismatch("the stage has taken another batch since this one")
    }
    var counted = QueryCounters()
    counted.consumed = Int64(staged.selection.count)
    var result = ProcessResult()
    if let aggregation {
      let (rows, isDense) = filtered(staged, &counted, &result)
      aggregation.process(
        staged, rows, isDense: isDense, streamTime: &streamTime, frontier: frontier, &counted, &result)
    } else if let projection {
      let (rows, _) = filtered(staged, &counted, &result)
      projection.process(rows, stage.graph, &counted, &result)
    }
    counters = counters + counted
    totals = totals + counted
    if counted.consumed > 0 { isMetaDirty = true }
    return result
  }

  /// Rows for which WHERE is TRUE, and whether these are all rows of the batch.
  private func filtered(
    _ staged: StagedBatch, _ counted: inout QueryCounters, _ result: inout ProcessResult
  ) -> ([Int32], Bool) {
    guard let filter else { return (staged.selection, staged.selection.count == staged.batch.rowCount) }
    let condition = stage.graph.value(filter)
    let (flags, mask) = (condition.bools, condition.mask)
    var rows: [Int32] = []
    rows.reserveCapacity(staged.selection.count)
    for row in staged.selection {
      let i = Int(row)
      if condition.isFailed(i) {
        result.failed.append(i)
      } else if flags[i & mask], condition.isValid(i) {
        rows.append(row)
      }
    }
    counted.overflow += Int64(result.failed.count)
    counted.filtered += Int64(staged.selection.count - rows.count - result.failed.count)
    return (rows, rows.count == staged.batch.rowCount)
  }

  /// The counters since the last call.
  public func takeCounters() -> QueryCounters {
    defer { counters = QueryCounters() }
    return counters
  }
}

/// CREATE STREAM … AS SELECT without GROUP BY.
final class StatelessProjection {
  private let outputs: [QueryPlan.Output]
  private let nodes: [Int]

  init(_ outputs: [QueryPlan.Output], _ graph: ExpressionGraph) throws(WindowsError) {
    self.outputs = outputs
    var nodes: [Int] = []
    for output in outputs { nodes.append(try graph.register(output.expression)) }
    self.nodes = nodes
  }

  func process(
    _ rows: [Int32], _ graph: ExpressionGraph, _ counted: inout QueryCounters, _ result: inout ProcessResult
  ) {
    let vectors = nodes.map { graph.value($0) }
    let failures = RowFlags.failed(vectors, graph.rowCount)
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
  }
}
