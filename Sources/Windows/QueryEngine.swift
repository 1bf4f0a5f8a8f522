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

  /// The query whose windows this one merges, and the way from there.
  let base: (engine: QueryEngine, rollUp: RollUp)?
  private let join: TableJoin?
  let stage: SourceStage
  let filter: Int?
  let projection: StatelessProjection?
  let aggregation: WindowedAggregation?
  /// In the place of `aggregation` where the source is a table.
  let tables: TableAggregation?
  var isMetaDirty = false
  private let takesRecordsWithoutValue: Bool

  /// Prepares `plan` over the stage of its partition. Throws for what the engine cannot do.
  ///
  /// `base` is the engine of the query whose windows a roll-up merges, over the same stage. Nothing is read by a roll-up, so its
  /// counts are those of windows. It is restored and emits after its base.
  ///
  /// `table` holds the rows of the table that the plan joins with.
  ///
  /// A projection passes on a stream's records without a value, unless `forwards` says that its rows go to another step of
  /// a query that groups or joins them: these have no use for such records.
  public init(
    _ plan: QueryPlan, stage outer: SourceStage, base parent: QueryEngine? = nil, table: MaterialisedTable? = nil,
    emissionTime: EmissionTime = .automatic, forwards: Bool = false
  ) throws(WindowsError) {
    try PlanCheck.check(plan)
    self.plan = plan
    takesRecordsWithoutValue = plan.aggregation == nil && plan.join == nil && !forwards
    if plan.rollUp != nil {
      join = nil
      stage = parent?.stage ?? outer
    } else if let join = plan.join {
      guard let table else { throw .unsupported("a JOIN without the rows of \(join.table.name)") }
      let joined = try TableJoin(plan, join, table, outer)
      self.join = joined
      stage = joined.stage
    } else {
      join = nil
      stage = outer
    }
    if let condition = plan.filter {
      guard condition.type == .boolean else { throw .unsupported("a WHERE that is not BOOLEAN") }
      filter = try stage.graph.register(condition)
    } else {
      filter = nil
    }
    if let aggregation = plan.aggregation, plan.source.isTable {
      tables = try TableAggregation(plan, aggregation, stage.graph)
      self.aggregation = nil
      base = nil
      projection = nil
    } else if let aggregation = plan.aggregation {
      tables = nil
      let windows = try WindowedAggregation(plan, aggregation, stage, emissionTime)
      self.aggregation = windows
      base = try Self.rollUp(plan, windows, parent)
      projection = nil
    } else {
      tables = nil
      aggregation = nil
      base = nil
      projection = try StatelessProjection(plan, stage.graph)
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
    if base != nil { return ProcessResult() }
    var counted = QueryCounters()
    counted.consumed = Int64(staged.selection.count)
    var (staged, unused) = (staged, [Int]())
    if staged.deletions != nil, !plan.source.isTable { unused = leaveOutWithoutValue(&staged, &counted) }
    var result: ProcessResult
    if let join { result = try process(staged, join, &counted) } else { result = try run(staged, &counted) }
    result.withoutValue = unused
    counters = counters + counted
    totals = totals + counted
    if counted.consumed > 0 { isMetaDirty = true }
    return result
  }

  /// Takes out of `staged` what no window and no WHERE can take: a stream's records without a value. Gives those that are not
  /// filtered.
  private func leaveOutWithoutValue(_ staged: inout StagedBatch, _ counted: inout QueryCounters) -> [Int] {
    guard !takesRecordsWithoutValue || filter != nil else { return [] }
    let rows = staged.selection.map { Int($0) }.filter(staged.isDeletion)
    staged.selection = staged.selection.filter { !staged.isDeletion(Int($0)) }
    if takesRecordsWithoutValue {
      counted.filtered += Int64(rows.count)
      return []
    }
    counted.withoutValue += Int64(rows.count)
    return rows
  }

  /// A record that INNER JOIN finds no row for counts as filtered.
  private func process(
    _ staged: StagedBatch, _ join: TableJoin, _ counted: inout QueryCounters
  ) throws(WindowsError) -> ProcessResult {
    var (failed, dropped): ([Int], Int) = ([], 0)
    let (joined, rows) = try join.process(staged, &failed, dropped: &dropped)
    counted.overflow += Int64(failed.count)
    counted.filtered += Int64(dropped)
    return try run(joined, &counted).mapped(rows, failed: failed)
  }

  private func run(_ staged: StagedBatch, _ counted: inout QueryCounters) throws(WindowsError) -> ProcessResult {
    guard staged.batch.rowCount == stage.graph.rowCount else {
      throw .mismatch("the stage has taken another batch since this one")
    }
    var result = ProcessResult()
    if let tables {
      tables.process(staged, filter: filter.map { stage.graph.value($0) }, streamTime: &streamTime, &counted, &result)
    } else if plan.source.isTable, let projection {
      projection.processTable(staged, filter: filter.map { stage.graph.value($0) }, stage.graph, &counted, &result)
    } else if let aggregation {
      let (rows, isDense) = filtered(staged, &counted, &result)
      aggregation.process(
        staged, rows, isDense: isDense, streamTime: &streamTime, frontier: frontier, &counted, &result)
    } else if let projection {
      let (rows, _) = filtered(staged, &counted, &result)
      projection.process(rows, staged, stage.graph, &counted, &result)
    }
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

  private static func rollUp(
    _ plan: QueryPlan, _ windows: WindowedAggregation, _ base: QueryEngine?
  ) throws(WindowsError) -> (engine: QueryEngine, rollUp: RollUp)? {
    guard let rollUp = plan.rollUp else { return nil }
    guard let base, let source = base.aggregation, base.plan.id == rollUp.query else {
      throw .unsupported("a query FROM \(rollUp.table) without the query that fills it")
    }
    let way = try RollUp(rollUp, from: source, to: windows)
    source.rollUps.append(way)
    return (base, way)
  }

  /// Time goes on with that of the query whose windows are merged: all that end by then are here.
  func takeRolledUp() {
    guard let base else { return }
    let counts = base.rollUp.takeCounts()
    var counted = QueryCounters()
    counted.consumed = counts.merged
    counted.overflow = counts.failed
    counted.aggregated = counts.merged - counts.failed
    counters = counters + counted
    totals = totals + counted
    let time = Swift.min(base.engine.aggregation?.closedTo ?? -1, SourceStage.latestTime)
    guard counts.merged > 0 || time > streamTime else { return }
    streamTime = Swift.max(streamTime, time)
    isMetaDirty = true
  }

  /// The counters since the last call.
  public func takeCounters() -> QueryCounters {
    defer { counters = QueryCounters() }
    return counters
  }
}
