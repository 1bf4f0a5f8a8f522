import MarketAPI
import Metrics
import Synchronization

/// How old trades are when clients are first shown a candle with them. Pure.
///
/// Only what is new counts: a change that shows a newer trade of its series than was shown before. So what a topic holds when
/// reading begins, and what is read again after a failure, tells nothing; what came in between does, however late it is.
struct ServedAges {
  /// By series: the event time of the newest trade shown, milliseconds.
  private var newest: [SeriesKey: Int64] = [:]

  static let seriesLimit = 16_000

  /// - Parameters:
  ///   - trade: event time of the newest trade that a change shows, or the most it can be; milliseconds.
  ///   - window: of a candle that comes but once its window is closed, the window's start: it is new only where nothing of the
  ///     window was shown while it was forming.
  ///   - now: milliseconds; nil while the topic is read for the first time.
  /// - Returns: milliseconds; nil where nothing new is shown.
  mutating func age(of trade: Int64, in series: SeriesKey, closing window: Int64? = nil, now: Int64?) -> Int64? {
    if let known = newest[series] {
      guard trade > known else { return nil }
      newest[series] = trade
      if let window, known >= window { return nil }
    } else {
      guard newest.count < Self.seriesLimit else { return nil }
      newest[series] = trade
    }
    return now.map { max(0, $0 - trade) }
  }
}

/// Records those ages by interval. Safe from any thread.
final class ServedMeters: Sendable {
  fileprivate struct State {
    var ages = ServedAges()
    var timers: [String: Timer] = [:]
    /// Topics that have been read to their end once.
    var followed: Set<String> = []
  }

  private let state = Mutex(State())

  /// Shows the interval's histogram before there is anything to count.
  func begin(_ interval: String) { _ = state.withLock { $0.timer(interval) } }

  /// What is read of `topic` from now on has come since.
  func follow(_ topic: String) { state.withLock { _ = $0.followed.insert(topic) } }

  /// Call it when clients can see the change.
  func record(_ trade: Int64, _ series: SeriesKey, closing window: Int64? = nil, from topic: String, now: Int64) {
    state.withLock { state in
      let now = state.followed.contains(topic) ? now : nil
      guard let age = state.ages.age(of: trade, in: series, closing: window, now: now) else { return }
      state.timer(series.interval).recordMilliseconds(age)
    }
  }
}

extension ServedMeters.State {
  fileprivate mutating func timer(_ interval: String) -> Timer {
    if let timer = timers[interval] { return timer }
    let timer = Timer(label: "wick_served_candle_seconds", dimensions: [("interval", interval)])
    timers[interval] = timer
    return timer
  }
}
