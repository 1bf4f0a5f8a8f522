import Kafka
import Synchronization

/// What a run has done so far. Everything in it is committed.
public struct StreamsProgress: Sendable, Equatable {
  /// One source partition.
  public struct Partition: Sendable, Equatable {
    /// The next offset to read.
    public var next: Int64
    /// Records and markers between `next` and the end as last seen; nil before the first fetch.
    public var lag: Int64?
    /// The largest event time, microseconds since the epoch; nil before the first record.
    public var streamTime: Int64?
    /// With `untilEnd`: whether its end was reached.
    public var isFinished: Bool
    /// Windows that are open, over all queries.
    public var openWindows: Int
  }

  /// Source records read, each once however many queries read it.
  public var consumed: Int64 = 0
  /// Rows sent to sinks.
  public var emitted: Int64 = 0
  /// Late records, counted per query.
  public var late: Int64 = 0
  public var duplicate: Int64 = 0
  /// Records sent to the invalid topic, and rows that did not fit their contract.
  public var invalid: Int64 = 0
  /// Records that WHERE left out, counted per query.
  public var filtered: Int64 = 0
  /// Records set aside, by reason: `undecodable`, `bad_time`, `future`, `null_key`, `overflow`, `refused` (rows that did not
  /// fit their contract).
  public var invalidByReason: [String: Int64] = [:]
  /// Late records, per query.
  public var lateByQuery: [String: Int64] = [:]
  /// Rows sent, per query.
  public var emittedByQuery: [String: Int64] = [:]
  /// Committed transactions.
  public var commits: Int64 = 0
  /// Failures that were survived by replaying.
  public var replays: Int64 = 0
  public var partitions: [TopicPartition: Partition] = [:]

  public init() {}

  mutating func add(_ row: AuditRow) {
    emitted += row.emitted
    emittedByQuery[row.query, default: 0] += row.emitted
    late += row.late
    lateByQuery[row.query, default: 0] += row.late
    filtered += row.filtered
    setAside(row.nullKey, "null_key")
    setAside(row.overflow, "overflow")
  }

  mutating func setAside(_ count: Int64, _ reason: String) {
    invalid += count
    if count > 0 { invalidByReason[reason, default: 0] += count }
  }
}

/// The workers' shared board. Safe from any thread.
final class ProgressBoard: Sendable {
  private let state = Mutex(StreamsProgress())
  private let owners = Mutex<[TopicPartition: Int]>([:])

  /// Partitions that a worker of this instance has, and has not given up.
  var owned: Set<TopicPartition> { owners.withLock { Set($0.keys) } }

  func take(_ partitions: [TopicPartition], worker: Int) {
    owners.withLock { owners in for partition in partitions { owners[partition] = worker } }
  }

  func giveUp(worker: Int) { owners.withLock { owners in owners = owners.filter { $0.value != worker } } }

  var snapshot: StreamsProgress { state.withLock { $0 } }

  func update(_ body: (inout StreamsProgress) -> Void) {
    state.withLock { body(&$0) }
  }
}
