import Columns
import Contracts
import Iceberg
import Kafka

/// One topic on its way to its table: progress by partition, and the rows not yet handed to the table's writer.
///
/// Owned by the sink's thread.
final class TopicRoute {
  let mapping: TopicTable
  /// By partition number; nil for partitions that are not read yet.
  var progress: [PartitionProgress?] = []
  /// By partition number: records from this offset on need no judging. One load and one comparison per record.
  private(set) var newFrom: [Int64] = []
  private let schemas: any SchemaSource
  private var values: ValueRows?
  private(set) var rejects: RejectRows?
  /// The columns `values` was made for.
  private var fieldNames: Set<String> = []
  /// Columns that a record's schema has and the table lacks: the table must get them before that record can be taken.
  private(set) var missingColumns: [(name: String, type: IcebergType)] = []

  init(_ mapping: TopicTable, schemas: any SchemaSource) {
    self.mapping = mapping
    self.schemas = schemas
  }

  var topic: String { mapping.topic }

  /// Whether rows can be taken.
  var isReady: Bool { values != nil || rejects != nil }

  /// The partitions that are read.
  var partitions: [(Int32, PartitionProgress)] {
    progress.enumerated().compactMap { index, progress in progress.map { (Int32(index), $0) } }
  }

  func isReading(_ partition: Int32) -> Bool { progress.indices.contains(Int(partition)) && progress[Int(partition)] != nil }

  /// Starts reading a partition.
  func begin(_ partition: Int32, _ progress: PartitionProgress) {
    while self.progress.count <= Int(partition) {
      self.progress.append(nil)
      newFrom.append(.max)
    }
    self.progress[Int(partition)] = progress
    settle(partition)
  }

  /// Works out again from where on records need no judging.
  func settle(_ partition: Int32) {
    guard let progress = progress[Int(partition)] else { return }
    newFrom[Int(partition)] = progress.isProbing ? .max : progress.next
  }

  /// Rows taken and not handed over.
  var rowCount: Int { (values?.count ?? 0) + (rejects?.count ?? 0) }

  /// Makes ready to decode for a table that has `schema`. Rows taken before must have been handed over.
  func prepare(for schema: Schema) throws {
    missingColumns = []
    fieldNames = Set(schema.fields.map { $0.name.lowercased() })
    if case .rejects = mapping.kind {
      let schemas = schemas
      rejects = RejectRows { id throws(ContractError) in try schemas.schema(id: id) }
    } else {
      values = try ValueRows(mapping, schema: schema) { [unowned self] id throws(ContractError) in try writerSchema(id) }
    }
  }

  /// The schema of an id, unless it has columns that the table lacks: then they are noted, and the call fails for now.
  private func writerSchema(_ id: Int32) throws(ContractError) -> AvroSchema {
    let schema = try schemas.schema(id: id)
    var missing: [(name: String, type: IcebergType)] = []
    for field in try schema.recordFields() where !fieldNames.contains(field.name.lowercased()) {
      guard let type = AvroColumnRequest.columnType(of: field.type, schema) else {
        throw ContractError(.unsupported, "The field '\(field.name)' has a type that no column holds")
      }
      missing.append((field.name.lowercased(), IcebergType(type)))
    }
    guard missing.isEmpty else {
      missingColumns = missing
      throw ContractError(.unavailable, "The table does not have the column '\(missing[0].name)' yet")
    }
    return schema
  }

  /// Adds one record.
  ///
  /// - Throws: `ContractError.unavailable` when it must be tried again (after `missingColumns` were added, where there are
  ///   any), another `ContractError` when it cannot be decoded.
  @inline(__always)
  func append(_ record: RecordView, _ index: Int, of batch: RecordBatch) throws {
    if let values {
      try values.append(record)
    } else {
      try rejects?.append(record, topic: topic, facts: RejectFacts(batch.headers(of: index)), decodes: true)
    }
  }

  /// The rows taken, as a batch; starts anew. Nil when there are none.
  func take() -> ColumnBatch? {
    if let values, values.count > 0 { return values.take() }
    if let rejects, rejects.count > 0 { return rejects.take() }
    return nil
  }

  /// The ranges to commit, by partition.
  var ranges: [Int32: OffsetLedger.Entry] {
    var ranges: [Int32: OffsetLedger.Entry] = [:]
    for (partition, progress) in partitions { ranges[partition] = progress.range }
    return ranges
  }
}
