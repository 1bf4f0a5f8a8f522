import Metrics

/// What a worker records through swift-metrics, once a commit and once a restore.
struct WorkerMeters {
  private let commit = Timer(label: "wick_stream_commit_seconds")
  private let restore = Timer(label: "wick_stream_restore_seconds")
  private let entries = Counter(label: "wick_stream_restored_entries_total")
  private let restoring = Gauge(label: "wick_stream_restoring_partitions")

  func committed(since began: ContinuousClock.Instant) { commit.record(duration: began.duration(to: .now)) }

  func restoring(_ partitions: Int) { restoring.record(partitions) }

  func restored(_ count: Int, since began: ContinuousClock.Instant) {
    entries.increment(by: count)
    restore.record(duration: began.duration(to: .now))
  }
}
