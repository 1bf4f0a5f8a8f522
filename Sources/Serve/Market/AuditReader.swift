import Kafka
import MarketAPI

/// Records of the audit topic as entries of the ledger. Belongs to one thread.
struct AuditReader {
  private let decoder: AuditDecoder
  private let application: String

  /// - Parameter application: of the workers; queries of the prompt run as `<application>-<id>`, and all others are not shown.
  init(topic: String, application: String, schemas: SchemaAccess) throws {
    decoder = try AuditDecoder(topic: topic, schemas: schemas)
    self.application = application
  }

  /// Nil for a record of somebody else.
  func entry(_ record: RecordView, _ headers: () -> [RecordHeader]) throws -> AuditEntry? {
    guard let row = try decoder.row(record, headers),
      row.application == application || row.application.hasPrefix("\(application)-")
    else { return nil }
    let count = Dictionary(uniqueKeysWithValues: zip(AuditDecoder.countNames, row.counts))
    func sum(_ names: String...) -> Int64 { names.reduce(0) { $0 + (count[$1] ?? 0) } }
    return AuditEntry(
      application: row.application, query: row.query, topic: row.partition.topic, partition: row.partition.partition,
      from: row.from, to: row.to, input: sum("consumed"), inWindows: sum("aggregated"), filtered: sum("filtered"),
      late: sum("late"), duplicate: sum("duplicate"),
      invalid: sum("null_key", "bad_time", "future", "undecodable", "overflow"),
      streamTime: row.streamTime.map { $0 / 1000 }, committedAt: row.committedAt.map { $0 / 1000 } ?? record.timestamp)
  }
}
