import JSON

extension TableMetadata {
  private static let known: Set<String> = [
    "format-version", "table-uuid", "location", "last-sequence-number", "last-updated-ms", "last-column-id", "schemas",
    "current-schema-id", "partition-specs", "default-spec-id", "last-partition-id", "sort-orders", "default-sort-order-id",
    "properties", "current-snapshot-id", "snapshots", "refs", "snapshot-log", "metadata-log",
    // Version 1 leftovers that version 2 no longer needs.
    "schema", "partition-spec",
  ]

  /// Reads a metadata file's JSON: members that later versions or other writers add are kept.
  ///
  /// Throws `IcebergError.unsupported` for another format version, `.invalid` where something required is missing.
  public init(json: JSONValue) throws {
    let version = try json.required("format-version", of: "the table metadata", \.intValue)
    guard version == Self.formatVersion else {
      throw IcebergError(.unsupported, "the table has format version \(version); only version 2 can be read and written.")
    }
    let schemas = try json.required("schemas", of: "the table metadata", \.arrayValue).map(Schema.init(json:))
    let specs = try json.required("partition-specs", of: "the table metadata", \.arrayValue).map(PartitionSpec.init(json:))
    tableUUID = try json.required("table-uuid", of: "the table metadata", \.stringValue)
    location = try json.required("location", of: "the table metadata", \.stringValue)
    lastUpdatedMillis = json["last-updated-ms"]?.int64Value ?? 0
    lastColumnID = json["last-column-id"]?.intValue ?? schemas.map(\.highestID).max() ?? 0
    currentSchemaID = try json.required("current-schema-id", of: "the table metadata", \.intValue)
    defaultSpecID = try json.required("default-spec-id", of: "the table metadata", \.intValue)
    lastPartitionID = json["last-partition-id"]?.intValue ?? specs.flatMap(\.fields).map(\.fieldID).max() ?? 999
    sortOrders = try (json["sort-orders"]?.arrayValue ?? []).map(SortOrder.init(json:))
    defaultSortOrderID = json["default-sort-order-id"]?.intValue ?? 0
    properties = json["properties"]?.stringMap ?? [:]
    let current = json["current-snapshot-id"]?.int64Value
    currentSnapshotID = current == -1 ? nil : current
    snapshots = try (json["snapshots"]?.arrayValue ?? []).map(Snapshot.init(json:))
    lastSequenceNumber = json["last-sequence-number"]?.int64Value ?? snapshots.map(\.sequenceNumber).max() ?? 0
    references = [:]
    snapshotLog = try Self.log(json, "snapshot-log", "snapshot-id", \.int64Value) { .init(timestampMillis: $0, snapshotID: $1) }
    metadataLog = try Self.log(json, "metadata-log", "metadata-file", \.stringValue) { .init(timestampMillis: $0, file: $1) }
    self.schemas = schemas
    partitionSpecs = specs
    extra = json.remaining(after: Self.known)
    for member in json["refs"]?.members ?? [] { references[member.name] = try SnapshotReference(json: member.value) }
    try complete()
  }

  /// `init(json:)` for a file's bytes.
  public init(parsing bytes: [UInt8]) throws { try self.init(json: try JSONValue(table: bytes)) }

  private static func log<Value, Entry>(
    _ json: JSONValue, _ name: String, _ member: String, _ read: (JSONValue) -> Value?, _ make: (Int64, Value) -> Entry
  ) throws -> [Entry] {
    try (json[name]?.arrayValue ?? []).map { entry in
      make(
        try entry.required("timestamp-ms", of: "the \(name)", \.int64Value), try entry.required(member, of: "the \(name)", read))
    }
  }

  /// Fills in what older writers leave out and refuses references to nothing.
  private mutating func complete() throws {
    if sortOrders.isEmpty { sortOrders = [.unsorted] }
    if let id = currentSnapshotID, references[Self.mainBranch] == nil {
      references[Self.mainBranch] = SnapshotReference(snapshotID: id)
    }
    guard schemas.contains(where: { $0.id == currentSchemaID }) else {
      throw IcebergError(.invalid, "the table metadata has no schema \(currentSchemaID), which it calls current.")
    }
    guard partitionSpecs.contains(where: { $0.id == defaultSpecID }) else {
      throw IcebergError(.invalid, "the table metadata has no partition spec \(defaultSpecID), which it calls the default.")
    }
    if let id = currentSnapshotID, snapshot(id: id) == nil {
      throw IcebergError(.invalid, "the table metadata has no snapshot \(id), which it calls current.")
    }
  }

  /// The metadata as a version 2 file: every member the six common readers ask for, whether or not the specification requires it.
  public var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("format-version", .int(Self.formatVersion)), .init("table-uuid", .string(tableUUID)),
      .init("location", .string(location)), .init("last-sequence-number", .int(lastSequenceNumber)),
      .init("last-updated-ms", .int(lastUpdatedMillis)), .init("last-column-id", .int(lastColumnID)),
      .init("current-schema-id", .int(currentSchemaID)), .init("schemas", .array(schemas.map(\.json))),
      .init("default-spec-id", .int(defaultSpecID)), .init("partition-specs", .array(partitionSpecs.map(\.json))),
      .init("last-partition-id", .int(lastPartitionID)), .init("default-sort-order-id", .int(defaultSortOrderID)),
      .init("sort-orders", .array(sortOrders.map(\.json))), .init("properties", .strings(properties)),
    ]
    // Absent rather than -1 while empty: one reader rejects -1 beside references.
    if let currentSnapshotID { members.append(.init("current-snapshot-id", .int(currentSnapshotID))) }
    members += [
      .init("refs", .object(references.sorted { $0.key < $1.key }.map { .init($0.key, $0.value.json) })),
      .init("snapshots", .array(snapshots.map(\.json))),
      .init(
        "snapshot-log",
        .array(
          snapshotLog.map {
            .object([.init("timestamp-ms", .int($0.timestampMillis)), .init("snapshot-id", .int($0.snapshotID))])
          })),
      .init(
        "metadata-log",
        .array(
          metadataLog.map {
            .object([.init("timestamp-ms", .int($0.timestampMillis)), .init("metadata-file", .string($0.file))])
          })),
    ]
    return .object(members + extra)
  }
}
