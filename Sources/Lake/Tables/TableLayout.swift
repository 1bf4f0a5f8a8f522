import Columns
import Contracts
import Iceberg

/// The columns and partitions of a table of some kind.
struct TableLayout {
  var columns: [(name: String, type: ColumnType, required: Bool)]
  var partitions: [(column: String, transform: Transform)]

  static let topicColumn = "_topic"
  static let partitionColumn = "_partition"
  static let offsetColumn = "_offset"
  static let intervalColumn = "interval"
  static let origin: [(name: String, type: ColumnType, required: Bool)] = [
    (topicColumn, .string, true), (partitionColumn, .int32, true), (offsetColumn, .int64, true),
  ]

  /// The fields of a trade, which rejects show where they can be read.
  static let tradeColumns: [(name: String, type: ColumnType)] = [
    ("venue", .string), ("symbol", .string), ("trade_id", .int64), ("price", .decimal(precision: 18, scale: 8)),
    ("quantity", .decimal(precision: 28, scale: 8)), ("taker_side", .string), ("event_time", .timestampMicros),
    ("received_time", .timestampMicros),
  ]

  /// What rejects say about themselves, between the trade's fields and the record's origin.
  static let rejectColumns: [(name: String, type: ColumnType, required: Bool)] = [
    ("reason", .string, true), ("query", .string, false), ("source_topic", .string, false), ("source_partition", .int32, false),
    ("source_offset", .int64, false), ("window_start", .timestampMicros, false), ("window_end", .timestampMicros, false),
    ("windows_missed", .int32, false), ("partial", .boolean, false), ("stream_time", .timestampMicros, false),
    ("lateness_ms", .decimal(precision: 18, scale: 3), false), ("key", .bytes, false), ("value", .bytes, false),
  ]

  /// The layout of rejects, which no contract describes.
  static let rejects = TableLayout(
    columns: tradeColumns.map { ($0.name, $0.type, false) } + rejectColumns + origin, partitions: [])

  /// The layout of a topic whose values have the schema `schema`. Column names are in lower case, whatever the contract's.
  ///
  /// Throws `ContractError.unsupported` for a field that no column holds.
  init(_ kind: TopicTable.Kind, _ schema: AvroSchema) throws {
    let fields = try Self.fields(of: schema)
    switch kind {
    case .rejects: self = Self.rejects
    case .trades: self.init(columns: fields + Self.origin, partitions: [("event_time", .day)])
    case .candles:
      self.init(
        columns: [(Self.intervalColumn, .string, true)] + fields + Self.origin,
        partitions: [(Self.intervalColumn, .identity), ("window_start", .month)])
    case .values(let keyColumns, _):
      let keys = keyColumns.filter { key in !fields.contains { $0.name == key.name.lowercased() } }
      let windowed = fields.contains { $0.name == "window_start" && $0.type == .timestampMicros }
      self.init(
        columns: keys.map { ($0.name.lowercased(), $0.type, false) } + fields + Self.origin,
        partitions: windowed ? [("window_start", .month)] : [])
    }
  }

  init(columns: [(name: String, type: ColumnType, required: Bool)], partitions: [(column: String, transform: Transform)]) {
    self.columns = columns
    self.partitions = partitions
  }

  private static func fields(of schema: AvroSchema) throws -> [(name: String, type: ColumnType, required: Bool)] {
    let requests = try AvroColumnRequest.all(of: schema)
    return try zip(requests, schema.recordFields()).map { request, field in
      (request.name.lowercased(), request.type, !AvroColumnRequest.isNullable(field.type))
    }
  }

  /// The Iceberg schema, ids counted from 1.
  var schema: Schema {
    Schema(
      fields: columns.enumerated().map { index, column in
        Field(id: index + 1, name: column.name, required: column.required, type: IcebergType(column.type))
      })
  }
}

extension AvroColumnRequest {
  /// What a decoder must fill for a table of `kind` that has `schema`: its columns but those the sink itself provides.
  static func forTable(_ schema: Schema, _ kind: TopicTable.Kind) throws -> [AvroColumnRequest] {
    var provided = Set(TableLayout.origin.map(\.name))
    if case .candles = kind { provided.insert(TableLayout.intervalColumn) }
    if case .values(let keys, _) = kind {
      for key in keys where schema.field(named: key.name)?.required == false { provided.insert(key.name.lowercased()) }
    }
    return try schema.fields.filter { !provided.contains($0.name) }.map { field in
      guard let type = field.type.columnType else {
        throw LakeError(.badInput, "The column \(field.name) has a type that no topic fills", advice: "Remove it from the table")
      }
      return AvroColumnRequest(field.name, type, missing: field.required ? .refuse : .null)
    }
  }
}
