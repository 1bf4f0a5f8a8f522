import Values

/// TOPK and TOPKDISTINCT: the largest values, largest first; of equal ones the earlier stays.
final class TopCollector: Collector {
  private struct Entry {
    var sequence: Int64
    var key: Value
    /// What is shown: the value itself, or a structure of it and its companions.
    var shown: Value
  }

  private let limit: Int
  private let isDistinct: Bool
  private var entries: [Entry] = []
  private(set) var size = 0

  init(count: Int, isDistinct: Bool) {
    limit = count
    self.isDistinct = isDistinct
  }

  func add(_ values: [Value], sequence: Int64) {
    guard let key = values.first, !key.isNull else { return }
    insert(Entry(sequence: sequence, key: key, shown: values.count > 1 ? .structure(values) : key))
  }

  private func insert(_ entry: Entry) {
    guard limit > 0 else { return }
    if entries.count >= limit, let last = entries.last, !Self.isBefore(entry, last) { return }
    if isDistinct, let at = entries.firstIndex(where: { $0.key.compared(to: entry.key) == 0 }) {
      if entry.sequence < entries[at].sequence { entries[at] = entry }
      return
    }
    let at = entries.firstIndex { Self.isBefore(entry, $0) } ?? entries.count
    entries.insert(entry, at: at)
    size += 10 + entry.shown.encoded().count
    if entries.count > limit { size -= 10 + entries.removeLast().shown.encoded().count }
  }

  private static func isBefore(_ a: Entry, _ b: Entry) -> Bool {
    let order = a.key.compared(to: b.key) ?? 0
    return order == 0 ? a.sequence < b.sequence : order > 0
  }

  func merge(_ other: any Collector) {
    guard let other = other as? TopCollector else { return }
    for entry in other.entries { insert(entry) }
  }

  func result() -> Value { .array(entries.map(\.shown)) }

  func encode(_ writer: inout StateWriter) {
    writer.unsigned(UInt64(entries.count))
    for entry in entries {
      writer.signed(entry.sequence)
      writer.value(entry.shown)
    }
  }

  func decode(_ reader: inout StateReader) throws(WindowsError) {
    let count = try reader.count()
    guard count <= limit else { throw .corruptState("more values than are kept") }
    for _ in 0..<count {
      let sequence = try reader.signed()
      let shown = try reader.value()
      var key = shown
      if case .structure(let values) = shown, let first = values.first { key = first }
      let entry = Entry(sequence: sequence, key: key, shown: shown)
      guard !key.isNull, entries.last.map({ !Self.isBefore(entry, $0) }) ?? true else {
        throw .corruptState("values out of order")
      }
      entries.append(entry)
      size += 10 + shown.encoded().count
    }
  }
}

/// FIRST_BY and LAST_BY, MIN and MAX, of values and orders that do not fit into words: the value whose order columns are
/// the smallest or largest; on a tie the one that arrived first. Rows with a NULL are ignored.
final class OrderedCollector: Collector {
  private let isLast: Bool
  private var held: (orders: [Value], value: Value, sequence: Int64)?

  init(isLast: Bool) { self.isLast = isLast }

  var size: Int { (held?.value.encoded().count ?? 0) + 64 }

  func add(_ values: [Value], sequence: Int64) {
    guard let value = values.first, !values.contains(where: \.isNull) else { return }
    take(Array(values.dropFirst()), value, sequence)
  }

  private func take(_ orders: [Value], _ value: Value, _ sequence: Int64) {
    if let held {
      let order = ValueOrder.compare(orders, held.orders)
      guard order == 0 ? sequence < held.sequence : (order > 0) == isLast else { return }
    }
    held = (orders, value, sequence)
  }

  func merge(_ other: any Collector) {
    guard let other = other as? OrderedCollector, let taken = other.held else { return }
    take(taken.orders, taken.value, taken.sequence)
  }

  func result() -> Value { held?.value ?? .null }

  func encode(_ writer: inout StateWriter) {
    writer.byte(held == nil ? 0 : 1)
    guard let held else { return }
    writer.signed(held.sequence)
    writer.value(held.value)
    writer.value(.array(held.orders))
  }

  func decode(_ reader: inout StateReader) throws(WindowsError) {
    guard try reader.byte() == 1 else { return }
    let sequence = try reader.signed()
    let value = try reader.value()
    guard case .array(let orders) = try reader.value() else { throw .corruptState("a value without its order") }
    held = (orders, value, sequence)
  }
}

enum ValueOrder {
  /// Less than 0, 0 or more than 0, column by column.
  static func compare(_ a: [Value], _ b: [Value]) -> Int {
    for (x, y) in zip(a, b) {
      let order = x.compared(to: y) ?? 0
      if order != 0 { return order }
    }
    return a.count - b.count
  }
}
