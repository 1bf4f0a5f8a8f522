extension ManifestCodec {
  /// The rows of a manifest list.
  static func readList(_ bytes: [UInt8]) throws -> [ManifestFile] {
    try AvroContainer(parsing: bytes).records.map { record in
      guard let path = record[500, "manifest_path"]?.text, let snapshot = record[503, "added_snapshot_id"]?.int64 else {
        throw IcebergError(.invalid, "a manifest list names a manifest without path or snapshot.")
      }
      func number(_ id: Int, _ name: String) -> Int64 { record[id, name]?.int64 ?? 0 }
      return ManifestFile(
        path: path, length: number(501, "manifest_length"), specID: Int(clamping: number(502, "partition_spec_id")),
        content: ManifestFile.Content(rawValue: number(517, "content")) ?? .data,
        sequenceNumber: number(515, "sequence_number"), minSequenceNumber: number(516, "min_sequence_number"),
        addedSnapshotID: snapshot, addedFiles: number(504, "added_files_count"),
        existingFiles: number(505, "existing_files_count"), deletedFiles: number(506, "deleted_files_count"),
        addedRows: number(512, "added_rows_count"), existingRows: number(513, "existing_rows_count"),
        deletedRows: number(514, "deleted_rows_count"), partitions: summaries(record),
        keyMetadata: record[519, "key_metadata"]?.data)
    }
  }

  private static func summaries(_ record: AvroRecord) -> [ManifestFile.FieldSummary]? {
    guard case .array(let values)? = record[507, "partitions"] else { return nil }
    let index = record.fields.firstIndex { $0.id == 507 } ?? record.fields.firstIndex { $0.name == "partitions" }
    let fields = index.flatMap { record.fields[$0].type.element }?.recordFields ?? []
    return values.compactMap { value in
      guard case .record(let members) = value else { return nil }
      let summary = AvroRecord(fields: fields, values: members)
      return .init(
        containsNull: summary[509, "contains_null"]?.boolean ?? true, containsNaN: summary[518, "contains_nan"]?.boolean,
        lower: summary[510, "lower_bound"]?.data, upper: summary[511, "upper_bound"]?.data)
    }
  }

  /// The entries of a manifest, with what they inherit from its row in the list filled in.
  static func readManifest(_ bytes: [UInt8], _ manifest: ManifestFile, spec: PartitionSpec, schema: Schema) throws
    -> [ManifestEntry]
  {
    let types = try spec.resultTypes(schema)
    return try AvroContainer(parsing: bytes).records.map { record in
      guard let status = record[0, "status"]?.int64.flatMap(ManifestEntry.Status.init(rawValue:)),
        let file = record.record(2, "data_file")
      else { throw IcebergError(.invalid, "\(manifest.path) holds an entry without status or file.") }
      // Only what a manifest added may inherit; for the rest, writers must be explicit.
      let inherited = status == .added ? manifest.sequenceNumber : nil
      return ManifestEntry(
        status: status, snapshotID: record[1, "snapshot_id"]?.int64 ?? manifest.addedSnapshotID,
        sequenceNumber: record[3, "sequence_number"]?.int64 ?? inherited,
        fileSequenceNumber: record[4, "file_sequence_number"]?.int64 ?? inherited,
        file: try dataFile(file, spec: spec, types: types, in: manifest.path))
    }
  }

  private static func dataFile(
    _ record: AvroRecord, spec: PartitionSpec, types: [IcebergType], in manifest: String
  ) throws -> DataFile {
    guard let path = record[100, "file_path"]?.text, let count = record[103, "record_count"]?.int64,
      let size = record[104, "file_size_in_bytes"]?.int64
    else { throw IcebergError(.invalid, "\(manifest) names a file without path, record count or size.") }
    let partition = record.record(102, "partition")
    var file = DataFile(
      content: record[134, "content"]?.int64.flatMap { DataFile.Content(rawValue: Int($0)) } ?? .data,
      path: path, format: record[101, "file_format"]?.text ?? "PARQUET",
      partition: zip(spec.fields, types).map { field, type in
        partition?[field.fieldID, ManifestSchema.avroName(field.name)].flatMap { datum($0, type) }
      },
      specID: spec.id, recordCount: count, fileSize: size)
    file.columnSizes = counts(record[108, "column_sizes"])
    file.valueCounts = counts(record[109, "value_counts"])
    file.nullCounts = counts(record[110, "null_value_counts"])
    file.nanCounts = counts(record[137, "nan_value_counts"])
    file.lowerBounds = pairs(record[125, "lower_bounds"], \.data)
    file.upperBounds = pairs(record[128, "upper_bounds"], \.data)
    file.splitOffsets = numbers(record[132, "split_offsets"])
    file.equalityIDs = numbers(record[135, "equality_ids"]).map { Int($0) }
    file.sortOrderID = record[140, "sort_order_id"]?.int64.map { Int($0) }
    file.keyMetadata = record[131, "key_metadata"]?.data
    return file
  }

  private static func counts(_ value: AvroValue?) -> [Int: Int64] { pairs(value, \.int64) }

  private static func pairs<T>(_ value: AvroValue?, _ read: (AvroValue) -> T?) -> [Int: T] {
    guard case .pairs(let pairs)? = value else { return [:] }
    var map: [Int: T] = [:]
    for pair in pairs {
      if let key = pair.key.int64, let value = read(pair.value) { map[Int(key)] = value }
    }
    return map
  }

  private static func numbers(_ value: AvroValue?) -> [Int64] {
    guard case .array(let values)? = value else { return [] }
    return values.compactMap(\.int64)
  }

  private static func datum(_ value: AvroValue, _ type: IcebergType) -> Datum? {
    switch (type, value) {
    case (.boolean, .bool(let value)): .boolean(value)
    case (.int, .long(let value)): .int(Int32(truncatingIfNeeded: value))
    case (.date, .long(let value)): .date(Int32(truncatingIfNeeded: value))
    case (.long, .long(let value)): .long(value)
    case (.timestamptz, .long(let value)): .timestamptz(value)
    case (.double, .double(let value)): .double(value)
    case (.string, .string(let value)): .string(value)
    case (.binary, .bytes(let value)): .binary(value)
    case (.decimal, .bytes(let value)): Datum.fromBigEndian(value).map(Datum.decimal)
    default: nil
    }
  }
}
