import Columns
import Contracts
import Iceberg
import Kafka

/// Rows of one topic's records under construction: the value decoded straight into columns, and where each record came from.
final class ValueRows {
  private let mapping: TopicTable
  private let schema: Schema
  private let decoder: ConfluentColumnDecoder
  private let keyColumns: [TopicTable.KeyColumn]
  private let isWindowed: Bool
  private var keys: [[String]] = []
  private var partitions: [Int64] = []
  private var offsets: [Int64] = []

  /// For a table that has `schema`. `lookUp`: see `ConfluentColumnDecoder`.
  init(_ mapping: TopicTable, schema: Schema, lookUp: @escaping (Int32) throws(ContractError) -> AvroSchema) throws {
    self.mapping = mapping
    self.schema = schema
    let requests = try AvroColumnRequest.forTable(schema, mapping.kind)
    decoder = ConfluentColumnDecoder(AvroColumnBuilder(requests, capacity: 1 << 16), lookUp: lookUp)
    guard case .values(let columns, let isWindowed) = mapping.kind else {
      keyColumns = []
      self.isWindowed = false
      return
    }
    let wanted = Set(requests.map(\.name))
    keyColumns = columns.allSatisfy { wanted.contains($0.name.lowercased()) } ? [] : columns
    self.isWindowed = isWindowed
  }

  var count: Int { offsets.count }

  /// Adds one record, or nothing when it throws.
  ///
  /// - Throws: `ContractError.unavailable` when the registry does not answer, another `ContractError` when the record cannot
  ///   be decoded.
  @inline(__always)
  func append(_ record: RecordView) throws(ContractError) {
    guard let value = record.value else { throw ContractError(.badData, "The value is null") }
    if keyColumns.isEmpty {
      try decoder.append(value)
    } else {
      try appendWithKey(record, value)
    }
    partitions.append(Int64(record.partition))
    offsets.append(record.offset)
  }

  private func appendWithKey(_ record: RecordView, _ value: UnsafeRawBufferPointer) throws(ContractError) {
    guard let key = record.key, let fields = DelimitedKey.fields(key, count: keyColumns.count, isWindowed: isWindowed) else {
      throw ContractError(.badData, "The key does not have the fields of its topic")
    }
    try decoder.append(value)
    keys.append(fields)
  }

  /// The rows so far, as a batch for the table; starts anew.
  func take() -> ColumnBatch {
    let rows = offsets.count
    var columns = decoder.take().columns
    for (index, column) in keyColumns.enumerated() where !columns.contains(where: { $0.name == column.name.lowercased() }) {
      columns.append(Self.keyColumn(column, keys.map { $0[index] }))
    }
    if case .candles(let interval) = mapping.kind { columns.append(.constant(TableLayout.intervalColumn, interval, count: rows)) }
    columns.append(.constant(TableLayout.topicColumn, mapping.topic, count: rows))
    columns.append(Column(name: TableLayout.partitionColumn, type: .int32, values: .int64(partitions)))
    columns.append(Column(name: TableLayout.offsetColumn, type: .int64, values: .int64(offsets)))
    keys.removeAll(keepingCapacity: true)
    // Fresh arrays rather than emptied ones: the batch keeps these, and emptying shared storage would copy it.
    partitions = []
    offsets = []
    partitions.reserveCapacity(rows)
    offsets.reserveCapacity(rows)
    return ColumnBatch(columns: columns, rowCount: rows)
  }

  private static func keyColumn(_ column: TopicTable.KeyColumn, _ texts: [String]) -> Column {
    let name = column.name.lowercased()
    switch column.type {
    case .int32, .int64: return .integers(name, column.type, texts.map { Int64($0) })
    default: return .strings(name, texts.map { $0.isEmpty ? nil : $0 })
    }
  }
}
