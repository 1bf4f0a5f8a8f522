import Columns
import Contracts
import Kafka
import SQL
import Values
import Windows

/// The fast way for flat sources: Avro values in the Confluent wire format, by the schema each was written with, and one key
/// column, straight into columns. Owned by its task's thread.
final class FlatAvroDecoder: RecordDecoder {
  private let source: SourcePlan
  private let values: ConfluentColumnDecoder
  private let key: SourceKeyColumn?

  init(_ source: SourcePlan, store: any SchemaStore) throws {
    self.source = source
    key = try source.columns.first(where: \.isKey).map { try SourceKeyColumn($0, source: source) }
    let requests = source.columns.filter { !$0.isKey }.map { AvroColumnRequest($0.name, $0.type.columnType) }
    values = ConfluentColumnDecoder(AvroColumnBuilder(requests, capacity: 4096)) { id throws(ContractError) in
      try store.schema(id: id)
    }
  }

  /// Whether a source can be read this way.
  static func reads(_ source: SourcePlan) -> Bool {
    let keys = source.keyColumns
    guard source.valueFormat == .avro, keys.count <= 1, !source.isTable, source.window == nil, source.headers.isEmpty else {
      return false
    }
    guard !source.columns.contains(where: \.type.isNested) else { return false }
    if source.options.wrapsSingleValue == false, source.columns.count - keys.count == 1 { return false }
    return keys.allSatisfy { SourceKeyColumn.reads(source.columns[$0].type, source.keyFormat) }
  }

  func decode(_ batch: RecordBatch, at indexes: [Int32]) throws -> DecodedRun {
    let records = batch.records
    var run = DecodedRun(capacity: indexes.count)
    for index in indexes {
      let record = records[Int(index)]
      guard try append(record) else {
        run.undecodable.append(.init(index: index, error: record.value == nil ? DecodedRun.withoutValue : nil))
        continue
      }
      run.add(index, record)
    }
    run.batch = take()
    return run
  }

  private func append(_ record: RecordView) throws -> Bool {
    guard let value = record.value else { return false }
    if let key, !key.append(record.key) { return false }
    do {
      try values.append(value)
      return true
    } catch {
      key?.removeLast()
      if error.code == .unavailable {
        _ = take()
        throw error
      }
      return false
    }
  }

  private func take() -> ColumnBatch {
    let decoded = values.take()
    guard let key else { return decoded }
    let position = source.columns.firstIndex(where: \.isKey) ?? 0
    var columns = decoded.columns
    columns.insert(key.take(), at: position)
    return ColumnBatch(columns: columns, rowCount: decoded.rowCount)
  }
}
