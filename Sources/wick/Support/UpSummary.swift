import Ingest
import Lake
import Streams

/// What is printed when a finite source has ended.
struct UpSummary {
  let ingest: IngestProgress
  let streams: StreamsProgress
  let tables: [LakeTables.TableInfo]
  let lake: String

  func show(source: String) {
    Terminal.endStatus()
    Terminal.say("")
    Terminal.say("done with \(source)")
    line("trades", ingest.trades, ingest.resumedAfter > 0 ? "new; \(Terminal.grouped(ingest.total.trades)) in all runs" : "")
    line("candles", streams.emitted, "rows out of \(streams.emittedByQuery.count) queries")
    line("late", streams.late, "by query, in none of its windows; bronze.late also has those that missed only some")
    line("duplicates", streams.duplicate, "")
    line("invalid", ingest.rejects + streams.invalid, reasons)
    Terminal.say("")
    for table in tables {
      Terminal.say("  \(pad(table.name, 22)) \(padLeft(Terminal.grouped(table.rows), 12)) rows   \(table.location)")
    }
    Terminal.say("")
    // Other queries than those of candles may have been run: the lines must name a table that is there.
    if let table = tables.first(where: { $0.name == "silver.candles" }) ?? tables.first(where: { $0.rows > 0 }) {
      Terminal.say(
        "DuckDB:     duckdb -c \"INSTALL iceberg; LOAD iceberg; SELECT * FROM iceberg_scan('\(path(table.metadataLocation))') LIMIT 10\""
      )
      Terminal.say(
        "PyIceberg:  python3 -c \"from pyiceberg.catalog.sql import SqlCatalog; print(SqlCatalog('wick', uri='sqlite:///\(lake)/catalog.db').load_table('\(table.name)').scan(limit=10).to_arrow())\""
      )
    }
    if ingest.truncated { Terminal.complain("\(source) breaks off in the middle: what was whole has been ingested") }
  }

  private var reasons: String {
    ingest.rejectsByReason.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
  }

  private func line(_ name: String, _ number: Int64, _ note: String) {
    Terminal.say("  \(pad(name, 12)) \(padLeft(Terminal.grouped(number), 12))   \(note)")
  }

  private func pad(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
  private func padLeft(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
  private func path(_ location: String) -> String { location.hasPrefix("file://") ? String(location.dropFirst(7)) : location }
}

extension StreamsProgress {
  /// Two runs of one application, one after the other, taken together.
  static func + (first: StreamsProgress, second: StreamsProgress) -> StreamsProgress {
    var sum = second
    sum.consumed += first.consumed
    sum.emitted += first.emitted
    sum.late += first.late
    sum.duplicate += first.duplicate
    sum.invalid += first.invalid
    sum.filtered += first.filtered
    sum.commits += first.commits
    sum.replays += first.replays
    sum.emittedByQuery.merge(first.emittedByQuery, uniquingKeysWith: +)
    sum.lateByQuery.merge(first.lateByQuery, uniquingKeysWith: +)
    sum.invalidByReason.merge(first.invalidByReason, uniquingKeysWith: +)
    return sum
  }
}
