import Columns
import SQL
import Values

/// The rows that a table holds now, by key and window: what questions without EMIT are answered from.
///
/// Filled from the records of the table's topic in order, each the new row of its key and window or its deletion; the
/// caller decodes them. Belongs to one thread at a time: take `rows(for:)` under a lock and answer outside of it.
public final class QueryableTable {
  public let source: SourcePlan
  private let keyColumns: [Int]
  /// Rows of a key in the order of their windows.
  private var rows: [[UInt8]: [TableRow]] = [:]
  /// Every key in order; nil when it has to be sorted again.
  private var order: [[UInt8]]? = []
  /// The number of rows.
  public private(set) var count = 0

  public init(_ source: SourcePlan) {
    self.source = source
    keyColumns = source.keyColumns
  }

  /// Puts a row in the place of that of the same key and window.
  ///
  /// - Throws: `mismatch` when it has another number of values than the source has columns.
  public func put(_ row: TableRow) throws(WindowsError) {
    guard row.values.count == source.columns.count else { throw .mismatch("a row of other columns than \(source.name) has") }
    let key = Self.key(keyColumns.map { row.values[$0] })
    guard var known = rows.removeValue(forKey: key) else {
      rows[key] = [row]
      (order, count) = (nil, count + 1)
      return
    }
    let at = Self.position(row.window, in: known)
    if at < known.count, known[at].window == row.window {
      known[at] = row
    } else {
      known.insert(row, at: at)
      count += 1
    }
    rows[key] = known
  }

  /// Deletes the row of a key, given in the order of the key columns, and window; nothing happens where there is none.
  public func remove(key values: [Value], window: WindowSpan? = nil) {
    let key = Self.key(values)
    guard var known = rows.removeValue(forKey: key) else { return }
    let at = Self.position(window, in: known)
    if at < known.count, known[at].window == window {
      known.remove(at: at)
      count -= 1
    }
    if known.isEmpty { order = nil } else { rows[key] = known }
  }

  /// Forgets windows that ended at `time` or before, microseconds since the epoch.
  public func removeWindows(endingBy time: Int64) {
    for (key, known) in rows where known.contains(where: { $0.window.map { $0.end <= time } ?? false }) {
      let kept = known.filter { $0.window.map { $0.end > time } ?? true }
      count -= known.count - kept.count
      rows[key] = kept.isEmpty ? nil : kept
      if kept.isEmpty { order = nil }
    }
  }

  /// Where the row of a window stands or would stand: the first that is not before it.
  private static func position(_ window: WindowSpan?, in rows: [TableRow]) -> Int {
    guard let window else { return 0 }
    return rows.partitioningIndex { row in row.window.map { $0 >= window } ?? true }
  }

  private static func key(_ values: [Value]) -> [UInt8] {
    var key: [UInt8] = []
    for value in values { value.appendOrdered(to: &key) }
    return key
  }

  /// The rows that `query` has to look at: by the keys it asks for in that order, else by all keys in their order; of each
  /// key by window. Only what WHERE says of keys and windows is looked at here.
  public func rows(for query: PullQuery) -> [TableRow] {
    guard let keys = wanted(query) else {
      let sorted = order ?? rows.keys.sorted { $0.lexicographicallyPrecedes($1) }
      order = sorted
      return sorted.flatMap { within(rows[$0] ?? [], query) }
    }
    return keys.flatMap { within(rows[$0] ?? [], query) }
  }

  /// Nil where every key is to be looked at, also because a literal is of another type than its column.
  private func wanted(_ query: PullQuery) -> [[UInt8]]? {
    guard let keys = query.keys else { return nil }
    var wanted: [[UInt8]] = []
    for key in keys {
      guard key.count == keyColumns.count else { return nil }
      var values: [Value] = []
      for (literal, column) in zip(key, keyColumns) {
        guard let value = Value(literal, as: source.columns[column].type) else { return nil }
        values.append(value)
      }
      wanted.append(Self.key(values))
    }
    return wanted
  }

  private func within(_ rows: [TableRow], _ query: PullQuery) -> [TableRow] {
    guard rows.first?.window != nil else { return rows }
    let first = rows.partitioningIndex { Self.millisecond($0.window?.start) >= query.windowStart.lowerBound }
    let end = rows.partitioningIndex { Self.millisecond($0.window?.start) > query.windowStart.upperBound }
    guard first < end else { return [] }
    return rows[first..<end].filter { query.windowEnd.contains(Self.millisecond($0.window?.end)) }
  }

  private static func millisecond(_ time: Int64?) -> Int64 { (time ?? 0).flooredQuotient(1000) }

  /// The answer to `query`, one list of values per row in the order of its projection. See `PullQuery.answer(from:)`.
  public func answer(_ query: PullQuery) throws(WindowsError) -> [[Value]] { try query.answer(from: rows(for: query)) }
}

extension Array {
  /// The first index at which `isBehind` holds, by bisection: it holds nowhere before that and everywhere after.
  fileprivate func partitioningIndex(_ isBehind: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
