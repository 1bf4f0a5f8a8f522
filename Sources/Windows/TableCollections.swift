import Values

/// COLLECT_LIST over a table: the values of the rows that are there, in the order in which they came.
final class TableList: TableAggregate {
  private var entries: [(sequence: Int64, value: Value)] = []

  func canAdd(_ values: [Value]) -> Bool {
    entries.count < CollectorPlan.collectLimit / 2
      || entries.reduce(values[0].encoded().count) { $0 + 10 + $1.value.encoded().count } < CollectorPlan.largestState
  }

  func add(_ values: [Value], sequence: Int64) {
    var at = entries.count
    while at > 0, entries[at - 1].sequence > sequence { at -= 1 }
    entries.insert((sequence, values[0]), at: at)
  }

  func undo(_ values: [Value], sequence: Int64) {
    guard let at = entries.lastIndex(where: { $0.sequence == sequence }) else { return }
    entries.remove(at: at)
  }

  /// As many as COLLECT_LIST over a stream holds; the ones behind move up when others go.
  func result() -> Value { .array(entries.prefix(CollectorPlan.collectLimit).map(\.value)) }

  func encode(_ writer: inout StateWriter) {
    writer.unsigned(UInt64(entries.count))
    for entry in entries {
      writer.signed(entry.sequence)
      writer.value(entry.value)
    }
  }

  func decode(_ reader: inout StateReader) throws(WindowsError) {
    for _ in 0..<(try reader.count()) {
      let sequence = try reader.signed()
      entries.append((sequence, try reader.value()))
    }
  }
}

/// How many rows have each value: HISTOGRAM and ATTR over a table.
final class ValueCounts: TableAggregate {
  enum Output { case histogram, attribute }

  private let output: Output
  private var counts: [Value: Int64] = [:]
  private var size = 0

  init(_ output: Output) { self.output = output }

  func canAdd(_ values: [Value]) -> Bool {
    counts[values[0]] != nil || size + 16 + values[0].encoded().count < CollectorPlan.largestState
  }

  func add(_ values: [Value], sequence: Int64) {
    if output == .histogram, values[0].isNull { return }
    if counts[values[0]] == nil { size += 16 + values[0].encoded().count }
    counts[values[0], default: 0] &+= 1
  }

  func undo(_ values: [Value], sequence: Int64) {
    guard let count = counts[values[0]] else { return }
    if count == 1 { size -= 16 + values[0].encoded().count }
    counts[values[0]] = count == 1 ? nil : count - 1
  }

  func result() -> Value {
    switch output {
    case .attribute: counts.count == 1 ? counts.first?.key ?? .null : .null
    case .histogram: .map(of: kept.map { (key: $0.key, value: Value.bigint($0.value)) })
    }
  }

  /// Of more values than HISTOGRAM shows, the most frequent ones.
  private var kept: [(key: Value, value: Int64)] {
    guard counts.count > CollectorPlan.histogramLimit else { return Array(counts) }
    let sorted = counts.map { (key: $0.key, value: $0.value, name: $0.key.encoded()) }
      .sorted { $0.value != $1.value ? $0.value > $1.value : $0.name.lexicographicallyPrecedes($1.name) }
    return sorted.prefix(CollectorPlan.histogramLimit).map { ($0.key, $0.value) }
  }

  func encode(_ writer: inout StateWriter) {
    let sorted = counts.map { (key: $0.key.encoded(), count: $0.value) }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    writer.unsigned(UInt64(sorted.count))
    for (key, count) in sorted {
      key.withUnsafeBytes { writer.counted($0) }
      writer.signed(count)
    }
  }

  func decode(_ reader: inout StateReader) throws(WindowsError) {
    for _ in 0..<(try reader.count()) {
      let key = try reader.value()
      let count = try reader.signed()
      guard count > 0, counts.updateValue(count, forKey: key) == nil else {
        throw .corruptState("a value counted twice or never")
      }
      size += 16 + key.encoded().count
    }
  }
}
