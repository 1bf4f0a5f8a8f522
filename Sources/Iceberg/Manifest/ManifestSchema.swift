/// The Avro schemas of manifests and manifest lists (specification, "Manifests", version 2): names, ids and nullability as
/// readers require.
enum ManifestSchema {
  /// A manifest entry, with a partition struct of `spec` over `schema`.
  static func entry(_ spec: PartitionSpec, _ schema: Schema) throws -> AvroType {
    .record(
      name: "manifest_entry",
      fields: [
        AvroField("status", 0, .int),
        AvroField("snapshot_id", 1, .optional(.long)),
        AvroField("sequence_number", 3, .optional(.long)),
        AvroField("file_sequence_number", 4, .optional(.long)),
        AvroField("data_file", 2, .record(name: "r2", fields: try dataFile(spec, schema))),
      ])
  }

  private static func dataFile(_ spec: PartitionSpec, _ schema: Schema) throws -> [AvroField] {
    [
      AvroField("content", 134, .int),
      AvroField("file_path", 100, .string),
      AvroField("file_format", 101, .string),
      AvroField("partition", 102, .record(name: "r102", fields: try partition(spec, schema))),
      AvroField("record_count", 103, .long),
      AvroField("file_size_in_bytes", 104, .long),
      AvroField("column_sizes", 108, counts(117, 118)),
      AvroField("value_counts", 109, counts(119, 120)),
      AvroField("null_value_counts", 110, counts(121, 122)),
      AvroField("nan_value_counts", 137, counts(138, 139)),
      AvroField("lower_bounds", 125, bounds(126, 127)),
      AvroField("upper_bounds", 128, bounds(129, 130)),
      AvroField("key_metadata", 131, .optional(.bytes)),
      AvroField("split_offsets", 132, .optional(.array(.long, elementID: 133))),
      AvroField("equality_ids", 135, .optional(.array(.int, elementID: 136))),
      AvroField("sort_order_id", 140, .optional(.int)),
    ]
  }

  private static func counts(_ key: Int, _ value: Int) -> AvroType {
    .optional(.keyedArray(key: .int, keyID: key, value: .long, valueID: value))
  }

  private static func bounds(_ key: Int, _ value: Int) -> AvroType {
    .optional(.keyedArray(key: .int, keyID: key, value: .bytes, valueID: value))
  }

  private static func partition(_ spec: PartitionSpec, _ schema: Schema) throws -> [AvroField] {
    try zip(spec.fields, spec.resultTypes(schema)).map { field, type in
      AvroField(avroName(field.name), field.fieldID, .optional(try avroType(type, fieldID: field.fieldID)))
    }
  }

  /// Avro names are letters, digits and underscores; others become `_x` and their hexadecimal code, as other writers do.
  static func avroName(_ name: String) -> String {
    var result = ""
    for (index, scalar) in name.unicodeScalars.enumerated() {
      let letter = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
      let digit = ("0"..."9").contains(scalar)
      if letter || (digit && index > 0) {
        result.unicodeScalars.append(scalar)
      } else {
        result += digit ? "_\(scalar)" : "_x" + String(scalar.value, radix: 16, uppercase: true)
      }
    }
    return result
  }

  private static func avroType(_ type: IcebergType, fieldID: Int) throws -> AvroType {
    switch type {
    case .boolean: return .boolean
    case .int: return .int
    case .long: return .long
    case .double: return .double
    case .string: return .string
    case .binary: return .bytes
    case .date: return .date
    case .timestamptz: return .timestampMicros(adjusted: true)
    case .decimal(let precision, let scale):
      let width = IcebergType.decimalWidth(precision)
      return .decimal(name: "decimal_\(fieldID)", size: width, precision: precision, scale: scale)
    case .opaque: throw IcebergError(.unsupported, "a partition field of this type cannot be written.")
    }
  }

  /// A manifest list's row.
  static let list: AvroType = .record(
    name: "manifest_file",
    fields: [
      AvroField("manifest_path", 500, .string),
      AvroField("manifest_length", 501, .long),
      AvroField("partition_spec_id", 502, .int),
      AvroField("content", 517, .int),
      AvroField("sequence_number", 515, .long),
      AvroField("min_sequence_number", 516, .long),
      AvroField("added_snapshot_id", 503, .long),
      AvroField("added_files_count", 504, .int),
      AvroField("existing_files_count", 505, .int),
      AvroField("deleted_files_count", 506, .int),
      AvroField("added_rows_count", 512, .long),
      AvroField("existing_rows_count", 513, .long),
      AvroField("deleted_rows_count", 514, .long),
      AvroField("partitions", 507, .optional(.array(summary, elementID: 508))),
      AvroField("key_metadata", 519, .optional(.bytes)),
    ])

  private static let summary: AvroType = .record(
    name: "r508",
    fields: [
      AvroField("contains_null", 509, .boolean),
      AvroField("contains_nan", 518, .optional(.boolean)),
      AvroField("lower_bound", 510, .optional(.bytes)),
      AvroField("upper_bound", 511, .optional(.bytes)),
    ])
}
