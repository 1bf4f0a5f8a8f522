/// The metrics of `wick`, as `docs/metrics.md` lists them.
public enum WickMetrics {
  static let refused = MetricFamily(
    "wick_metrics_refused_series_total", .counter, unit: "series",
    "Series that are not shown because their metric has too many already.")

  /// All of them, by part.
  public static let all: [MetricFamily] = process + ingest + stream + audit + lake + kafka + served + http + [refused]

  static let process = [
    MetricFamily("wick_build_info", .gauge, unit: "1", "The version of this process, always 1.", labels: ["version", "role"]),
    MetricFamily(
      "wick_start_time_seconds", .gauge, unit: "seconds since 1970", "When this process began."),
  ]

  static let ingest = [
    MetricFamily("wick_ingest_trades_total", .counter, unit: "trades", "Trades committed to Kafka by this run."),
    MetricFamily(
      "wick_ingest_rejects_total", .counter, unit: "lines", "Lines that were no trades, by reason.", labels: ["reason"]),
    MetricFamily("wick_ingest_read_bytes", .gauge, unit: "bytes", "How far the source has been read."),
    MetricFamily("wick_ingest_source_bytes", .gauge, unit: "bytes", "The size of the source, where it is known."),
    MetricFamily("wick_ingest_source_ended", .gauge, unit: "0 or 1", "Whether the source has been read to its end."),
    MetricFamily(
      "wick_ingest_commit_seconds", .histogram(MetricFamily.secondsBuckets), unit: "seconds",
      "From the end of a transaction's records to its commit."),
  ]

  static let stream = [
    MetricFamily("wick_stream_records_total", .counter, unit: "records", "Source records read and committed."),
    MetricFamily("wick_stream_rows_total", .counter, unit: "rows", "Rows sent to sinks.", labels: ["query"]),
    MetricFamily("wick_stream_late_total", .counter, unit: "records", "Records too late for a window.", labels: ["query"]),
    MetricFamily("wick_stream_duplicates_total", .counter, unit: "records", "Records that came again."),
    MetricFamily("wick_stream_filtered_total", .counter, unit: "records", "Records that WHERE left out, counted per query."),
    MetricFamily(
      "wick_stream_invalid_total", .counter, unit: "records", "Records set aside, by reason.", labels: ["reason"]),
    MetricFamily("wick_stream_commits_total", .counter, unit: "commits", "Committed transactions."),
    MetricFamily("wick_stream_replays_total", .counter, unit: "failures", "Failures survived by replaying."),
    MetricFamily(
      "wick_stream_commit_seconds", .histogram(MetricFamily.secondsBuckets), unit: "seconds",
      "From the last record of a transaction to its commit."),
    MetricFamily(
      "wick_stream_lag_records", .gauge, unit: "records", "Records between the committed offset and the end of a partition.",
      labels: ["topic", "partition"]),
    MetricFamily(
      "wick_stream_time_seconds", .gauge, unit: "seconds since 1970", "Stream time: the largest event time read.",
      labels: ["topic", "partition"]),
    MetricFamily(
      "wick_stream_freshness_seconds", .gauge, unit: "seconds", "The clock less the newest stream time of a topic's partitions.",
      labels: ["topic"]),
    MetricFamily(
      "wick_stream_open_windows", .gauge, unit: "windows", "Windows that are open, over all queries of a topic.",
      labels: ["topic"]),
    MetricFamily("wick_stream_restoring_partitions", .gauge, unit: "partitions", "Partitions whose state is being read back."),
    MetricFamily(
      "wick_stream_restored_entries_total", .counter, unit: "entries", "Entries of state read back from changelogs."),
    MetricFamily(
      "wick_stream_restore_seconds", .histogram([0.1, 0.5, 1, 2, 5, 10, 30, 60, 300]), unit: "seconds",
      "How long the reading back of state took."),
  ]

  static let audit = [
    MetricFamily("wick_audit_rows_total", .counter, unit: "rows", "Audit rows looked at."),
    MetricFamily(
      "wick_audit_violations_total", .counter, unit: "rows",
      "Audit rows that do not add up, or do not join their predecessors, within the last day when the process began, and since."),
    MetricFamily("wick_audit_watch_up", .gauge, unit: "0 or 1", "Whether the audit topic is being read."),
  ]

  static let lake = [
    MetricFamily("wick_lake_records_total", .counter, unit: "records", "Records read by the sink."),
    MetricFamily("wick_lake_rows_total", .counter, unit: "rows", "Rows committed.", labels: ["table"]),
    MetricFamily("wick_lake_undecodable_total", .counter, unit: "records", "Records that could not be decoded."),
    MetricFamily("wick_lake_commits_total", .counter, unit: "commits", "Commits to the tables."),
    MetricFamily(
      "wick_lake_commit_seconds", .histogram(MetricFamily.secondsBuckets), unit: "seconds", "How long a commit took."),
    MetricFamily(
      "wick_lake_unknown_outcomes_total", .counter, unit: "commits", "Commits whose outcome had to be looked up."),
    MetricFamily(
      "wick_lake_time_seconds", .gauge, unit: "seconds since 1970", "The largest time in a table's time column.",
      labels: ["table"]),
    MetricFamily(
      "wick_lake_freshness_seconds", .gauge, unit: "seconds", "The clock less the largest time in a table.", labels: ["table"]),
    MetricFamily("wick_lake_table_rows", .gauge, unit: "rows", "Rows of a table.", labels: ["table"]),
    MetricFamily("wick_lake_table_files", .gauge, unit: "files", "Data files of a table.", labels: ["table"]),
    MetricFamily("wick_lake_table_bytes", .gauge, unit: "bytes", "Bytes of a table's data files.", labels: ["table"]),
    MetricFamily("wick_lake_table_snapshots", .gauge, unit: "snapshots", "Snapshots a table keeps.", labels: ["table"]),
    MetricFamily(
      "wick_lake_compacted_files_total", .counter, unit: "files", "Data files that maintenance merged into fewer, less those.",
      labels: ["table"]),
    MetricFamily(
      "wick_lake_expired_snapshots_total", .counter, unit: "snapshots", "Snapshots that maintenance forgot.", labels: ["table"]),
  ]

  static let kafka = [
    MetricFamily(
      "wick_kafka_brokers_up", .gauge, unit: "brokers", "Brokers a client is connected to.", labels: ["client", "type"]),
    MetricFamily(
      "wick_kafka_queue_messages", .gauge, unit: "messages", "Messages that wait to be sent.", labels: ["client", "type"]),
    MetricFamily("wick_kafka_queue_bytes", .gauge, unit: "bytes", "Bytes that wait to be sent.", labels: ["client", "type"]),
    MetricFamily(
      "wick_kafka_fetched_messages", .gauge, unit: "messages", "Messages fetched and not taken yet.",
      labels: ["client", "type"]),
    MetricFamily(
      "wick_kafka_sent_bytes", .gauge, unit: "bytes", "Bytes sent by the client since it was made.", labels: ["client", "type"]),
    MetricFamily(
      "wick_kafka_received_bytes", .gauge, unit: "bytes", "Bytes received by the client since it was made.",
      labels: ["client", "type"]),
    MetricFamily(
      "wick_kafka_request_seconds", .gauge, unit: "seconds",
      "The slowest broker's 99th percentile of round trips in the last statistics interval.", labels: ["client", "type"]),
    MetricFamily(
      "wick_kafka_rebalances", .gauge, unit: "rebalances", "Rebalances the client has seen.", labels: ["client", "type"]),
  ]

  static let served = [
    MetricFamily(
      "wick_served_candle_seconds", .histogram([0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300]), unit: "seconds",
      "How old a trade is when clients are first shown a candle with it.", labels: ["interval"])
  ]

  static let http = [
    MetricFamily(
      "wick_http_requests_total", .counter, unit: "requests", "Requests answered, by route and status.",
      labels: ["route", "status"]),
    MetricFamily(
      "wick_http_request_seconds", .histogram(MetricFamily.secondsBuckets), unit: "seconds",
      "From a request's head to the end of its answer.", labels: ["route"]),
  ]
}
