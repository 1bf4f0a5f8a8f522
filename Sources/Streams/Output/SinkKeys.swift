import Columns
import Formats
import SQL
import Values

/// Writes a sink's keys, without their windows: text and numbers straight from columns, other formats row by row.
struct SinkKeys {
  private let flat: SinkKeyEncoder?
  private let rows: RowCodec?
  private let fields: [Field]
  private let columns: [Int]

  init(_ binding: SinkBinding, store: any SchemaStore) throws {
    let (sink, projection) = (binding.plan.sink, binding.plan.projection.map(\.field))
    columns = projection.indices.filter { projection[$0].isKey }
    fields = columns.map { projection[$0] }
    let isFlat =
      columns.isEmpty || sink.keyFormat == .kafka || sink.keyFormat == .none
      || (sink.keyFormat == .delimited && sink.options.keyDelimiter == ",")
    if isFlat {
      flat = try SinkKeyEncoder(sink.keyFormat, projection: projection, query: binding.plan.id)
      rows = nil
    } else {
      flat = nil
      let avro = binding.keySchema.map { AvroSource(store, writing: $0) }
      rows = try RowCodec(sink.keyFormat, fields: fields, side: .key, options: sink.options, avro: avro)
    }
  }

  /// Appends the key of a row. False for a null key.
  ///
  /// - Throws: where the format cannot hold this row's key.
  func append(_ row: Int, of batch: ColumnBatch, to bytes: inout [UInt8]) throws(FormatError) -> Bool {
    if let flat { return flat.append(row, of: batch, to: &bytes) }
    guard let rows, let key = try rows.encode(SinkValues.values(row, of: batch, columns, fields)) else { return false }
    bytes.append(contentsOf: key)
    return true
  }
}
