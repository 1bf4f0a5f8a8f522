/// How event time cuts the records of a group into windows.
public enum WindowPlan: Hashable, Sendable {
  /// GROUP BY without WINDOW: one window for ever. Nothing is late and nothing closes, so only EMIT CHANGES has a meaning.
  case unbounded
  /// TUMBLING and HOPPING.
  case time(TimeWindow)
  /// SESSION.
  case session(SessionWindow)

  /// Epoch-aligned windows; tumbling ones where `advance` equals `size`. All in microseconds.
  public init(size: Int64, advance: Int64, grace: Int64) {
    self = .time(TimeWindow(size: size, advance: advance, grace: grace))
  }

  /// The window where it is TUMBLING or HOPPING.
  public var time: TimeWindow? {
    if case .time(let window) = self { window } else { nil }
  }

  /// How far behind stream time a record can lie and still count, microseconds; 0 where every record counts.
  public var reach: Int64 {
    switch self {
    case .unbounded: 0
    case .time(let window): window.size + window.grace
    case .session(let window): window.gap + window.grace
    }
  }
}

/// Windows `[start, start + size)`, one every `advance`. All in microseconds.
public struct TimeWindow: Hashable, Sendable {
  public var size: Int64
  /// Equal to `size` for tumbling windows.
  public var advance: Int64
  /// A window is late when `end <= stream time - grace`.
  public var grace: Int64
  /// OFFSET: windows start at multiples of `advance` plus this, counted from the epoch or, with a time zone, from local
  /// midnight of 1970-01-01. `0 <= offset < advance`.
  public var offset: Int64
  /// TIME ZONE: an IANA name such as `America/New_York`. Windows then follow the clock of that place: one of a day runs from
  /// local midnight (plus `offset`) to the next, be it 23 or 25 hours. Nil for UTC. Only for tumbling windows of whole days.
  public var timeZone: String?
  /// RETENTION, as given: how long closed windows can be asked for. Nil for size and grace together.
  public var retention: Int64?

  public init(
    size: Int64, advance: Int64, grace: Int64, offset: Int64 = 0, timeZone: String? = nil, retention: Int64? = nil
  ) {
    self.size = size
    self.advance = advance
    self.grace = grace
    self.offset = offset
    self.timeZone = timeZone
    self.retention = retention
  }

  public var isTumbling: Bool { size == advance }
}

/// Windows that end where a group is silent for longer than `gap`: `[first, last]`, both inclusive. In microseconds.
public struct SessionWindow: Hashable, Sendable {
  public var gap: Int64
  /// A session is late when `last < stream time - grace - gap`.
  public var grace: Int64
  /// RETENTION, as given. Nil for gap and grace together.
  public var retention: Int64?

  public init(gap: Int64, grace: Int64, retention: Int64? = nil) {
    self.gap = gap
    self.grace = grace
    self.retention = retention
  }
}

/// FILL PREVIOUS: when a window closes in which a known group has no record, a row is emitted all the same.
public struct FillPlan: Hashable, Sendable {
  /// One per output of the projection.
  public var values: [Value]
  /// A group silent for longer than this before the window's end is no longer filled, microseconds.
  public var within: Int64

  public enum Value: Hashable, Sendable {
    /// Computed as ever: keys, window bounds and constants.
    case computed
    /// What output `n` had in the group's window before this one, filled ones included.
    case previous(Int)
    /// A constant of the output's type.
    case constant(Literal)
  }

  public init(values: [Value], within: Int64) {
    self.values = values
    self.within = within
  }
}

/// The windows of another query, merged into larger ones.
public struct RollUpPlan: Hashable, Sendable {
  /// The table that is read.
  public var table: String
  /// `QueryPlan.id` of the query that fills it. It may be a roll-up itself.
  public var query: String
  /// For each grouping expression of this plan, which one of that query it is.
  public var groups: [Int]
  /// For each aggregate of this plan, the aggregate of that query whose state is merged.
  public var aggregates: [Int]

  public init(table: String, query: String, groups: [Int], aggregates: [Int]) {
    self.table = table
    self.query = query
    self.groups = groups
    self.aggregates = aggregates
  }
}
