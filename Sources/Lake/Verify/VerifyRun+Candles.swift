import Columns
import Contracts
import Iceberg
import Kafka

extension VerifyRun {
  func candles(_ audit: AuditCheck) throws {
    for (source, queries) in Dictionary(grouping: configuration.candleQueries, by: \.sourceTopic).sorted(by: { $0.key < $1.key })
    {
      guard let mapping = configuration.mappings.first(where: { $0.topic == source }), let trades = try store.table(mapping.table)
      else {
        report.note("there is no table of \(source) to recompute candles from")
        continue
      }
      let history = try TradeHistory(trades, topic: source, reader: reader)
      report.count("trades that arrived again", Int64(history.repeatedCount))
      for query in queries.sorted(by: { $0.id < $1.id }) { try candles(query, history, audit) }
    }
  }

  private func candles(_ query: VerifyConfiguration.Query, _ history: TradeHistory, _ audit: AuditCheck) throws {
    guard let mapping = configuration.mappings.first(where: { $0.topic == query.sinkTopic }),
      let table = try store.table(mapping.table)
    else {
      report.note("there is no table of \(query.sinkTopic) to compare candles with")
      return
    }
    var readTo: [Int32: Int64] = [:]
    for (stretch, range) in audit.covered where stretch.query == query.id && stretch.topic == query.sourceTopic {
      readTo[stretch.partition] = range.upperBound
    }
    if readTo.isEmpty { report.note("\(query.id) has no audit rows: all trades are taken for read") }
    let check = CandleCheck(query: query, excluded: try excluded(query), readTo: readTo)
    try check.compare(table, reader, history, into: &report)
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
