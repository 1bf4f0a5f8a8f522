/// When what was written must have reached the disk.
enum FlushPolicy: Equatable, Sendable {
  /// Before it is acknowledged or visible: survives loss of power. Appends that wait together share one fsync.
  case always
  /// Every so many milliseconds: what was acknowledged survives a crash of the process, but a loss of power may take
  /// the last interval.
  case interval(milliseconds: Int64)
}

/// What becomes of old records.
enum CleanupPolicy: String, Hashable, Sendable {
  case delete, compact
}

/// The settings of one topic's logs, under Kafka's names in `LogConfig+Names.swift`.
struct LogConfig: Equatable, Sendable {
  /// A segment is closed when the next batch would take it over this size.
  var segmentBytes = 256 << 20
  /// … or when its first batch is older than this.
  var segmentMs: Int64 = 7 * 86_400_000
  /// Age in milliseconds beyond which a segment may go; -1 keeps forever.
  var retentionMs: Int64 = 7 * 86_400_000
  /// Size of the partition in bytes beyond which the oldest segments may go; -1 is no limit.
  var retentionBytes: Int64 = -1
  /// Largest batch accepted, header included.
  var maxMessageBytes = 1_048_588
  var flush = FlushPolicy.always
  var cleanupPolicy: Set<CleanupPolicy> = [.delete]
  /// Tombstones and markers stay at least this long after compaction could have dropped them.
  var deleteRetentionMs: Int64 = 86_400_000
  /// Records younger than this are not compacted.
  var minCompactionLagMs: Int64 = 0
  /// Share of not yet compacted bytes from which compaction is worth it.
  var minCleanableDirtyRatio = 0.5
  /// Bytes between two entries of the offset index.
  var indexIntervalBytes = 4096
  /// A producer id silent for so long is forgotten, unless its transaction is open.
  var producerIDExpirationMs: Int64 = 86_400_000
  /// Accepted distance of timestamps before and after the broker's clock.
  var timestampBeforeMaxMs = Int64.max
  var timestampAfterMaxMs = Int64.max
  /// Told to clients by DescribeConfigs; the broker stores what producers send.
  var compressionType = "producer"

  init() {}
}
