import Values

/// Values in the order of their offsets, the first or the last so many of them: COLLECT_LIST, COLLECT_SET, and
/// EARLIEST_BY_OFFSET and LATEST_BY_OFFSET of several values or with NULLs.
final class ArrivalCollector: Collector {
  struct Rule: Hashable {
    var limit: Int
    var keepsLast = false
    var isDistinct = false
    var ignoresNulls = false
    /// The result is the one value itself, not an array.
    var isSingle = false
  }

  private let rule: Rule
  private var entries: [(sequence: Int64, value: Value)] = []
  private var known: Set<Value> = []
  private(set) var size = 0

  init(_ rule: Rule) { self.rule = rule }

  func add(_ values: [Value], sequence: Int64) {
    guard let value = values.first, !(rule.ignoresNulls && value.isNull) else { return }
    insert(value, sequence)
  }

  private func insert(_ value: Value, _ sequence: Int64) {
    if entries.count >= rule.limit, !rule.keepsLast, let last = entries.last, last.sequence <= sequence { return }
    if rule.isDistinct, !known.insert(value).inserted {
      guard let at = entries.firstIndex(where: { $0.value == value }), sequence < entries[at].sequence else { return }
      remove(at: at)
      known.insert(value)
    }
    var at = entries.count
    while at > 0, entries[at - 1].sequence > sequence { at -= 1 }
    entries.insert((sequence, value), at: at)
    size += 10 + value.encoded().count
    if entries.count > rule.limit { remove(at: rule.keepsLast ? 0 : entries.count - 1) }
  }

  private func remove(at index: Int) {
    let removed = entries.remove(at: index)
    size -= 10 + removed.value.encoded().count
    if rule.isDistinct { known.remove(removed.value) }
  }

  func merge(_ other: any Collector) {
    guard let other = other as? ArrivalCollector else { return }
    for entry in other.entries { insert(entry.value, entry.sequence) }
  }

  func result() -> Value {
    rule.isSingle ? entries.first?.value ?? .null : .array(entries.map(\.value))
  }

  func encode(_ writer: inout StateWriter) {
    writer.unsigned(UInt64(entries.count))
    var previous: Int64 = 0
    for entry in entries {
      writer.signed(entry.sequence &- previous)
      previous = entry.sequence
      writer.value(entry.value)
    }
  }

  func decode(_ reader: inout StateReader) throws(WindowsError) {
    let count = try reader.count()
    guard count <= rule.limit else { throw .corruptState("more values than are kept") }
    var sequence: Int64 = 0
    for i in 0..<count {
      let step = try reader.signed()
      guard i == 0 || step >= 0 else { throw .corruptState("values out of order") }
      sequence = sequence &+ step
      let value = try reader.value()
      if rule.isDistinct, !known.insert(value).inserted { throw .corruptState("a value twice") }
      entries.append((sequence, value))
      size += 10 + value.encoded().count
    }
  }
}

/// ATTR: the one value that all rows have.
final class AttributeCollector: Collector {
  private var value: Value?
  private var differs = false

  var size: Int { 16 }

  func add(_ values: [Value], sequence: Int64) {
    guard let new = values.first, !differs else { return }
    if let value, value != new {
      differs = true
      self.value = nil
    } else {
      value = new
    }
  }

  func merge(_ other: any Collector) {
    guard let other = other as? AttributeCollector else { return }
    if other.differs {
      (differs, value) = (true, nil)
    } else if let value = other.value {
      add([value], sequence: 0)
    }
  }

  func result() -> Value { value ?? .null }

  func encode(_ writer: inout StateWriter) {
    writer.byte(differs ? 2 : value == nil ? 0 : 1)
    if let value { writer.value(value) }
  }

  func decode(_ reader: inout StateReader) throws(WindowsError) {
    switch try reader.byte() {
    case 0: break
    case 1: value = try reader.value()
    case 2: differs = true
    default: throw .corruptState("an unknown kind of value")
    }
  }
}
