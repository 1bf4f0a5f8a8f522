import Columns
import SQL

/// How the records of a group are cut into windows, all in microseconds: windows `[start, end)` at fixed places, one window
/// for ever, or sessions.
struct WindowRule {
  /// Sizes, advances and graces stay below this (about 1000 years), so that no sum of times leaves 64 bits.
  static let longest: Int64 = 1 << 55
  /// The end of the one window of a GROUP BY without a window: no time gets there.
  private static let never: Int64 = 1 << 61

  /// The length of a window whose start is known to hold a time; 0 where lengths differ, and every time has to be looked up.
  let size: Int64
  let advance: Int64
  /// How far stream time passes the end of a window before it closes.
  let grace: Int64
  /// Windows start at multiples of `advance` plus this.
  let offset: Int64
  /// The most windows a time can lie in. Windows are processed in that many passes, by index modulo the number, so that
  /// every window belongs to one pass and sees its rows in order of arrival.
  let passes: Int
  /// Windows of whole local days.
  let calendar: DayCalendar?
  /// SESSION: the longest silence within a session. The end of a session is the time after its last record.
  let gap: Int64?

  init(_ plan: WindowPlan) throws(WindowsError) {
    switch plan {
    case .unbounded: self.init(size: Self.never, advance: Self.never, grace: 0)
    case .time(let window): try self.init(window)
    case .session(let window):
      guard (0...Self.longest).contains(window.gap), (0...Self.longest).contains(window.grace) else {
        throw .unsupported("a session gap or grace period of over 1000 years")
      }
      self.init(size: 0, advance: 1, grace: window.grace + window.gap, gap: window.gap)
    }
  }

  private init(_ plan: TimeWindow) throws(WindowsError) {
    guard plan.size > 0, plan.advance > 0, plan.advance <= plan.size else {
      throw .unsupported("a window whose ADVANCE BY is not between 1 µs and its SIZE")
    }
    guard plan.size <= Self.longest, (0...Self.longest).contains(plan.grace) else {
      throw .unsupported("a window or grace period of over 1000 years")
    }
    guard (0..<plan.advance).contains(plan.offset) else { throw .unsupported("an OFFSET that is not below ADVANCE BY") }
    let passes = (plan.size + plan.advance - 1) / plan.advance
    guard passes <= 100_000 else { throw .unsupported("a record in over 100,000 windows at once; raise ADVANCE BY") }
    guard let zone = plan.timeZone else {
      self.init(size: plan.size, advance: plan.advance, grace: plan.grace, offset: plan.offset, passes: Int(passes))
      return
    }
    let calendar = try DayCalendar(zone, size: plan.size, offset: plan.offset, isTumbling: plan.isTumbling)
    self.init(size: 0, advance: plan.advance, grace: plan.grace, offset: plan.offset, calendar: calendar)
  }

  private init(
    size: Int64, advance: Int64, grace: Int64, offset: Int64 = 0, passes: Int = 1, calendar: DayCalendar? = nil,
    gap: Int64? = nil
  ) {
    self.size = size
    self.advance = advance
    self.grace = grace
    self.offset = offset
    self.passes = passes
    self.calendar = calendar
    self.gap = gap
  }

  var isUnbounded: Bool { size == Self.never }

  /// The start of the window of `pass` that holds `time` (not negative), or nil when that pass has none.
  func start(_ time: Int64, pass: Int) -> Int64? {
    if let calendar { return calendar.start(time) }
    let newest = (time - offset).flooredQuotient(advance)
    let count = Int64(passes)
    let back = (newest - Int64(pass)) % count
    let start = (newest - (back < 0 ? back + count : back)) * advance + offset
    // No window starts before the epoch, but for the one that an offset makes the epoch fall into.
    guard start > -advance, time < start + size else { return nil }
    return start
  }

  /// The end of the window that starts at `start`, exclusive. Not of a session.
  func end(_ start: Int64) -> Int64 { calendar?.end(start) ?? (start + size) }

  /// The end of the last window that holds `time`.
  func lastEnd(_ time: Int64) -> Int64 {
    if let calendar { return calendar.end(calendar.start(time)) }
    return (time - offset).flooredQuotient(advance) * advance + offset + size
  }

  /// Whether a window starts at `start`.
  func isStart(_ start: Int64) -> Bool {
    guard start > -Self.longest, start <= SourceStage.latestTime else { return false }
    if let calendar { return calendar.isStart(start) }
    if gap != nil { return start >= 0 }
    return start > -advance && (start - offset) % advance == 0
  }
}
