import JSON

/// Manifests and manifest lists as bytes.
enum ManifestCodec {
  /// A data manifest of entries of one partition spec.
  static func manifest(
    _ entries: [ManifestEntry], spec: PartitionSpec, schema: Schema, sync: [UInt8]
  ) throws -> [UInt8] {
    let container = AvroContainer(
      type: try ManifestSchema.entry(spec, schema),
      metadata: [
        "schema": schema.json.text, "schema-id": String(schema.id),
        "partition-spec": spec.fieldsJSON.text, "partition-spec-id": String(spec.id),
        "format-version": "2", "content": "data",
      ],
      rows: try entries.map { try row($0, spec: spec, schema: schema) })
    return try container.serialized(sync: sync)
  }

  /// A manifest list of `snapshot`.
  static func list(_ manifests: [ManifestFile], snapshot: Snapshot, sync: [UInt8]) throws -> [UInt8] {
    var metadata = [
      "snapshot-id": String(snapshot.id), "sequence-number": String(snapshot.sequenceNumber), "format-version": "2",
    ]
    metadata["parent-snapshot-id"] = snapshot.parentID.map { String($0) } ?? "null"
    let container = AvroContainer(type: ManifestSchema.list, metadata: metadata, rows: manifests.map(row))
    return try container.serialized(sync: sync)
  }

  private static func row(_ entry: ManifestEntry, spec: PartitionSpec, schema: Schema) throws -> AvroValue {
    let file = entry.file
    guard file.partition.count == spec.fields.count else {
      throw IcebergError(.invalid, "\(file.path) does not have the partition values of spec \(spec.id).")
    }
    let types = try spec.resultTypes(schema)
    let dataFile: [AvroValue] = [
      .long(Int64(file.content.rawValue)), .string(file.path), .string(file.format),
      .record(zip(file.partition, types).map { value, type in .optional(value) { avro($0, type) } }),
      .long(file.recordCount), .long(file.fileSize),
      counts(file.columnSizes), counts(file.valueCounts), counts(file.nullCounts), counts(file.nanCounts),
      bounds(file.lowerBounds), bounds(file.upperBounds),
      .optional(file.keyMetadata, AvroValue.bytes),
      file.splitOffsets.isEmpty ? .null : .array(file.splitOffsets.map(AvroValue.long)),
      file.equalityIDs.isEmpty ? .null : .array(file.equalityIDs.map { .long(Int64($0)) }),
      .optional(file.sortOrderID) { .long(Int64($0)) },
    ]
    return .record([
      .long(entry.status.rawValue), .optional(entry.snapshotID, AvroValue.long),
      .optional(entry.sequenceNumber, AvroValue.long), .optional(entry.fileSequenceNumber, AvroValue.long),
      .record(dataFile),
    ])
  }

  private static func avro(_ value: Datum, _ type: IcebergType) -> AvroValue {
    switch value {
    case .boolean(let value): return .bool(value)
    case .int(let value), .date(let value): return .long(Int64(value))
    case .long(let value), .timestamptz(let value): return .long(value)
    case .double(let value): return .double(value)
    case .string(let value): return .string(value)
    case .binary(let value): return .bytes(value)
    case .decimal(let value):
      guard case .decimal(let precision, _) = type else { return .null }
      return .bytes(Datum.bigEndian(value, width: IcebergType.decimalWidth(precision)))
    }
  }

  // Written even when empty of meaning: a reader that finds no counts cannot tell "none" from "unknown".
  private static func counts(_ map: [Int: Int64]) -> AvroValue {
    .pairs(map.sorted { $0.key < $1.key }.map { .init(key: .long(Int64($0.key)), value: .long($0.value)) })
  }

  private static func bounds(_ map: [Int: [UInt8]]) -> AvroValue {
    .pairs(map.sorted { $0.key < $1.key }.map { .init(key: .long(Int64($0.key)), value: .bytes($0.value)) })
  }

  private static func row(_ manifest: ManifestFile) -> AvroValue {
    .record([
      .string(manifest.path), .long(manifest.length), .long(Int64(manifest.specID)), .long(manifest.content.rawValue),
      .long(manifest.sequenceNumber), .long(manifest.minSequenceNumber), .long(manifest.addedSnapshotID),
      .long(manifest.addedFiles), .long(manifest.existingFiles), .long(manifest.deletedFiles),
      .long(manifest.addedRows), .long(manifest.existingRows), .long(manifest.deletedRows),
      .optional(manifest.partitions) { .array($0.map(row)) },
      .optional(manifest.keyMetadata, AvroValue.bytes),
    ])
  }

  private static func row(_ summary: ManifestFile.FieldSummary) -> AvroValue {
    .record([
      .bool(summary.containsNull), .optional(summary.containsNaN, AvroValue.bool),
      .optional(summary.lower, AvroValue.bytes), .optional(summary.upper, AvroValue.bytes),
    ])
  }
}
