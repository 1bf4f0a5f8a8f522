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
    try bind(batch)
    for index in 0..<fields.count {
      let column = columns[index]
      if column < 0 {
        writer.branch(fields[index].nullBranch)
      } else {
        try fields[index].write(row, batch.columns[column], &writer)
      }
    }
  }

  private mutating func bind(_ batch: ColumnBatch) throws(ContractError) {
    let same = batch.columns.count == layout.count
      && zip(batch.columns, layout).allSatisfy { $0.type == $1.type && $0.name == $1.name }
    if same, columns.count == fields.count { return }
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
