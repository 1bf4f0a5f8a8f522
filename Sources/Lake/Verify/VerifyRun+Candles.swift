import Columns
import Contracts
import Iceberg
import Kafka

extension VerifyRun {
  /// The tables of candles as they are now, by query.
  func candleTables() throws -> [String: Table] {
    var tables: [String: Table] = [:]
    for query in configuration.candleQueries {
      guard let mapping = configuration.mappings.first(where: { $0.topic == query.sinkTopic }) else { continue }
      tables[query.id] = try store.table(mapping.table)
    }
    return tables
  }

  /// - Parameters:
  ///   - tables: the tables of candles, at a moment between `closed` and `read`.
  ///   - closed: what the tables must know of: windows that it closed have a candle.
  ///   - read: what a candle in them may be made of.
  func candles(_ tables: [String: Table], closed: AuditCheck, read: AuditCheck) throws {
    for (source, queries) in Dictionary(grouping: configuration.candleQueries, by: \.sourceTopic).sorted(by: { $0.key < $1.key })
    {
      guard let mapping = configuration.mappings.first(where: { $0.topic == source }), let trades = try store.table(mapping.table)
      else {
        report.note("there is no table of \(source) to recompute candles from")
        continue
      }
      let history = try TradeHistory(trades, topic: source, reader: reader)
      report.count("trades that arrived again", Int64(history.repeatedCount))
      for query in queries.sorted(by: { $0.id < $1.id }) {
        guard let table = tables[query.id] else {
          report.note("there is no table of \(query.sinkTopic) to compare candles with")
          continue
        }
        let readTo = ends(of: query, read)
        if readTo.isEmpty { report.note("\(query.id) has no audit rows: all trades are taken for read") }
        let check = CandleCheck(query: query, excluded: try excluded(query), readTo: readTo, closedTo: ends(of: query, closed))
        try check.compare(table, reader, history, into: &report)
      }
    }
  }

  /// By partition of its source: how far a query has read.
  private func ends(of query: VerifyConfiguration.Query, _ audit: AuditCheck) -> [Int32: Int64] {
    var ends: [Int32: Int64] = [:]
    for (stretch, range) in audit.covered where stretch.query == query.id && stretch.topic == query.sourceTopic {
      ends[stretch.partition] = range.upperBound
    }
    return ends
  }

  /// The source records that a query did not aggregate, as the tables of late and invalid records tell.
  private func excluded(_ query: VerifyConfiguration.Query) throws -> Set<TradeHistory.Place> {
    var places: Set<TradeHistory.Place> = []
    let tables = Set(configuration.mappings.filter { $0.kind == .rejects }.map(\.table)).union([TopicTable.invalidTable])
    for identifier in tables.sorted() {
      guard let table = try store.table(identifier) else { continue }
      let columns = ["query", "source_topic", "source_partition", "source_offset", "partial"]
      try reader.read(table, columns: columns) { batch in
        let (queries, sources) = (try batch.texts(0), try batch.texts(1))
        let (partitions, offsets) = (try batch.integers(2), try batch.integers(3))
        let own = queries.dictionary.code(of: query.id)
        let source = sources.dictionary.code(of: query.sourceTopic)
        guard case .bool(let partial) = batch.columns[4].values else { return }
        for row in 0..<batch.rowCount where !batch.columns[3].isNull(row) && sources.codes[row] == source {
          // A record that is broken for the source names no query and concerns all of them.
          guard batch.columns[0].isNull(row) || queries.codes[row] == own, batch.columns[4].isNull(row) || !partial[row] else {
            continue
          }
          places.insert(.init(partition: Int32(truncatingIfNeeded: partitions[row]), offset: offsets[row]))
        }
      }
    }
    return places
  }
}
