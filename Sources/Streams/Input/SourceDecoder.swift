import Columns
import Contracts
import Kafka
import SQL
import Values
import Windows

/// A run of records of one partition as columns.
struct DecodedRun {
  /// One column per source column, in declaration order.
  var batch: ColumnBatch
  /// Per row: where its record stands in the batch it was read with.
  var records: [Int32]
  var offsets: [Int64]
  /// Per row: the record's own timestamp, microseconds.
  var timestamps: [Int64]
  /// Records that are not of the source, in order.
  var undecodable: [Int32]
}

/// Decodes records of one partition once for all its queries: Avro values in the Confluent wire format, by the schema each was
/// written with, and the key column. Owned by its task's thread.
final class SourceDecoder {
  private let source: SourcePlan
  private let values: ConfluentColumnDecoder
  private let key: SourceKeyColumn?

  init(_ source: SourcePlan, store: any SchemaStore) throws {
    self.source = source
    guard source.valueFormat == .avro else {
      throw StreamsError(
        .badInput, "The stream \(source.name) has the value format \(source.valueFormat.rawValue), which cannot be read",
        advice: "Set VALUE_FORMAT = 'AVRO'")
    }
    let keys = source.columns.filter(\.isKey)
    guard keys.count <= 1 else {
      throw StreamsError(
        .badInput, "The stream \(source.name) declares \(keys.count) key columns, and a key in the format KAFKA has one",
        advice: "Declare one KEY column")
    }
    key = try keys.first.map { try SourceKeyColumn($0, source: source) }
    let requests = source.columns.filter { !$0.isKey }.map { AvroColumnRequest($0.name, $0.type.columnType) }
    values = ConfluentColumnDecoder(AvroColumnBuilder(requests, capacity: 4096)) { id throws(ContractError) in
      try store.schema(id: id)
    }
  }

  /// Decodes the records at `indexes` of `records`.
  ///
  /// - Throws: only when the registry cannot be asked; a record that cannot be read is in `undecodable`.
  func decode(_ records: UnsafeBufferPointer<RecordView>, at indexes: [Int32]) throws -> DecodedRun {
    var run = DecodedRun(
      batch: ColumnBatch(columns: [], rowCount: 0), records: [], offsets: [], timestamps: [], undecodable: [])
    run.records.reserveCapacity(indexes.count)
    run.offsets.reserveCapacity(indexes.count)
    run.timestamps.reserveCapacity(indexes.count)
    for index in indexes {
      let record = records[Int(index)]
      guard try append(record) else {
        run.undecodable.append(index)
        continue
      }
      run.records.append(index)
      run.offsets.append(record.offset)
      // Without a timestamp of its own a record is never too far ahead of it.
      run.timestamps.append(record.timestamp < 0 ? noTimestamp : record.timestamp &* 1000)
    }
    run.batch = take()
    return run
  }

  // Past the last event time the engine accepts, so that it is a bad time where it has to serve as one.
  private var noTimestamp: Int64 { .max / 2 }

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
