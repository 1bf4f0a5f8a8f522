import Columns

/// Encodes rows of a batch as records of one schema.
///
/// Fields take the column of their name, ignoring case; columns without a field are left out. Decimals are written exactly:
/// a column's scale may be smaller than the field's, never larger. Owned by one thread at a time.
public struct AvroRowEncoder: ~Copyable {
  /// The schema of the records.
  public let schema: AvroSchema
  private let fields: [AvroFieldPlan]
  private var writer = AvroRecordWriter()
  // The columns of the batch last seen, by field; -1 where the field takes its default.
  private var columns: [Int] = []
  private var layout: [ColumnLayout] = []

  private struct ColumnLayout: Equatable {
    let name: String
    let type: ColumnType
  }

  /// - Throws: `unsupported` when a field has a type that no column holds.
  public init(_ schema: AvroSchema) throws(ContractError) {
    self.schema = schema
    var plans: [AvroFieldPlan] = []
    for field in try schema.recordFields() { plans.append(try AvroFieldPlan(field, schema)) }
    fields = plans
  }

  /// Appends the encoding of one row to `bytes`, without a frame.
  ///
  /// - Throws: `badInput` when the batch lacks a column or has it in another type; `badData` when the row holds a null or a
  ///   number that the schema has no room for. `bytes` is then unchanged.
  public mutating func encode(_ row: Int, of batch: ColumnBatch, into bytes: inout [UInt8]) throws(ContractError) {
    writer.begin()
    try write(row, batch)
    writer.withBytes { bytes.append(contentsOf: $0) }
  }

  /// Appends the encoding of one row in the Confluent wire format.
  public mutating func encode(
    _ row: Int, of batch: ColumnBatch, schemaID: Int32, into bytes: inout [UInt8]
  ) throws(ContractError) {
    writer.begin(schemaID: schemaID)
    try write(row, batch)
    writer.withBytes { bytes.append(contentsOf: $0) }
  }

  private mutating func write(_ row: Int, _ batch: ColumnBatch) throws(ContractError) {
    if !isBound(to: batch) { try bind(batch) }
    // Through a pointer: a column taken out of the array would be copied, and its five references counted.
    try batch.columns.withUnsafeBufferPointer { (all) throws(ContractError) in
      for index in 0..<fields.count {
        let column = columns[index]
        if column < 0 {
          writer.branch(fields[index].nullBranch)
        } else {
          try fields[index].write(row, all, column, &writer)
        }
      }
    }
  }

  private func isBound(to batch: borrowing ColumnBatch) -> Bool {
    guard batch.columns.count == layout.count, columns.count == fields.count else { return false }
    return batch.columns.withUnsafeBufferPointer { all in
      for index in 0..<layout.count where all[index].type != layout[index].type || all[index].name != layout[index].name {
        return false
      }
      return true
    }
  }

  private mutating func bind(_ batch: ColumnBatch) throws(ContractError) {
    columns = []
    for field in fields {
      guard let index = batch.index(of: field.name) else {
        guard field.nullBranch >= 0 else {
          throw ContractError(.badInput, "No column fills the field '\(field.name)'", advice: "Select a column of that name")
        }
        columns.append(-1)
        continue
      }
      try field.check(batch.columns[index].type)
      columns.append(index)
    }
    layout = batch.columns.map { ColumnLayout(name: $0.name, type: $0.type) }
  }
}
