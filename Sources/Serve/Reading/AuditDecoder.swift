import Kafka
import SQL
import Streams
import Values

/// Records of the audit topic, read as the rows that workers write. Belongs to one thread.
struct AuditDecoder {
  /// What one commit of a query told of one partition.
  struct Row {
    var application: String
    var query: String
    var partition: TopicPartition
    var from: Int64
    var to: Int64
    /// Microseconds; nil where no record has told a time.
    var streamTime: Int64?
    /// Microseconds since the epoch.
    var committedAt: Int64?
    /// In the order of `countNames`.
    var counts: [Int64]
  }

  /// The counts of a row, as the audit's contract names them.
  static let countNames = [
    "consumed", "aggregated", "filtered", "late", "duplicate", "null_key", "bad_time", "future", "undecodable", "overflow",
    "emitted",
  ]

  private let decoder: SourceDecoder

  init(topic: String, schemas: SchemaAccess) throws {
    let columns =
      [
        Field(name: "app", type: .string), Field(name: "query", type: .string), Field(name: "topic", type: .string),
        Field(name: "partition", type: .integer), Field(name: "stream_time", type: .timestamp),
        Field(name: "committed_at", type: .timestamp), Field(name: "from_offset", type: .bigint),
        Field(name: "to_offset", type: .bigint),
      ] + Self.countNames.map { Field(name: $0, type: .bigint) }
    decoder = try SourceDecoder(
      SourcePlan(
        name: "AUDIT", topic: topic, keyFormat: .none, valueFormat: .avro, columns: columns, timestampColumn: nil,
        deduplicateBy: [], deduplicateWithin: 0, maxFutureSkew: nil, idleClose: nil, invalidTopic: "", partitions: nil),
      schemas: schemas)
  }

  /// Nil for a record that is no audit row.
  ///
  /// - Throws: `unavailable` where a schema cannot be had now.
  func row(_ record: RecordView, _ headers: () -> [RecordHeader]) throws -> Row? {
    guard let values = try decoder.rowIfValid(record, headers: headers)?.values, case .string(let application) = values[0],
      case .string(let query) = values[1], case .string(let topic) = values[2], case .integer(let partition) = values[3]
    else { return nil }
    let numbers = values[6...].map { value -> Int64 in
      if case .bigint(let number) = value { number } else { 0 }
    }
    return Row(
      application: application, query: query, partition: TopicPartition(topic, partition), from: numbers[0], to: numbers[1],
      streamTime: Self.micros(values[4]), committedAt: Self.micros(values[5]), counts: Array(numbers[2...]))
  }

  private static func micros(_ value: Value) -> Int64? {
    if case .timestamp(let micros) = value { micros } else { nil }
  }
}
