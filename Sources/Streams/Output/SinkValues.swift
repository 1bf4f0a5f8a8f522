import Columns
import Contracts
import Formats
import SQL
import Values

/// Writes a sink's values: flat Avro records straight from columns, everything else row by row.
struct SinkValues: ~Copyable {
  private var flat: AvroRowEncoder?
  private let schemaID: Int32
  private let rows: RowCodec?
  private let fields: [Field]
  private let columns: [Int]

  init(_ binding: SinkBinding, store: any SchemaStore) throws {
    let (plan, options) = (binding.plan, binding.plan.sink.options)
    columns = plan.projection.indices.filter { !plan.projection[$0].field.isKey }
    fields = columns.map { plan.projection[$0].field }
    schemaID = binding.valueSchema?.id ?? 0
    if binding.isInner {
      rows = nil
    } else if let settled = binding.valueSchema, SinkSchema.isWrapped(plan),
      !plan.projection.contains(where: \.field.type.isNested)
    {
      flat = try AvroRowEncoder(settled.schema)
      rows = nil
    } else {
      let avro = binding.valueSchema.map { AvroSource(store, writing: $0) }
      rows = try RowCodec(plan.sink.valueFormat, fields: fields, side: .value, options: options, avro: avro)
    }
  }

  /// Appends the value of a row to `bytes`; false for none, as with a bare NULL.
  ///
  /// - Throws: `undecodable` where this row does not fit, `unsupported` where no row of its columns can.
  mutating func encode(_ row: Int, of batch: ColumnBatch, into bytes: inout [UInt8]) throws(FormatError) -> Bool {
    guard let rows else {
      do throws(ContractError) { try flat?.encode(row, of: batch, schemaID: schemaID, into: &bytes) } catch {
        throw FormatError(error.code == .badData ? .undecodable : .unsupported, error.reason)
      }
      return true
    }
    guard let encoded = try rows.encode(Self.values(row, of: batch, columns, fields)) else { return false }
    bytes.append(contentsOf: encoded)
    return true
  }

  /// The values of some columns of a row.
  static func values(
    _ row: Int, of batch: ColumnBatch, _ columns: [Int], _ fields: [Field]
  ) throws(FormatError) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(columns.count)
    for (column, field) in zip(columns, fields) {
      do throws(ValueError) { values.append(try batch.columns[column].value(row, as: field.type)) } catch {
        throw FormatError(.undecodable, "\(field.name): \(error)")
      }
    }
    return values
  }
}
