import Values

/// How often each value came: HISTOGRAM, with a limit of different values, and COUNT_DISTINCT, without. Rows with a NULL
/// are ignored.
final class CountCollector: Collector {
  private struct Entry {
    var count: Int64
    /// The first offset: when there are too many values, the later ones go.
    var first: Int64
  }

  private let limit: Int?
  private var entries: [Value: Entry] = [:]
  private(set) var size = 0

  init(limit: Int?) { self.limit = limit }

  func add(_ values: [Value], sequence: Int64) {
    guard let value = values.first, !values.contains(where: \.isNull) else { return }
    let key = values.count == 1 ? value : .structure(values)
    if entries[key] == nil, let limit, entries.count >= limit { return }
    count(key, Entry(count: 1, first: sequence))
  }

  private func count(_ key: Value, _ added: Entry) {
    guard var held = entries[key] else {
      entries[key] = added
      size += 16 + key.encoded().count
      return
    }
    held.count &+= added.count
    held.first = min(held.first, added.first)
    entries[key] = held
  }

  func merge(_ other: any Collector) {
    guard let other = other as? CountCollector else { return }
    for (key, entry) in other.entries { count(key, entry) }
    guard let limit, entries.count > limit else { return }
    let surplus = entries.sorted { $0.value.first < $1.value.first }.dropFirst(limit)
    for (key, _) in surplus {
      entries[key] = nil
      size -= 16 + key.encoded().count
    }
  }

  func result() -> Value {
    limit == nil
      ? .bigint(Int64(entries.count)) : .map(of: entries.map { (key: $0.key, value: Value.bigint($0.value.count)) })
  }

  func encode(_ writer: inout StateWriter) {
    let sorted = entries.map { (key: $0.key.encoded(), entry: $0.value) }
      .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    writer.unsigned(UInt64(sorted.count))
    for (key, entry) in sorted {
      key.withUnsafeBytes { writer.counted($0) }
      writer.signed(entry.first)
      // How often a value came tells nothing of how many there are.
      if limit != nil { writer.signed(entry.count) }
    }
  }

  func decode(_ reader: inout StateReader) throws(WindowsError) {
    let count = try reader.count()
    guard count <= limit ?? .max else { throw .corruptState("more values than are kept") }
    for _ in 0..<count {
      let key = try reader.value()
      let first = try reader.signed()
      let times = limit == nil ? 1 : try reader.signed()
      guard times > 0, entries.updateValue(Entry(count: times, first: first), forKey: key) == nil else {
        throw .corruptState("a value counted twice or never")
      }
      size += 16 + key.encoded().count
    }
  }
}

/// SUM_LIST: the exact sum of all elements of all arrays; NULLs are ignored.
final class ListSumCollector: Collector {
  private let isReal: Bool
  private let scale: Int
  private let limit: Int128
  private var exact: Int128 = 0
  private var real: Double = 0
  private var isEmpty = true

  init(isReal: Bool, isWhole: Bool, scale: Int) {
    self.isReal = isReal
    self.scale = scale
    limit = isWhole ? 1 << 63 : DecimalLane.power(38)
  }

  var size: Int { 32 }

  /// The sum of one row's elements; nil when it cannot be held.
  private func total(_ values: [Value]) -> (exact: Int128, real: Double, isEmpty: Bool)? {
    guard case .array(let elements) = values.first else { return (0, 0, true) }
    var sum: (exact: Int128, real: Double, isEmpty: Bool) = (0, 0, true)
    for element in elements where !element.isNull {
      sum.isEmpty = false
      if case .double(let value) = element {
        sum.real += value
      } else {
        guard let value = ExactNumber.unscaled(element), let next = plus(sum.exact, value) else { return nil }
        sum.exact = next
      }
    }
    return sum
  }

  /// The sum, if it stays within the type's limits.
  private func plus(_ a: Int128, _ b: Int128) -> Int128? {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return !overflow && fits(sum) ? sum : nil
  }

  private func fits(_ sum: Int128) -> Bool {
    sum.magnitude < limit.magnitude || (sum == -limit && limit == 1 << 63)
  }

  func canAdd(_ values: [Value]) -> Bool { total(values).map { plus(exact, $0.exact) != nil } ?? false }

  func add(_ values: [Value], sequence: Int64) {
    guard let sum = total(values) else { return }
    exact &+= sum.exact
    real += sum.real
    isEmpty = isEmpty && sum.isEmpty
  }

  func canMerge(_ other: any Collector) -> Bool { (other as? ListSumCollector).map { plus(exact, $0.exact) != nil } ?? false }

  func merge(_ other: any Collector) {
    guard let other = other as? ListSumCollector else { return }
    exact &+= other.exact
    real += other.real
    isEmpty = isEmpty && other.isEmpty
  }

  func result() -> Value {
    if isEmpty { return .null }
    if isReal { return .double(real) }
    if limit == 1 << 63 { return .bigint(Int64(truncatingIfNeeded: exact)) }
    return .decimal(unscaled: exact, scale: scale)
  }

  func encode(_ writer: inout StateWriter) {
    writer.byte(isEmpty ? 0 : 1)
    writer.wide(exact)
    writer.double(real)
  }

  func decode(_ reader: inout StateReader) throws(WindowsError) {
    isEmpty = try reader.byte() == 0
    exact = try reader.wide()
    real = try reader.double()
    guard fits(exact) else { throw .corruptState("a sum that is too large") }
  }
}
