import Columns
import SQL
import Values

/// The way from the windows of one query into the larger windows of another, whose aggregates are among its own: each window
/// is merged when it closes, so nothing is read or computed twice.
///
/// Windows of the one lie within windows of the other, and both close by the same time, so none comes too late.
final class RollUp {
  /// For every accumulator, NULL counter and collector of the larger windows, that of the smaller ones; -1 for the newest event
  /// time, which the smaller ones know without holding it.
  struct Map {
    var accumulators: [Int]
    var nulls: [Int]
    var collectors: [Int]

    init(from source: AggregateLayout, to target: AggregateLayout) throws(WindowsError) {
      accumulators = []
      for (accumulator, group) in zip(target.accumulators, target.nullIndex) {
        if accumulator.argument == Accumulator.eventTime {
          accumulators.append(-1)
          continue
        }
        let found = source.accumulators.indices.first { i in
          source.accumulators[i].isLike(accumulator)
            && source.nullGroups[source.nullIndex[i]] == target.nullGroups[group]
        }
        guard let found else { throw .unsupported("a roll-up of aggregates that the windows it reads do not hold") }
        accumulators.append(found)
      }
      nulls = []
      for group in target.nullGroups {
        if group.isEmpty {
          nulls.append(-1)
          continue
        }
        guard let found = source.nullGroups.firstIndex(of: group) else {
          throw .unsupported("a roll-up that counts what the windows it reads do not count")
        }
        nulls.append(found)
      }
      collectors = []
      for plan in target.collectors {
        guard let found = source.collectors.firstIndex(of: plan) else {
          throw .unsupported("a roll-up of aggregates that the windows it reads do not hold")
        }
        collectors.append(found)
      }
    }
  }

  let target: WindowedAggregation
  private let map: Map
  private let groups: [Int]
  private let types: [SQLType]
  /// Groups of the larger windows by group of the smaller.
  private var known: [Int32: Int32] = [:]
  /// Windows that could not be merged exactly.
  private(set) var failed: Int64 = 0
  private(set) var merged: Int64 = 0

  init(_ plan: RollUpPlan, from source: WindowedAggregation, to target: WindowedAggregation) throws(WindowsError) {
    guard plan.groups.count == target.groups.types.count, plan.groups.allSatisfy(source.groups.types.indices.contains)
    else { throw .unsupported("a roll-up by columns that the windows it reads are not grouped by") }
    self.target = target
    groups = plan.groups
    types = source.groups.types
    map = try Map(from: source.layout, to: target.layout)
    try Self.check(source.rule, target.rule)
    guard !target.layout.accumulators.contains(where: { $0.kind == .earliest || $0.kind == .latest }) else {
      throw .unsupported("EARLIEST_BY_OFFSET or LATEST_BY_OFFSET in a roll-up; use FIRST_BY or LAST_BY with a time")
    }
  }

  private static func check(_ small: WindowRule, _ large: WindowRule) throws(WindowsError) {
    guard small.gap == nil, !small.isUnbounded, small.calendar == nil, small.passes == 1, large.gap == nil else {
      throw .unsupported("a roll-up of windows other than tumbling ones")
    }
    // Clocks of all places are apart by quarters of an hour.
    let steps = large.isUnbounded ? [] : [large.advance, large.offset - small.offset] + (large.size > 0 ? [large.size] : [])
    let zone: [Int64] = large.calendar == nil ? [] : [900_000_000]
    guard (steps + zone).allSatisfy({ $0 % small.advance == 0 }) else {
      throw .unsupported("a roll-up into windows that cut those it reads")
    }
  }

  /// Merges a window that closes.
  func take(_ slot: Int32, of source: WindowedAggregation) {
    merged += 1
    let start = source.store.starts[Int(slot)]
    let group = group(source.store.groups[Int(slot)], source.groups)
    if !target.merge(slot, of: source, map, group: group, start: start) { failed += 1 }
  }

  func takeCounts() -> (merged: Int64, failed: Int64) {
    defer { (merged, failed) = (0, 0) }
    return (merged, failed)
  }

  private func group(_ group: Int32, _ source: GroupIndex) -> Int32 {
    if let found = known[group] { return found }
    let key = source.keys.withBytes(group) { Array($0) }
    let found = target.groups.group(of: groups == Array(types.indices) ? key : picked(key))
    known[group] = found
    return found
  }

  /// The parts of a key that the larger windows are grouped by.
  private func picked(_ key: [UInt8]) -> [UInt8] {
    var parts: [ArraySlice<UInt8>] = []
    var rest = key[...]
    for type in types {
      let length = KeyCodec.length(rest, type)
      parts.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    return groups.flatMap { parts[$0] }
  }
}

extension Accumulator {
  /// Whether both hold the same. Sums of the same differ at most in the limit that they keep.
  func isLike(_ other: Accumulator) -> Bool {
    var own = self
    if case .sum = kind, case .sum = other.kind { own.kind = other.kind }
    return own == other
  }
}

extension KeyCodec {
  /// How many bytes of `key` the value of `type` takes that it begins with.
  static func length(_ key: ArraySlice<UInt8>, _ type: SQLType) -> Int {
    switch type.columnType.lane {
    case .bool: return 1
    case .int64, .double: return 8
    case .int128: return 16
    case .codes, .bytes:
      var at = key.startIndex
      while at + 1 < key.endIndex, !(key[at] == 0 && key[at + 1] == 0) { at += key[at] == 0 ? 2 : 1 }
      return at + 2 - key.startIndex
    }
  }
}

extension WindowedAggregation {
  /// Adds what a window of another query holds to each window of this one that it lies in; false when that is not exact.
  func merge(
    _ slot: Int32, of source: WindowedAggregation, _ map: RollUp.Map, group: Int32, start: Int64
  ) -> Bool {
    var isExact = true
    for pass in 0..<rule.passes {
      guard let own = rule.start(start, pass: pass) else { continue }
      let target = locate(group, own)
      if accumulators.merge(slot, of: source, into: target, &store, map) {
        mark(target)
        if let newest = layout.newestTime {
          let word = store.words + Int(target) * layout.stride + layout.offsets[newest]
          word.pointee = Swift.max(word.pointee, source.timestamp(slot))
        }
      } else {
        isExact = false
        discardIfEmpty(target)
      }
    }
    return isExact
  }
}
