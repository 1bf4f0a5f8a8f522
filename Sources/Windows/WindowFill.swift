import Columns
import SQL
import Values

/// FILL PREVIOUS: rows for closed windows in which a group that was seen has no record.
///
/// Each known group remembers where its rows have come to and what the last one said. Part of the stored state, one entry per
/// group: a restart fills alike.
struct WindowFill {
  struct Group {
    /// End of the last window with records.
    var seen: Int64
    /// End of the last window with a row, filled or not.
    var filled: Int64
    /// The outputs of that row.
    var values: [Value]
    var isPersisted = false
    var isDirty = true
  }

  let plan: FillPlan
  private let types: [SQLType]
  private(set) var groups: [Int32: Group] = [:]
  /// Entries of the changelog to remove.
  private(set) var removed: [Int32] = []

  /// No group gets more rows than this between two records.
  private static let most: Int64 = 1_000_000

  init(_ plan: FillPlan, _ rule: WindowRule, _ outputs: [QueryPlan.Output]) throws(WindowsError) {
    guard plan.values.count == outputs.count else { throw .unsupported("a FILL of other columns than the query's") }
    guard rule.passes == 1, rule.gap == nil, !rule.isUnbounded else {
      throw .unsupported("FILL PREVIOUS for windows other than tumbling ones")
    }
    guard plan.within >= 0, plan.within / rule.advance <= Self.most else {
      throw .unsupported("FILL PREVIOUS for over a million windows without a record")
    }
    for value in plan.values {
      if case .previous(let output) = value, !outputs.indices.contains(output) {
        throw .unsupported("a FILL with a column that the query does not have")
      }
    }
    self.plan = plan
    types = outputs.map(\.field.type)
  }

  /// The windows to fill up to `closeTime`, given the closed windows that hold records.
  func missing(
    _ due: [(group: Int32, start: Int64)], _ closeTime: Int64, _ rule: WindowRule
  ) -> [(group: Int32, start: Int64)] {
    var starts: [Int32: [Int64]] = [:]
    for window in due { starts[window.group, default: []].append(window.start) }
    var found: [(group: Int32, start: Int64)] = []
    func fill(_ group: Int32, from filled: Int64, seen: Int64, to limit: Int64) {
      var start = filled
      while rule.end(start) <= limit, rule.end(start) - seen <= plan.within {
        found.append((group, start))
        start = rule.end(start)
      }
    }
    for (group, held) in groups {
      var (filled, seen) = (held.filled, held.seen)
      for start in (starts[group] ?? []).sorted() {
        fill(group, from: filled, seen: seen, to: start)
        (filled, seen) = (rule.end(start), rule.end(start))
      }
      fill(group, from: filled, seen: seen, to: closeTime)
    }
    for (group, starts) in starts where groups[group] == nil {
      let sorted = starts.sorted()
      for (i, start) in sorted.enumerated() {
        let end = rule.end(start)
        fill(group, from: end, seen: end, to: i + 1 < sorted.count ? sorted[i + 1] : closeTime)
      }
    }
    return found
  }

  /// The outputs of a filled row; `computed` gives what the query computes for its window.
  func values(_ group: Int32, _ computed: [Value]) -> [Value] {
    let previous = groups[group]?.values ?? []
    return plan.values.enumerated().map { index, value in
      switch value {
      case .computed: computed[index]
      case .previous(let output): output < previous.count ? previous[output] : .null
      case .constant(let literal): Self.value(literal, types[index])
      }
    }
  }

  private static func value(_ literal: Literal, _ type: SQLType) -> Value {
    switch (literal, type) {
    case (.null, _): .null
    case (.boolean(let value), _): .boolean(value)
    case (.integer(let value), .integer): .integer(Int32(truncatingIfNeeded: value))
    case (.integer(let value), .date): .date(Int32(truncatingIfNeeded: value))
    case (.integer(let value), .timestamp): .timestamp(value)
    case (.integer(let value), .time): .time(value)
    case (.integer(let value), .double): .double(Double(value))
    case (.integer(let value), _): .bigint(value)
    case (.double(let value), _): .double(value)
    case (.decimal(let unscaled, let scale), _): .decimal(unscaled: unscaled, scale: scale)
    case (.string(let value), _): .string(value)
    case (.bytes(let value), _): .bytes(value)
    }
  }

  /// Notes a row that is emitted; rows of a group come in the order of their windows.
  mutating func note(_ group: Int32, end: Int64, _ values: [Value], isFilled: Bool) {
    let held = groups[group]
    groups[group] = Group(
      seen: isFilled ? held?.seen ?? end : end, filled: end, values: values, isPersisted: held?.isPersisted ?? false)
  }

  /// Notes a window whose records gave no row: it is neither filled nor what others are filled with.
  mutating func skip(_ group: Int32, end: Int64) {
    groups[group]?.seen = end
    groups[group]?.filled = end
    groups[group]?.isDirty = true
  }

  /// Forgets groups that have been silent for too long.
  mutating func expire(_ closeTime: Int64) {
    for (group, held) in groups where closeTime - held.seen > plan.within {
      if held.isPersisted { removed.append(group) }
      groups[group] = nil
    }
  }

  mutating func takeDirty() -> (removed: [Int32], changed: [(group: Int32, held: Group)]) {
    defer { removed = [] }
    let gone = removed.filter { groups[$0] == nil }
    var changed: [(group: Int32, held: Group)] = []
    for (group, held) in groups where held.isDirty {
      changed.append((group, held))
      groups[group]?.isDirty = false
      groups[group]?.isPersisted = true
    }
    return (gone, changed)
  }

  mutating func restore(_ group: Int32, _ held: Group?) { groups[group] = held }
}
