import Parquet

extension Schema {
  /// The columns as a Parquet schema with field ids. Throws `IcebergError.unsupported` for columns this library cannot write.
  func parquetSchema() throws -> ParquetSchema {
    try ParquetSchema(
      columns: fields.map { field in
        guard let type = field.type.columnType, let id = Int32(exactly: field.id) else {
          throw IcebergError(.unsupported, "the column \(field.name) has a type that cannot be written.")
        }
        return ParquetColumn(name: field.name, type: type, fieldID: id, isRequired: field.required)
      })
  }
}

extension DataFile {
  /// The manifest's view of a finished Parquet file: sizes, counts, and bounds cut to 16 characters.
  init(
    path: String, summary: ParquetFileSummary, schema: Schema, partition: [Datum?], specID: Int, sortOrderID: Int?
  ) {
    self.init(
      path: path, partition: partition, specID: specID, recordCount: summary.rowCount, fileSize: summary.fileSize,
      splitOffsets: summary.splitOffsets, sortOrderID: sortOrderID)
    for column in summary.columns {
      guard let id = column.fieldID.map({ Int($0) }), let field = schema.field(id: id) else { continue }
      columnSizes[id] = column.compressedSize
      valueCounts[id] = column.valueCount
      nullCounts[id] = column.nullCount
      if field.type == .double { nanCounts[id] = column.nanCount }
      if let lower = column.lower.flatMap({ Datum($0, field.type) }) { lowerBounds[id] = Bounds.lower(lower).serialized }
      if let upper = column.upper.flatMap({ Datum($0, field.type) }).flatMap({ Bounds.upper($0) }) {
        upperBounds[id] = upper.serialized
      }
    }
  }
}

extension Datum {
  /// A bound of a column of `type`; nil where they do not go together, or where a string is no UTF-8 and so has no place in an
  /// order of text.
  init?(_ value: ParquetValue, _ type: IcebergType) {
    switch (type, value) {
    case (.boolean, .boolean(let value)): self = .boolean(value)
    case (.int, .int64(let value)): self = .int(Int32(truncatingIfNeeded: value))
    case (.date, .int64(let value)): self = .date(Int32(truncatingIfNeeded: value))
    case (.long, .int64(let value)): self = .long(value)
    case (.timestamptz, .int64(let value)): self = .timestamptz(value)
    case (.decimal, .int64(let value)): self = .decimal(Int128(value))
    case (.decimal, .int128(let value)): self = .decimal(value)
    case (.double, .double(let value)): self = .double(value)
    case (.binary, .bytes(let value)): self = .binary(value)
    case (.string, .bytes(let value)):
      guard let text = String(validating: value, as: UTF8.self) else { return nil }
      self = .string(text)
    default: return nil
    }
  }
}
