import Windows

/// SESSION windows from their definition, one row at a time, over groups (venue, symbol), with the aggregates of `NaiveModel`.
/// Sessions are lists of rows; a row brings together every open session that is at most `gap` away from it.
final class NaiveSessions {
  struct Session {
    var rows: [Row]
    var start: Int64
    var last: Int64
    var isShown = false
    var isTouched = true
  }

  let gap: Int64, grace: Int64
  let emitsChanges: Bool
  let minimumCount: Int
  var streamTime: Int64 = -1
  var frontier: Int64 = 0
  var groups: [String: [Session]] = [:]
  var deletions: [String] = []
  var emitted: [String] = []
  var times: [Int64] = []
  var late: [String] = []
  var failed: [Int64] = []
  var nullKeys: [Int64] = []
  var counters = QueryCounters()

  init(gap: Int64, grace: Int64, emitsChanges: Bool, minimumCount: Int = 0) {
    (self.gap, self.grace, self.emitsChanges, self.minimumCount) = (gap, grace, emitsChanges, minimumCount)
  }

  /// A session whose last record lies before this is closed; the frontier closes those that end at or before it.
  private func isClosed(_ last: Int64) -> Bool { last < streamTime - grace - gap || last < frontier }

  func process(_ row: Row) {
    guard let time = row.time, time >= 0, time <= 253_402_300_799_999_999, time - 60_000_000 <= row.timestamp else { return }
    counters.consumed += 1
    guard let venue = row.venue, let symbol = row.symbol else {
      nullKeys.append(row.offset)
      counters.nullKey += 1
      return
    }
    streamTime = max(streamTime, time)
    let key = "\(venue) \(symbol)"
    let all = groups[key] ?? []
    let joined = all.filter { !isClosed($0.last) && abs(distance(time, $0)) <= gap }.sorted { $0.start < $1.start }
    if isClosed(max(time, joined.map(\.last).max() ?? 0)) {
      late.append("\(row.offset) [\(time),\(time)) at \(streamTime) by \(streamTime - time) true")
      counters.late += 1
      return
    }
    guard Self.fits(joined.map(\.rows) + [[row]]) else {
      failed.append(row.offset)
      counters.overflow += 1
      return
    }
    counters.aggregated += 1
    let merged = Session(
      rows: (joined.flatMap(\.rows) + [row]).sorted { $0.offset < $1.offset },
      start: min(time, joined.map(\.start).min() ?? time), last: max(time, joined.map(\.last).max() ?? time),
      isShown: joined.count == 1 && joined[0].isShown && joined[0].start == joined[0].last && joined[0].start == time)
    for part in joined where part.isShown && !merged.isShown { deletions.append("[\(part.start),\(part.last)) \(key)") }
    groups[key] = all.filter { session in !joined.contains { $0.start == session.start && $0.last == session.last } } + [merged]
  }

  private func distance(_ time: Int64, _ session: Session) -> Int64 {
    time < session.start ? session.start - time : max(0, time - session.last)
  }

  /// The sums of whole sessions one after the other, each total within its type.
  private static func fits(_ parts: [[Row]]) -> Bool {
    var (ids, quantities, amounts): (Int128, Int128, Int128) = (0, 0, 0)
    for part in parts {
      for row in part {
        let (product, overflow) = (row.quantity ?? 0).multipliedReportingOverflow(by: Int128(row.price ?? 0))
        guard !overflow, product.magnitude < NaiveModel.limit38.magnitude else { return false }
        ids += Int128(row.id ?? 0)
        quantities += row.quantity ?? 0
        // Two totals together stay within what a wrapped sum still shows to be too large.
        amounts &+= product
      }
      guard Int64(exactly: ids) != nil, quantities.magnitude < NaiveModel.limit38.magnitude,
        amounts.magnitude < NaiveModel.limit38.magnitude
      else { return false }
    }
    return true
  }

  func emit() {
    for text in deletions { emitted.append("deleted " + text) }
    deletions = []
    var found: [(key: String, session: Session)] = []
    for (key, sessions) in groups { found += sessions.map { (key, $0) } }
    found = found.filter { emitsChanges ? $0.session.isTouched : isClosed($0.session.last) }
    found.sort { a, b in
      let (x, y) = (a.session, b.session)
      if !emitsChanges, x.last != y.last { return x.last < y.last }
      if x.start != y.start { return x.start < y.start }
      return a.key == b.key ? x.last < y.last : Array(a.key.utf8).lexicographicallyPrecedes(Array(b.key.utf8))
    }
    for (key, session) in found { show(key, session) }
    for (key, sessions) in groups {
      groups[key] = sessions.filter { !isClosed($0.last) }.map { session in
        var session = session
        if emitsChanges, session.isTouched {
          session.isShown = session.rows.count >= minimumCount
          session.isTouched = false
        }
        return session
      }
    }
  }

  private func show(_ key: String, _ session: Session) {
    let text = "[\(session.start),\(session.last)) \(key)"
    if session.rows.count >= minimumCount {
      emitted.append("\(text) " + NaiveModel.values(session.rows))
    } else if session.isShown {
      emitted.append("deleted " + text)
    }
  }

  func finish() {
    frontier = max(frontier, groups.values.joined().map { $0.last + 1 }.max() ?? 0)
    emit()
  }
}
