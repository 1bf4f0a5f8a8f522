import Windows

/// The definitions, one row at a time, with rows kept in lists and sorted when a value is asked for. Shares no code with
/// the engine. Aggregates are those of `NaiveModel.aggregates`, over groups (venue, symbol).
final class NaiveModel {
  struct Key: Hashable { var start: Int64; var end: Int64; var venue: String; var symbol: String }

  let grace: Int64
  /// All windows that hold a time, by start.
  let windowsAt: (Int64) -> [(start: Int64, end: Int64)]
  let emitsChanges: Bool
  let minimumPrice: Int64?
  let minimumCount: Int
  var streamTime: Int64 = -1
  var frontier: Int64 = 0
  var windows: [Key: [Row]] = [:]
  var touched: Set<Key> = []
  var shown: Set<Key> = []
  var emitted: [String] = []
  var late: [String] = []
  var failed: [Int64] = []
  var nullKeys: [Int64] = []
  var rejected: [String] = []
  var counters = QueryCounters()
  // Source stage.
  let deduplicates: Bool
  let retention: Int64, bucket: Int64
  let skew: Int64?
  var stageTime: Int64 = -1
  var seen: Set<String> = []

  init(
    size: Int64, advance: Int64, grace: Int64, emitsChanges: Bool = false, minimumPrice: Int64? = nil,
    minimumCount: Int = 0, deduplicates: Bool = false, retention: Int64 = 0, skew: Int64? = nil, offset: Int64 = 0,
    windows: ((Int64) -> [(start: Int64, end: Int64)])? = nil
  ) {
    self.grace = grace
    windowsAt = windows ?? { Self.aligned($0, size, advance, offset) }
    (self.emitsChanges, self.minimumPrice, self.minimumCount) = (emitsChanges, minimumPrice, minimumCount)
    (self.deduplicates, self.retention, self.skew) = (deduplicates, retention, skew)
    bucket = min(max(retention / 16 / 1_000_000, 1), 3600) * 1_000_000
  }

  /// Every aligned window there is, tried one by one.
  static func aligned(_ time: Int64, _ size: Int64, _ advance: Int64, _ offset: Int64) -> [(start: Int64, end: Int64)] {
    var found: [(start: Int64, end: Int64)] = []
    var start = offset - advance
    start += max(0, (time - start) / advance) * advance
    while start > -advance, start + size > time {
      found.insert((start, start + size), at: 0)
      start -= advance
    }
    return found
  }

  func process(_ row: Row) {
    guard let time = row.time, time >= 0, time <= 253_402_300_799_999_999 else {
      rejected.append("\(row.offset) bad_time")
      return
    }
    if let skew, time - skew > row.timestamp {
      rejected.append("\(row.offset) future")
      return
    }
    stageTime = max(stageTime, time)
    if deduplicates, let venue = row.venue, let symbol = row.symbol, let id = row.id {
      let start = time / bucket * bucket
      if start + bucket > stageTime - retention, !seen.insert("\(venue) \(symbol) \(id) \(start)").inserted {
        rejected.append("\(row.offset) duplicate")
        return
      }
    }
    counters.consumed += 1
    if let minimumPrice, row.price.map({ $0 <= minimumPrice }) ?? true {
      counters.filtered += 1
      return
    }
    guard let venue = row.venue, let symbol = row.symbol else {
      nullKeys.append(row.offset)
      counters.nullKey += 1
      return
    }
    streamTime = max(streamTime, time)
    let closed = max(streamTime - grace, frontier)
    let all = windowsAt(time)
    let open = all.filter { $0.end > closed }
    let missed = all.filter { $0.end <= closed }.map {
      "\(row.offset) [\($0.start),\($0.end)) at \(streamTime) by \(streamTime - time) \(open.isEmpty)"
    }
    if open.isEmpty {
      late += missed
      counters.late += 1
      return
    }
    let keys = open.map { Key(start: $0.start, end: $0.end, venue: venue, symbol: symbol) }
    guard keys.allSatisfy({ Self.sumsFit((windows[$0] ?? []) + [row]) }) else {
      failed.append(row.offset)
      counters.overflow += 1
      return
    }
    late += missed
    counters.aggregated += 1
    for key in keys {
      windows[key, default: []].append(row)
      touched.insert(key)
    }
  }

  func emit() {
    let closed = max(streamTime - grace, frontier)
    let due = windows.keys.filter { $0.end <= closed }
    for key in ordered(emitsChanges ? Array(touched) : due) {
      guard let rows = windows[key] else { continue }
      let satisfied = rows.count >= minimumCount
      let text = "[\(key.start),\(key.end == .max ? 0 : key.end)) \(key.venue) \(key.symbol) " + Self.values(rows)
      if satisfied { emitted.append(text) } else if shown.contains(key) { emitted.append("deleted " + text) }
      if satisfied { shown.insert(key) } else { shown.remove(key) }
    }
    touched = []
    for key in due { windows[key] = nil }
  }

  func finish() {
    frontier = max(frontier, windows.keys.map(\.end).filter { $0 < .max }.max() ?? 0)
    emit()
  }

  private func ordered(_ keys: [Key]) -> [Key] {
    keys.sorted { a, b in
      if a.start != b.start { return a.start < b.start }
      if a.venue != b.venue { return Array(a.venue.utf8).lexicographicallyPrecedes(Array(b.venue.utf8)) }
      return Array(a.symbol.utf8).lexicographicallyPrecedes(Array(b.symbol.utf8))
    }
  }

  static let limit38 = Int128("100000000000000000000000000000000000000")!

  /// SUM(id) in 64 bits; SUM(quantity), SUM(price * quantity) and the product itself in 38 digits, in order of arrival.
  private static func sumsFit(_ rows: [Row]) -> Bool {
    var (ids, quantities, amounts): (Int64, Int128, Int128) = (0, 0, 0)
    for row in rows {
      let (nextID, o1) = ids.addingReportingOverflow(row.id ?? 0)
      let (product, o2) = (row.quantity ?? 0).multipliedReportingOverflow(by: Int128(row.price ?? 0))
      guard !o1, !o2, product.magnitude < limit38.magnitude else { return false }
      ids = nextID
      quantities += row.quantity ?? 0
      let (nextAmount, o3) = amounts.addingReportingOverflow(product)
      guard !o3 else { return false }
      amounts = nextAmount
      guard quantities.magnitude < limit38.magnitude, amounts.magnitude < limit38.magnitude else { return false }
    }
    return true
  }

  static func text<T>(_ value: T?) -> String { value.map { "\($0)" } ?? "NULL" }

  private static func first(_ rows: [Row], last: Bool) -> Row? {
    var best: Row?
    for row in rows where row.id != nil && row.price != nil {
      let order = (row.time ?? 0, row.id ?? 0)
      guard let held = best else { best = row; continue }
      let heldOrder = (held.time ?? 0, held.id ?? 0)
      if last ? order > heldOrder : order < heldOrder { best = row }
    }
    return best
  }

  static func values(_ rows: [Row]) -> String {
    let prices = rows.compactMap(\.price), quantities = rows.compactMap(\.quantity), ids = rows.compactMap(\.id)
    let amounts = rows.compactMap { row in row.price.flatMap { p in row.quantity.map { Int128(p) * $0 } } }
    let weights = rows.filter { $0.price != nil }.compactMap(\.quantity)
    let sides = rows.compactMap(\.side)
    let values = rows.compactMap(\.value)
    // CASE WHEN side = 'BUY': a NULL side is not BUY; a NULL quantity of a BUY is NULL and ignored.
    let bought = rows.compactMap { $0.side == "BUY" ? $0.quantity : 0 }
    func sum(_ v: [Int128]) -> Int128? { v.isEmpty ? nil : v.reduce(0, &+) }
    let parts: [String] = [
      text(first(rows, last: false)?.price), text(prices.max()), text(prices.min()),
      text(first(rows, last: true)?.price), text(sum(quantities)), text(sum(amounts)), text(sum(bought)),
      "\(rows.count)", text(ids.min()), text(ids.max()),
      text(amounts.isEmpty ? nil : vwap(sum(amounts) ?? 0, weights.reduce(0, &+))),
      text(ids.isEmpty ? nil : ids.reduce(0, &+)), "\(prices.count)", text(sides.min()), text(sides.max()),
      text(sides.first), text(sides.last), text(values.isEmpty ? nil : values.reduce(0, +)),
      text(values.isEmpty ? nil : (values.min() ?? 0) + 0),
    ]
    return parts.joined(separator: " ")
  }

  /// Long division by hand, digit by digit; price has 8 decimals, the result 16, ties to even.
  static func vwap(_ amount: Int128, _ weight: Int128) -> Int128? {
    if weight == 0 { return nil }
    let divisor = weight.magnitude
    var (quotient, rest) = amount.magnitude.quotientAndRemainder(dividingBy: divisor)
    for _ in 0..<8 {
      var digit: UInt128 = 0
      var next: UInt128 = 0
      // rest * 10 by ten additions modulo the divisor: no product, so no overflow for divisors below 2^127.
      for _ in 0..<10 {
        next += rest
        if next >= divisor { next -= divisor; digit += 1 }
      }
      let (scaled, overflow) = quotient.multipliedReportingOverflow(by: 10)
      if overflow || scaled > limit38.magnitude { return nil }
      quotient = scaled + digit
      rest = next
    }
    let left = divisor - rest
    if rest > left || (rest == left && quotient % 2 == 1) { quotient += 1 }
    guard quotient < limit38.magnitude else { return nil }
    return (amount < 0) != (weight < 0) ? -Int128(quotient) : Int128(quotient)
  }
}
