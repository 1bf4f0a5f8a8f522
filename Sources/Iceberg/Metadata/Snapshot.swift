import JSON

/// One state of a table: the files named by its manifest list.
public struct Snapshot: Hashable, Sendable {
  public var id: Int64
  /// The snapshot this one was made from; nil for the first.
  public var parentID: Int64?
  public var sequenceNumber: Int64
  /// Milliseconds since 1970-01-01T00:00:00Z.
  public var timestampMillis: Int64
  /// The URI of the manifest list.
  public var manifestList: String
  /// `operation`, totals, and what the writer wants remembered (the offset ledger, the commit id).
  public var summary: [String: String]
  /// The schema current when the snapshot was made. Optional in the specification, but two readers fail without it.
  public var schemaID: Int?
  var extra: [JSONValue.Member] = []

  public init(
    id: Int64, parentID: Int64?, sequenceNumber: Int64, timestampMillis: Int64, manifestList: String,
    summary: [String: String], schemaID: Int?
  ) {
    self.id = id
    self.parentID = parentID
    self.sequenceNumber = sequenceNumber
    self.timestampMillis = timestampMillis
    self.manifestList = manifestList
    self.summary = summary
    self.schemaID = schemaID
  }

  /// The id of the commit that made this snapshot, where a committer of this library did.
  public var commitID: String? { summary[SummaryKey.commitID] }
}

/// Names in a snapshot's summary.
public enum SummaryKey {
  public static let operation = "operation"
  /// The committer's own id, by which a commit of unknown outcome is found again.
  public static let commitID = "wick.commit-id"
  public static let addedDataFiles = "added-data-files"
  public static let addedRecords = "added-records"
  public static let addedFilesSize = "added-files-size"
  public static let deletedDataFiles = "deleted-data-files"
  public static let deletedRecords = "deleted-records"
  public static let removedFilesSize = "removed-files-size"
  public static let changedPartitions = "changed-partition-count"
  public static let totalDataFiles = "total-data-files"
  public static let totalRecords = "total-records"
  public static let totalFilesSize = "total-files-size"
  public static let totalDeleteFiles = "total-delete-files"
  public static let totalPositionDeletes = "total-position-deletes"
  public static let totalEqualityDeletes = "total-equality-deletes"

  static let totals = [
    totalDataFiles, totalRecords, totalFilesSize, totalDeleteFiles, totalPositionDeletes, totalEqualityDeletes,
  ]
}

extension Snapshot {
  var json: JSONValue {
    var members: [JSONValue.Member] = [.init("snapshot-id", .int(id))]
    if let parentID { members.append(.init("parent-snapshot-id", .int(parentID))) }
    var rest = summary
    // Readers do not care for the order, people do: the operation comes first.
    let operation = rest.removeValue(forKey: SummaryKey.operation) ?? "append"
    let ordered = [.init(SummaryKey.operation, .string(operation))] + (JSONValue.strings(rest).members ?? [])
    members += [
      .init("sequence-number", .int(sequenceNumber)), .init("timestamp-ms", .int(timestampMillis)),
      .init("manifest-list", .string(manifestList)), .init("summary", .object(ordered)),
    ]
    if let schemaID { members.append(.init("schema-id", .int(schemaID))) }
    return .object(members + extra)
  }

  init(json: JSONValue) throws {
    // Some writers put -1 where there is no parent.
    let parent = json["parent-snapshot-id"]?.int64Value
    self.init(
      id: try json.required("snapshot-id", of: "a snapshot", \.int64Value),
      parentID: parent == -1 ? nil : parent,
      sequenceNumber: json["sequence-number"]?.int64Value ?? 0,
      timestampMillis: try json.required("timestamp-ms", of: "a snapshot", \.int64Value),
      manifestList: try json.required("manifest-list", of: "a snapshot", \.stringValue),
      summary: json["summary"]?.stringMap ?? [:],
      schemaID: json["schema-id"]?.intValue)
    extra = json.remaining(after: [
      "snapshot-id", "parent-snapshot-id", "sequence-number", "timestamp-ms", "manifest-list", "summary", "schema-id",
    ])
  }
}

extension JSONValue {
  /// An object as a map of strings; numbers and booleans keep their text, other members are left out.
  var stringMap: [String: String] {
    var map: [String: String] = [:]
    for member in members ?? [] {
      switch member.value {
      case .string(let text), .number(let text): map[member.name] = text
      case .bool(let value): map[member.name] = String(value)
      default: break
      }
    }
    return map
  }
}

/// A named pointer to a snapshot.
public struct SnapshotReference: Hashable, Sendable {
  public var snapshotID: Int64
  /// Whether this is a tag, which does not move.
  public var isTag: Bool
  var extra: [JSONValue.Member] = []

  public init(snapshotID: Int64, isTag: Bool = false) {
    self.snapshotID = snapshotID
    self.isTag = isTag
  }

  var json: JSONValue {
    .object([.init("snapshot-id", .int(snapshotID)), .init("type", .string(isTag ? "tag" : "branch"))] + extra)
  }

  init(json: JSONValue) throws {
    self.init(
      snapshotID: try json.required("snapshot-id", of: "a snapshot reference", \.int64Value),
      isTag: json["type"]?.stringValue == "tag")
    extra = json.remaining(after: ["snapshot-id", "type"])
  }
}
