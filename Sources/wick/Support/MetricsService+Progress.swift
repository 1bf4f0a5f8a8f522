import Foundation
import Ingest
import Kafka
import Lake
import Streams
import Synchronization
import Telemetry

/// Progress of the rooms, as metrics. Each is called once a commit or twice a second, never for a record.
extension MetricsService {
  func show(_ progress: IngestProgress) {
    registry.counter("wick_ingest_trades_total").raise(to: Double(progress.trades))
    for (reason, count) in progress.rejectsByReason {
      registry.counter("wick_ingest_rejects_total", [("reason", reason)]).raise(to: Double(count))
    }
    registry.gauge("wick_ingest_read_bytes").set(Double(progress.bytesRead))
    if let total = progress.bytesTotal { registry.gauge("wick_ingest_source_bytes").set(Double(total)) }
    registry.gauge("wick_ingest_source_ended").set(progress.reachedEnd ? 1 : 0)
  }

  func show(_ progress: StreamsProgress) {
    registry.counter("wick_stream_records_total").raise(to: Double(progress.consumed))
    registry.counter("wick_stream_duplicates_total").raise(to: Double(progress.duplicate))
    registry.counter("wick_stream_filtered_total").raise(to: Double(progress.filtered))
    registry.counter("wick_stream_commits_total").raise(to: Double(progress.commits))
    registry.counter("wick_stream_replays_total").raise(to: Double(progress.replays))
    for (query, rows) in progress.emittedByQuery {
      registry.counter("wick_stream_rows_total", [("query", query)]).raise(to: Double(rows))
    }
    for (query, late) in progress.lateByQuery {
      registry.counter("wick_stream_late_total", [("query", query)]).raise(to: Double(late))
    }
    for (reason, count) in progress.invalidByReason {
      registry.counter("wick_stream_invalid_total", [("reason", reason)]).raise(to: Double(count))
    }
    show(progress.partitions.map { ($0.key.topic, $0.key.partition, $0.value) })
  }

  private func show(_ partitions: [(topic: String, number: Int32, state: StreamsProgress.Partition)]) {
    for (topic, own) in Dictionary(grouping: partitions, by: \.topic) {
      for partition in own {
        let labels = [("topic", topic), ("partition", String(partition.number))]
        if let lag = partition.state.lag { registry.gauge("wick_stream_lag_records", labels).set(Double(lag)) }
        if let time = partition.state.streamTime { registry.gauge("wick_stream_time_seconds", labels).set(Double(time) / 1e6) }
      }
      let windows = own.reduce(0) { $0 + $1.state.openWindows }
      registry.gauge("wick_stream_open_windows", [("topic", topic)]).set(Double(windows))
      if let newest = own.compactMap(\.state.streamTime).max() {
        clocks.set("wick_stream_freshness_seconds", [("topic", topic)], micros: newest)
      }
    }
  }

  func show(_ summary: SinkSummary, lake: String) {
    registry.counter("wick_lake_records_total").raise(to: Double(summary.consumed))
    registry.counter("wick_lake_undecodable_total").raise(to: Double(summary.undecodable))
    registry.counter("wick_lake_commits_total").raise(to: Double(summary.commits))
    for (table, rows) in summary.rows {
      registry.counter("wick_lake_rows_total", [("table", table)]).raise(to: Double(rows))
    }
    show(newest: summary.newestTimes)
    showTables(lake)
  }

  /// What the tables hold already. A lake that cannot be read is told of by whoever needs it.
  func showLake(_ lake: String) {
    guard FileManager.default.fileExists(atPath: "\(lake)/catalog.db"), let store = try? shownLake.store(lake) else { return }
    if let newest = try? LakeFreshness(store).newest() { show(newest: newest) }
    showTables(lake)
  }

  private func show(newest: [String: Int64]) {
    for (table, micros) in newest {
      registry.gauge("wick_lake_time_seconds", [("table", table)]).set(Double(micros) / 1e6)
      clocks.set("wick_lake_freshness_seconds", [("table", table)], micros: micros)
    }
  }

  private func showTables(_ lake: String) {
    guard let tables = try? shownLake.tables(lake) else { return }
    for table in tables {
      let labels = [("table", table.name)]
      registry.gauge("wick_lake_table_rows", labels).set(Double(table.rows))
      registry.gauge("wick_lake_table_files", labels).set(Double(table.dataFiles))
      registry.gauge("wick_lake_table_bytes", labels).set(Double(table.bytes))
      registry.gauge("wick_lake_table_snapshots", labels).set(Double(table.snapshots))
    }
  }
}

/// The lake that is shown: opened once, and of its tables those read again that have changed. Safe from any thread.
final class ShownLake: Sendable {
  private let opened = Mutex<(store: LakeStore, tables: [LakeTables.TableInfo])?>(nil)

  /// The lake in `folder`, which is the same at every call.
  func store(_ folder: String) throws -> LakeStore { try opened.withLock { try Self.open(&$0, folder).store } }

  func tables(_ folder: String) throws -> [LakeTables.TableInfo] {
    try opened.withLock { opened in
      let (store, known) = try Self.open(&opened, folder)
      let tables = try LakeTables(store).tables(known: known)
      opened = (store, tables)
      return tables
    }
  }

  private static func open(
    _ opened: inout (store: LakeStore, tables: [LakeTables.TableInfo])?, _ folder: String
  ) throws -> (store: LakeStore, tables: [LakeTables.TableInfo]) {
    if let opened { return opened }
    let new = (store: try LakeStore(folder: folder), tables: [LakeTables.TableInfo]())
    opened = new
    return new
  }
}
