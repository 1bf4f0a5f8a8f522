/// One row of the audit topic: what a query did with the records of one source partition in one commit.
public struct AuditEntry: Hashable, Sendable {
  public var application: String
  public var query: String
  public var topic: String
  public var partition: Int32
  /// `[from, to)` of the source partition.
  public var from: Int64
  public var to: Int64
  public var input: Int64
  public var inWindows: Int64
  public var filtered: Int64
  public var late: Int64
  public var duplicate: Int64
  /// Records without a key or a usable time, from the future, undecodable, or not computable.
  public var invalid: Int64
  /// Milliseconds; nil before the first record.
  public var streamTime: Int64?
  /// Milliseconds.
  public var committedAt: Int64

  public init(
    application: String, query: String, topic: String, partition: Int32, from: Int64, to: Int64, input: Int64,
    inWindows: Int64, filtered: Int64, late: Int64, duplicate: Int64, invalid: Int64, streamTime: Int64?, committedAt: Int64
  ) {
    self.application = application
    self.query = query
    self.topic = topic
    self.partition = partition
    self.from = from
    self.to = to
    self.input = input
    self.inWindows = inWindows
    self.filtered = filtered
    self.late = late
    self.duplicate = duplicate
    self.invalid = invalid
    self.streamTime = streamTime
    self.committedAt = committedAt
  }
}

/// Adds up the audit rows of each query and says whether every record went exactly one way. Pure.
public struct AuditLedger: Sendable {
  /// One query of one application.
  public struct Row: Hashable, Sendable {
    public var application: String
    public var query: String
    public var input: Int64 = 0
    public var inWindows: Int64 = 0
    public var late: Int64 = 0
    public var duplicate: Int64 = 0
    public var invalid: Int64 = 0
    public var filtered: Int64 = 0
    /// Rows that do not add up, stretches of the source that no row covers, and stretches that two cover.
    public var violations: Int64 = 0
    /// By source topic and partition: the offset after the last record that was dealt with.
    public var next: [String: [Int32: Int64]] = [:]
    /// The least of the partitions' newest stream times, milliseconds.
    public var streamTime: Int64? { streamTimes.values.min() }
    public var lastCommit: Int64?
    var streamTimes: [String: Int64] = [:]

    public var holds: Bool { violations == 0 && input == inWindows + late + duplicate + invalid + filtered }
  }

  private var rows: [String: Row] = [:]

  public init() {}

  /// By application and query.
  public var all: [Row] { rows.values.sorted { ($0.application, $0.query) < ($1.application, $1.query) } }

  public var holds: Bool { rows.values.allSatisfy(\.holds) }

  public func row(application: String, query: String) -> Row? { rows["\(application)/\(query)"] }

  /// Rows of one query and partition come in the order of their commits.
  public mutating func add(_ entry: AuditEntry) {
    let id = "\(entry.application)/\(entry.query)"
    var row = rows[id] ?? Row(application: entry.application, query: entry.query)
    let parts = entry.inWindows + entry.filtered + entry.late + entry.duplicate + entry.invalid
    if parts != entry.input { row.violations += 1 }
    if let expected = row.next[entry.topic]?[entry.partition], expected != entry.from { row.violations += 1 }
    row.next[entry.topic, default: [:]][entry.partition] = max(entry.to, row.next[entry.topic]?[entry.partition] ?? 0)
    row.input += entry.input
    row.inWindows += entry.inWindows
    row.late += entry.late
    row.duplicate += entry.duplicate
    row.invalid += entry.invalid
    row.filtered += entry.filtered
    if let time = entry.streamTime { row.streamTimes["\(entry.topic)/\(entry.partition)"] = time }
    row.lastCommit = max(row.lastCommit ?? entry.committedAt, entry.committedAt)
    rows[id] = row
  }
}
