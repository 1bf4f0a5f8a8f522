/// What the pipeline must have written for one source partition, recomputed from the input one record at a time.
///
/// Written from the definitions; shares no code with the engine.
struct ReferenceModel {
  private struct Window: Hashable {
    var query: Int
    var start: Int64
    var group: String
  }

  private struct Identity: Hashable {
    var venue: UInt8
    var symbol: UInt16
    var id: Int64
    var bucket: Int64
  }

  /// Counts of one commit and query, in the order of `AuditLine`.
  struct Counts: Equatable {
    var aggregated: Int64 = 0, filtered: Int64 = 0, late: Int64 = 0, nullKey: Int64 = 0, emitted: Int64 = 0
  }

  struct SourceCounts: Equatable {
    var consumed: Int64 = 0, duplicate: Int64 = 0, badTime: Int64 = 0, future: Int64 = 0, undecodable: Int64 = 0
  }

  private let partition: Int32
  private let queries: [SimulatedQuery]
  private var sourceTime: Int64 = -1
  private var times: [Int64]
  private var frontiers: [Int64]
  private var windows: [Window: [SimulatedTrade]] = [:]
  private var seen: Set<Identity> = []
  /// Lines as the pipeline writes them.
  private(set) var lines: [String] = []
  private(set) var counts: [Counts]
  private(set) var source = SourceCounts()

  init(partition: Int32, queries: [SimulatedQuery]) {
    self.partition = partition
    self.queries = queries
    times = queries.map { _ in -1 }
    frontiers = queries.map { _ in 0 }
    counts = queries.map { _ in Counts() }
  }

  /// One record of the input.
  mutating func take(offset: Int64, timestampMs: Int64, bytes: [UInt8]) {
    source.consumed += 1
    guard let trade = SimulatedTrade(bytes) else {
      source.undecodable += 1
      lines.append("I|\(partition)|\(offset)|undecodable")
      return
    }
    guard trade.time >= 0, trade.time < 253_402_300_800_000_000 else {
      source.badTime += 1
      lines.append("I|\(partition)|\(offset)|bad_time")
      return
    }
    if trade.time - SimulatedQuery.skew > timestampMs * 1000 {
      source.future += 1
      lines.append("I|\(partition)|\(offset)|future")
      return
    }
    sourceTime = max(sourceTime, trade.time)
    if isCopy(trade) {
      source.duplicate += 1
      return
    }
    for query in queries.indices { count(trade, offset, query) }
  }

  /// Identities are forgotten in steps of a sixteenth of the retention; what is too old to be remembered passes.
  private mutating func isCopy(_ trade: SimulatedTrade) -> Bool {
    guard let symbol = trade.symbol else { return false }
    let step = SimulatedQuery.retention / 16 / 1_000_000 * 1_000_000
    let bucket = trade.time / step
    guard (bucket + 1) * step > sourceTime - SimulatedQuery.retention else { return false }
    return !seen.insert(Identity(venue: trade.venue, symbol: symbol, id: trade.id, bucket: bucket)).inserted
  }

  private mutating func count(_ trade: SimulatedTrade, _ offset: Int64, _ number: Int) {
    let query = queries[number]
    if let above = query.above, trade.price <= above {
      counts[number].filtered += 1
      return
    }
    guard let symbol = trade.symbol else {
      counts[number].nullKey += 1
      lines.append("I|\(partition)|\(offset)|null_key|\(query.id)")
      return
    }
    times[number] = max(times[number], trade.time)
    let closed = max(times[number] - query.grace, frontiers[number])
    var starts: [Int64] = []
    var start = trade.time - trade.time % query.advance
    while start >= 0, start + query.size > trade.time {
      starts.append(start)
      start -= query.advance
    }
    let open = starts.filter { $0 + query.size > closed }
    for start in starts where start + query.size <= closed {
      lines.append("L|\(partition)|\(offset)|\(query.id)|\(start)|\(open.isEmpty)")
    }
    if open.isEmpty { counts[number].late += 1 } else { counts[number].aggregated += 1 }
    let group = query.byVenue ? "v\(trade.venue),s\(symbol)" : "s\(symbol)"
    for start in open { windows[Window(query: number, start: start, group: group), default: []].append(trade) }
  }

  /// A commit: closed windows are written, once.
  mutating func commit(closesAll: Bool) {
    for number in queries.indices {
      let size = queries[number].size
      if closesAll {
        frontiers[number] = max(frontiers[number], windows.keys.filter { $0.query == number }.map { $0.start + size }.max() ?? 0)
      }
      let closed = max(times[number] - queries[number].grace, frontiers[number])
      for window in windows.keys.filter({ $0.query == number && $0.start + size <= closed }) {
        let trades = windows.removeValue(forKey: window) ?? []
        lines.append("C|\(partition)|\(queries[number].id)|\(window.start)|\(window.group)|" + Self.values(trades))
        counts[number].emitted += 1
      }
    }
  }

  /// The counts since the last call.
  mutating func takeCounts() -> (SourceCounts, [Counts]) {
    defer {
      source = SourceCounts()
      counts = queries.map { _ in Counts() }
    }
    return (source, counts)
  }

  /// The input's time; -1 before the first record.
  var streamTime: Int64 { sourceTime }

  private static func values(_ trades: [SimulatedTrade]) -> String {
    let ordered = trades.enumerated().sorted {
      ($0.element.time, $0.element.id, $0.offset) < ($1.element.time, $1.element.id, $1.offset)
    }.map(\.element)
    let prices = trades.map(\.price)
    let volume = trades.reduce(Int128(0)) { $0 + Int128($1.quantity) }
    let amount = trades.reduce(Int128(0)) { $0 + Int128($1.quantity) * Int128($1.price) }
    // Of equal places in time the first to arrive is the first, and stays the last.
    let last = ordered.last.flatMap { end in ordered.first { ($0.time, $0.id) == (end.time, end.id) } }
    return "\(ordered.first?.price ?? 0) \(prices.max() ?? 0) \(prices.min() ?? 0) \(last?.price ?? 0) \(volume) \(amount) "
      + "\(trades.count)"
  }
}
