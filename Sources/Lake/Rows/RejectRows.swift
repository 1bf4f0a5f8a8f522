import Columns
import Contracts
import Kafka

/// Rows of the tables for late and invalid records, under construction.
///
/// These records are few and irregular, so a row costs what it must; nothing here is on the path of good records.
final class RejectRows {
  private let trades: ConfluentColumnDecoder
  private var tradeRows: [Int?] = []
  private var rows: [Row] = []

  private struct Row {
    var topic: String
    var partition: Int32
    var offset: Int64
    var facts: RejectFacts
    var key: [UInt8]?
    var value: [UInt8]?
  }

  /// - Parameter lookUp: see `ConfluentColumnDecoder`.
  init(lookUp: @escaping (Int32) throws(ContractError) -> AvroSchema) {
    let requests = TableLayout.tradeColumns.map { AvroColumnRequest($0.name, $0.type) }
    trades = ConfluentColumnDecoder(AvroColumnBuilder(requests), lookUp: lookUp)
  }

  var count: Int { rows.count }

  /// Adds one record. The trade's fields are filled where its value can be decoded as a trade.
  ///
  /// - Throws: `ContractError.unavailable` when the registry does not answer; nothing is added then.
  func append(_ record: RecordView, topic: String, facts: RejectFacts, decodes: Bool) throws {
    var tradeRow: Int?
    if decodes, let value = record.value {
      do {
        try trades.append(value)
        tradeRow = trades.builder.rowCount - 1
      } catch {
        if error.isRetriable { throw error }
      }
    }
    tradeRows.append(tradeRow)
    rows.append(
      Row(
        topic: topic, partition: record.partition, offset: record.offset, facts: facts, key: record.key.map { Array($0) },
        value: record.value.map { Array($0) }))
  }

  /// The rows so far, as a batch in the layout of rejects; starts anew.
  func take() -> ColumnBatch {
    let decoded = trades.take()
    defer {
      rows = []
      tradeRows = []
    }
    let facts = rows.map(\.facts)
    let columns =
      decoded.columns.map { $0.scattered(tradeRows) } + [
        .strings("reason", facts.map(\.reason)), .strings("query", facts.map(\.query)),
        .strings("source_topic", facts.map(\.sourceTopic)),
        .integers("source_partition", .int32, facts.map { $0.sourcePartition.map(Int64.init) }),
        .integers("source_offset", .int64, facts.map(\.sourceOffset)),
        .integers("window_start", .timestampMicros, facts.map(\.windowStart)),
        .integers("window_end", .timestampMicros, facts.map(\.windowEnd)),
        .integers("windows_missed", .int32, facts.map(\.windowsMissed)), .booleans("partial", facts.map(\.isPartial)),
        .integers("stream_time", .timestampMicros, facts.map(\.streamTime)),
        .integers("lateness_ms", .decimal(precision: 18, scale: 3), facts.map(\.lateness)), .binaries("key", rows.map(\.key)),
        .binaries("value", rows.map(\.value)), .strings(TableLayout.topicColumn, rows.map(\.topic)),
        .integers(TableLayout.partitionColumn, .int32, rows.map { Int64($0.partition) }),
        .integers(TableLayout.offsetColumn, .int64, rows.map(\.offset)),
      ]
    return ColumnBatch(columns: columns, rowCount: rows.count)
  }
}
