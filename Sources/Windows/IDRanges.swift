/// A set of integers as sorted, disjoint, non-touching closed ranges. Trade ids mostly follow one another, so a bucket of
/// thousands of trades is one or two ranges.
struct IDRanges: Equatable {
  /// Lower and upper bound in turn.
  private(set) var bounds: [Int64] = []

  init() {}

  /// Adds `id`; false when it was there.
  mutating func insert(_ id: Int64) -> Bool {
    // Ids mostly rise: the last range is the one to grow.
    if let last = bounds.last, id > last {
      if id - 1 == last { bounds[bounds.count - 1] = id } else { bounds += [id, id] }
      return true
    }
    let range = firstRange(endingAtOrAfter: id)
    guard range * 2 < bounds.count else {
      bounds += [id, id]
      return true
    }
    if bounds[range * 2] <= id { return false }
    insert(id, before: range)
    return true
  }

  /// `range` starts after `id`, and the range before it ends before `id`.
  private mutating func insert(_ id: Int64, before range: Int) {
    let joinsNext = bounds[range * 2] - 1 == id
    let joinsPrevious = range > 0 && bounds[range * 2 - 1] + 1 == id
    switch (joinsPrevious, joinsNext) {
    case (true, true): bounds.removeSubrange((range * 2 - 1)...(range * 2))
    case (true, false): bounds[range * 2 - 1] = id
    case (false, true): bounds[range * 2] = id
    case (false, false): bounds.insert(contentsOf: [id, id], at: range * 2)
    }
  }

  private func firstRange(endingAtOrAfter id: Int64) -> Int {
    var (low, high) = (0, bounds.count / 2)
    while low < high {
      let middle = (low + high) / 2
      if bounds[middle * 2 + 1] < id { low = middle + 1 } else { high = middle }
    }
    return low
  }

  func encode(_ writer: inout StateWriter) {
    writer.unsigned(UInt64(bounds.count / 2))
    guard var previous = bounds.first else { return }
    writer.signed(previous)
    for bound in bounds.dropFirst() {
      writer.unsigned(UInt64(bitPattern: bound &- previous))
      previous = bound
    }
  }

  init(_ reader: inout StateReader) throws(WindowsError) {
    let count = try reader.unsigned()
    guard count > 0 else { return }
    var last = try reader.signed()
    bounds = [last]
    // The count is not trusted for an allocation: the bytes run out first.
    for i in 1..<Swift.max(2, count.multipliedReportingOverflow(by: 2).partialValue) {
      let step = try reader.unsigned()
      guard i % 2 == 1 || step > 1 else { throw .corruptState("ranges that overlap") }
      let next = Int64(bitPattern: UInt64(bitPattern: last) &+ step)
      guard next >= last else { throw .corruptState("ranges that overlap") }
      bounds.append(next)
      last = next
    }
  }
}
