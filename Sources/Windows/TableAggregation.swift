import Columns
import SQL
import Values

/// GROUP BY over a table: a row that changes leaves the group it was in, and enters the one it is in now.
///
/// Keeps of each row what it adds to its group. A group that no row is in any more stays, with its aggregates of nothing, as
/// in ksqlDB.
final class TableAggregation {
  /// What a row adds to its group.
  struct Part: Equatable {
    /// The encoded key of the group.
    var group: [UInt8]
    /// The different arguments of all aggregates.
    var values: [Value]
    /// The offset of the record.
    var sequence: Int64
  }

  final class Group {
    let key: [Value]
    let aggregates: [any TableAggregate]
    var rows: Int64 = 0
    /// Event time of the newest change, microseconds.
    var time: Int64 = -1
    var isTouched = false
    var isEmitted = false
    var isPersisted = false

    init(_ key: [Value], _ plans: [TableAggregatePlan]) {
      self.key = key
      aggregates = plans.compactMap { $0.make() }
    }
  }

  let plan: AggregationPlan
  let output: WindowOutput
  let fingerprint: UInt64
  let keys: TableKey
  let plans: [TableAggregatePlan]
  let argumentTypes: [SQLType]
  private let graph: ExpressionGraph
  private let groupNodes: [Int]
  private let argumentNodes: [Int]
  private let dictionaries: [StringDictionary]
  var rows: [[UInt8]: Part] = [:]
  var groups: [[UInt8]: Group] = [:]
  var dirtyRows: Set<[UInt8]> = []
  var dirtyGroups: Set<[UInt8]> = []
  /// In the order in which they were changed.
  var touched: [[UInt8]] = []

  init(_ plan: QueryPlan, _ aggregation: AggregationPlan, _ graph: ExpressionGraph) throws(WindowsError) {
    guard aggregation.window == .unbounded, aggregation.emit == .changes, aggregation.fill == nil else {
      throw .unsupported("windows over a table")
    }
    self.plan = aggregation
    self.graph = graph
    output = try WindowOutput(plan, aggregation)
    fingerprint = WindowedAggregation.fingerprint(aggregation, false)
    keys = TableKey(plan.source)
    var groupNodes: [Int] = []
    for expression in aggregation.groupBy { groupNodes.append(try graph.register(expression)) }
    self.groupNodes = groupNodes
    var (arguments, types): ([Int], [SQLType]) = ([], [])
    var plans: [TableAggregatePlan] = []
    for call in aggregation.aggregates {
      var places: [Int] = []
      for argument in call.function == .countAll ? [] : call.arguments {
        let node = try graph.register(argument)
        if let known = arguments.firstIndex(of: node) {
          places.append(known)
        } else {
          places.append(arguments.count)
          arguments.append(node)
          types.append(argument.type)
        }
      }
      plans.append(try TableAggregatePlan(call, places: places))
    }
    self.plans = plans
    argumentNodes = arguments
    argumentTypes = types
    dictionaries = (aggregation.groupBy.map(\.type) + aggregation.aggregates.map(\.type)).map { _ in StringDictionary() }
  }

  /// Takes the rows that the stage let through, each the new row of its key. `filter` is WHERE: a row for which it is not
  /// TRUE is not there.
  func process(
    _ staged: StagedBatch, filter: Vector?, streamTime: inout Int64, _ counted: inout QueryCounters,
    _ result: inout ProcessResult
  ) {
    let (groupVectors, arguments) = (groupNodes.map { graph.value($0) }, argumentNodes.map { graph.value($0) })
    for row in staged.selection.map({ Int($0) }) {
      guard let key = keys.bytes(staged.batch, row) else {
        counted.nullKey += 1
        result.nullKeys.append(row)
        continue
      }
      let (verdict, part) = look(row, staged, filter, groupVectors, arguments)
      guard verdict != .failed, replace(key, by: part, at: staged.eventTimes[row]) else {
        counted.overflow += 1
        result.failed.append(row)
        continue
      }
      streamTime = Swift.max(streamTime, staged.eventTimes[row])
      switch verdict {
      case .filtered: counted.filtered += 1
      case .withoutGroup:
        counted.nullKey += 1
        result.nullKeys.append(row)
      case .counts, .failed: counted.aggregated += 1
      }
    }
  }

  private enum Verdict { case counts, filtered, withoutGroup, failed }

  private func look(
    _ row: Int, _ staged: StagedBatch, _ filter: Vector?, _ groups: [Vector], _ arguments: [Vector]
  ) -> (Verdict, Part?) {
    if staged.isDeletion(row) { return (.counts, nil) }
    if let filter {
      if filter.isFailed(row) { return (.failed, nil) }
      guard filter.isValid(row), filter.bools[row & filter.mask] else { return (.filtered, nil) }
    }
    if (groups + arguments).contains(where: { $0.isFailed(row) }) { return (.failed, nil) }
    guard groups.allSatisfy({ $0.isValid(row) }) else { return (.withoutGroup, nil) }
    do throws(ValueError) {
      var (key, values): ([Value], [Value]) = ([], [])
      for vector in groups { key.append(try vector.value(row)) }
      for vector in arguments { values.append(try vector.value(row)) }
      return (.counts, Part(group: Value.array(key).encoded(), values: values, sequence: staged.offsets[row]))
    } catch {
      return (.failed, nil)
    }
  }

  /// Whether the row can be taken: where it cannot be added exactly, the one before stays.
  private func replace(_ key: [UInt8], by part: Part?, at time: Int64) -> Bool {
    let old = rows[key]
    if let old { undo(old) }
    if let part {
      guard let group = group(part.group), canAdd(part, group) else {
        if let old { add(old) }
        return false
      }
      add(part)
    }
    guard old != nil || part != nil else { return true }
    rows[key] = part
    dirtyRows.insert(key)
    if let old { touch(old.group, time) }
    if let part { touch(part.group, time) }
    return true
  }

  /// The group of this key, which is new if it was never seen; nil for bytes that are no key.
  func group(_ key: [UInt8]) -> Group? {
    if let known = groups[key] { return known }
    guard let decoded = try? Value(decoding: key), case .array(let values) = decoded,
      values.count == plan.groupBy.count
    else { return nil }
    let new = Group(values, plans)
    groups[key] = new
    return new
  }

  private func canAdd(_ part: Part, _ group: Group) -> Bool {
    zip(group.aggregates, plans).allSatisfy { $0.canAdd($1.values(part.values)) }
  }

  private func add(_ part: Part) {
    guard let group = groups[part.group] else { return }
    group.rows += 1
    for (aggregate, plan) in zip(group.aggregates, plans) {
      aggregate.add(plan.values(part.values), sequence: part.sequence)
    }
  }

  private func undo(_ part: Part) {
    guard let group = groups[part.group] else { return }
    group.rows -= 1
    for (aggregate, plan) in zip(group.aggregates, plans) {
      aggregate.undo(plan.values(part.values), sequence: part.sequence)
    }
  }

  private func touch(_ key: [UInt8], _ time: Int64) {
    guard let group = groups[key] else { return }
    group.time = Swift.max(group.time, time)
    dirtyGroups.insert(key)
    guard !group.isTouched else { return }
    group.isTouched = true
    touched.append(key)
  }

  // MARK: Emission

  /// The current row of each group that has changed since the last call, in the order of the changes.
  func emit() -> Emission? {
    let keys = touched.filter { groups[$0] != nil }
    let changed = keys.compactMap { groups[$0] }
    touched.removeAll()
    guard !changed.isEmpty else { return nil }
    var (emission, satisfied) = output.rows(
      leaves(changed), bounds: changed.map { _ in (0, 0) }, times: changed.map(\.time), isCounted: { changed[$0].rows > 0 })
    var kept: [Int32] = []
    for (index, group) in changed.enumerated() {
      group.isTouched = false
      dirtyGroups.insert(keys[index])
      if satisfied[index] || group.isEmitted { kept.append(Int32(index)) }
      emission.isTombstone[index] = !satisfied[index]
      group.isEmitted = satisfied[index]
    }
    return kept.isEmpty ? nil : kept.count == emission.count ? emission : emission.gathered(kept)
  }

  private func leaves(_ groups: [Group]) -> ExpressionGraph.Leaves {
    var leaves = ExpressionGraph.Leaves()
    leaves.rowCount = groups.count
    leaves.groupKeys = plan.groupBy.enumerated().map { index, expression in
      column(groups.map { $0.key[index] }, expression.type, dictionaries[index], "KEY_\(index)")
    }
    leaves.aggregates = plan.aggregates.enumerated().map { index, call in
      let dictionary = dictionaries[plan.groupBy.count + index]
      return column(groups.map { $0.aggregates[index].result() }, call.type, dictionary, "AGGREGATE_\(index)")
    }
    return leaves
  }

  /// A result that does not fit its column is NULL.
  private func column(_ values: [Value], _ type: SQLType, _ dictionary: StringDictionary, _ name: String) -> Column {
    var builder = ValueColumnBuilder(type, dictionary: dictionary)
    for value in values {
      do throws(ValueError) { try builder.append(value) } catch { builder.appendNull() }
    }
    return builder.column(named: name)
  }
}
