import Columns
import SQL
import Values

/// The collectors of one query, by aggregate and slot.
struct CollectorSet {
  private let plans: [CollectorPlan]
  private var held: [[(any Collector)?]]
  /// The arguments of the current batch.
  private var vectors: [[Vector]] = []
  private var offsets: [Int64] = []

  init(_ plans: [CollectorPlan]) {
    self.plans = plans
    held = plans.map { _ in [] }
  }

  mutating func begin(_ graph: ExpressionGraph, _ staged: StagedBatch) {
    guard !plans.isEmpty else { return }
    vectors = plans.map { plan in plan.arguments.map { graph.value($0) } }
    offsets = staged.offsets
  }

  mutating func end() {
    vectors = []
    offsets = []
  }

  /// The arguments of a row; nil when a value cannot be read.
  private func row(_ index: Int, _ row: Int) -> [Value]? {
    var values: [Value] = []
    for vector in vectors[index] {
      do throws(ValueError) { values.append(try vector.value(row)) } catch { return nil }
    }
    return values
  }

  func canAdd(_ row: Int, _ slot: Int32) -> Bool {
    var size = 0
    for index in plans.indices {
      guard let values = self.row(index, row) else { return false }
      let collector = existing(index, slot)
      size += collector?.size ?? 0
      guard (collector ?? plans[index].make()).canAdd(values) else { return false }
      // What the row adds matters only near the limit.
      if size > CollectorPlan.largestState / 2 { size += values.reduce(0) { $0 + $1.encoded().count } }
    }
    return size < CollectorPlan.largestState
  }

  mutating func add(_ rows: Range<Int>, _ slots: UnsafePointer<Int32>) {
    for row in rows {
      let slot = slots[row - rows.lowerBound]
      guard slot != 0 else { continue }
      for index in plans.indices {
        if let values = self.row(index, row) { collector(index, slot).add(values, sequence: offsets[row]) }
      }
    }
  }

  private func existing(_ index: Int, _ slot: Int32) -> (any Collector)? {
    Int(slot) < held[index].count ? held[index][Int(slot)] : nil
  }

  private mutating func collector(_ index: Int, _ slot: Int32) -> any Collector {
    if let known = existing(index, slot) { return known }
    if held[index].count <= Int(slot) {
      held[index].append(contentsOf: repeatElement(nil, count: Int(slot) + 1 - held[index].count))
    }
    let new = plans[index].make()
    held[index][Int(slot)] = new
    return new
  }

  /// Forgets what a window held, so that its slot can be used again.
  mutating func discard(_ slot: Int32) {
    for index in plans.indices where Int(slot) < held[index].count { held[index][Int(slot)] = nil }
  }

  func canMerge(_ from: Int32, into: Int32) -> Bool {
    plans.indices.allSatisfy { index in
      guard let source = existing(index, from) else { return true }
      let target = existing(index, into)
      return (target ?? plans[index].make()).canMerge(source)
        && source.size + (target?.size ?? 0) < CollectorPlan.largestState
    }
  }

  mutating func merge(_ from: Int32, into: Int32) {
    for index in plans.indices {
      if let source = existing(index, from) { collector(index, into).merge(source) }
    }
  }

  /// The same from collector `other` of another query.
  func canMerge(_ source: WindowedAggregation, _ other: Int, _ from: Int32, _ index: Int, into: Int32) -> Bool {
    guard let part = source.accumulators.collected.existing(other, from) else { return true }
    let target = existing(index, into)
    return (target ?? plans[index].make()).canMerge(part)
      && part.size + (target?.size ?? 0) < CollectorPlan.largestState
  }

  mutating func merge(_ source: WindowedAggregation, _ other: Int, _ from: Int32, _ index: Int, into: Int32) {
    if let part = source.accumulators.collected.existing(other, from) { collector(index, into).merge(part) }
  }

  /// A result that does not fit its column is NULL.
  func column(
    _ index: Int, _ slots: [Int32], _ type: SQLType, _ dictionary: StringDictionary, _ name: String
  ) -> Column {
    var builder = ValueColumnBuilder(type, dictionary: dictionary)
    let empty = plans[index].make().result()
    for slot in slots {
      do throws(ValueError) { try builder.append(existing(index, slot)?.result() ?? empty) } catch { builder.appendNull() }
    }
    return builder.column(named: name)
  }

  func encode(_ slot: Int32, _ writer: inout StateWriter) {
    for index in plans.indices {
      var content = StateWriter()
      existing(index, slot)?.encode(&content)
      content.bytes.withUnsafeBytes { writer.counted($0) }
    }
  }

  mutating func decode(_ slot: Int32, _ reader: inout StateReader) throws(WindowsError) {
    for index in plans.indices {
      var content = StateReader(try reader.counted())
      if content.isAtEnd { continue }
      let new = plans[index].make()
      try new.decode(&content)
      guard content.isAtEnd else { throw .corruptState("bytes after its end") }
      discard(slot, index)
      collector(index, slot).merge(new)
    }
  }

  private mutating func discard(_ slot: Int32, _ index: Int) {
    if Int(slot) < held[index].count { held[index][Int(slot)] = nil }
  }
}

extension AccumulatorSet {
  mutating func mergeCollectors(_ from: Int32, into: Int32) { collected.merge(from, into: into) }
  mutating func discard(_ slot: Int32) { if !layout.collectors.isEmpty { collected.discard(slot) } }
  func encodeCollectors(_ slot: Int32, _ writer: inout StateWriter) { collected.encode(slot, &writer) }

  mutating func decodeCollectors(_ slot: Int32, _ reader: inout StateReader) throws(WindowsError) {
    try collected.decode(slot, &reader)
  }
}

extension Vector {
  func value(_ row: Int) throws(ValueError) -> Value {
    isValid(row) ? try Value(values, at: row & mask, as: type) : .null
  }
}
