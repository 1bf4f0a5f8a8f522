import Kafka
import MarketAPI
import SQL
import Values

/// Records of the audit topic as entries of the ledger. Belongs to one thread.
struct AuditReader {
  private let decoder: SourceDecoder
  private let application: String

  /// - Parameter application: of the workers; queries of the prompt run as `<application>-<id>`, and all others are not shown.
  init(topic: String, application: String, schemas: SchemaAccess) throws {
    decoder = try SourceDecoder(Self.source(topic), schemas: schemas)
    self.application = application
  }

  private static let numbers = [
    "from_offset", "to_offset", "consumed", "aggregated", "filtered", "late", "duplicate", "null_key", "bad_time", "future",
    "undecodable", "overflow",
  ]

  private static func source(_ topic: String) -> SourcePlan {
    let columns =
      [
        Field(name: "app", type: .string), Field(name: "query", type: .string), Field(name: "topic", type: .string),
        Field(name: "partition", type: .integer), Field(name: "stream_time", type: .timestamp),
        Field(name: "committed_at", type: .timestamp),
      ] + numbers.map { Field(name: $0, type: .bigint) }
    return SourcePlan(
      name: "AUDIT", topic: topic, keyFormat: .none, valueFormat: .avro, columns: columns, timestampColumn: nil,
      deduplicateBy: [], deduplicateWithin: 0, maxFutureSkew: nil, idleClose: nil, invalidTopic: "", partitions: nil)
  }

  /// Nil for a record of somebody else.
  func entry(_ record: RecordView, _ headers: () -> [RecordHeader]) throws -> AuditEntry? {
    let values = try decoder.row(record, headers: headers).values
    guard case .string(let app) = values[0], case .string(let query) = values[1], case .string(let topic) = values[2],
      case .integer(let partition) = values[3], app == application || app.hasPrefix("\(application)-")
    else { return nil }
    let numbers = values[6...].map { value -> Int64 in
      if case .bigint(let number) = value { number } else { 0 }
    }
    func time(_ value: Value) -> Int64? {
      if case .timestamp(let micros) = value { micros / 1000 } else { nil }
    }
    return AuditEntry(
      application: app, query: query, topic: topic, partition: partition, from: numbers[0], to: numbers[1], input: numbers[2],
      inWindows: numbers[3], filtered: numbers[4], late: numbers[5], duplicate: numbers[6],
      invalid: numbers[7...].reduce(0, +), streamTime: time(values[4]), committedAt: time(values[5]) ?? record.timestamp)
  }
}
