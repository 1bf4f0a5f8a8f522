import JSON
import Testing

@testable import Iceberg

@Suite struct `Table metadata` {
  static let schema = Schema(fields: [
    Field(id: 1, name: "symbol", required: true, type: .string),
    Field(id: 2, name: "price", required: false, type: .decimal(precision: 18, scale: 8), doc: "in quote units"),
    Field(id: 3, name: "event_time", required: true, type: .timestamptz),
  ])

  static func empty(_ properties: [String: String] = [:]) throws -> TableMetadata {
    try TableMetadata(
      uuid: "9c12d441-03fe-4693-9a96-a0705ddf69c1", location: "file:///w/bronze/t", schema: schema,
      spec: PartitionSpec(of: schema, [("event_time", .day), ("symbol", .bucket(4))]), properties: properties, now: 1_000)
  }

  @Test func `new metadata has every member readers ask for`() throws {
    let json = try Self.empty().json
    for name in [
      "format-version", "table-uuid", "location", "last-sequence-number", "last-updated-ms", "last-column-id", "schemas",
      "current-schema-id", "partition-specs", "default-spec-id", "last-partition-id", "sort-orders", "default-sort-order-id",
      "properties", "refs", "snapshots", "snapshot-log", "metadata-log",
    ] {
      #expect(json[name] != nil, "\(name)")
    }
    #expect(json["current-snapshot-id"] == nil, "absent while there is none")
    #expect(json["last-partition-id"]?.intValue == 1001)
    #expect(json["last-column-id"]?.intValue == 3)
    #expect(
      json["partition-specs"]?.arrayValue?.first?["fields"]?.arrayValue?.map { $0["name"]?.stringValue } == [
        "event_time_day", "symbol_bucket",
      ])
  }

  @Test func `metadata comes back from its own text`() throws {
    var metadata = try Self.empty(["owner": "desk"])
    metadata.append(
      Snapshot(
        id: 5, parentID: nil, sequenceNumber: 1, timestampMillis: 2_000, manifestList: "file:///w/l.avro",
        summary: ["operation": "append", "wick.commit-id": "c1"], schemaID: 0))
    _ = metadata.follow("file:///w/00000-x.metadata.json", writtenAt: 1_000)
    #expect(try TableMetadata(parsing: metadata.json.utf8) == metadata)
  }

  /// The structure of a file as Java writes it, with members of other features.
  @Test func `a foreign file is read and what is not understood is kept`() throws {
    let text = """
      {"format-version":2,"table-uuid":"u","location":"s3://b/t","last-sequence-number":34,"last-updated-ms":1602638573590,
       "last-column-id":9,"current-schema-id":1,"schemas":[
        {"type":"struct","schema-id":0,"fields":[{"id":1,"name":"x","required":true,"type":"long"}]},
        {"type":"struct","schema-id":1,"identifier-field-ids":[1],"fields":[{"id":1,"name":"x","required":true,"type":"long"},
          {"id":2,"name":"tags","required":false,"type":{"type":"list","element-id":9,"element":"uuid","element-required":true}}]}],
       "default-spec-id":0,"partition-specs":[{"spec-id":0,"fields":[{"name":"x","transform":"future[3]","source-id":1,"field-id":1000}]}],
       "last-partition-id":1000,"default-sort-order-id":3,"sort-orders":[{"order-id":3,"fields":[
         {"transform":"bucket[4]","source-id":1,"direction":"desc","null-order":"nulls-last"}]}],
       "properties":{},"current-snapshot-id":3055729675574597004,"snapshots":[{"snapshot-id":3055729675574597004,"parent-snapshot-id":-1,
         "timestamp-ms":1555100955770,"sequence-number":1,"summary":{"operation":"append"},"manifest-list":"s3://a/b/2.avro","first-row-id":7}],
       "snapshot-log":[],"metadata-log":[],"refs":{"test":{"snapshot-id":3055729675574597004,"type":"tag","max-ref-age-ms":10000000}},
       "statistics":[{"snapshot-id":1}]}
      """
    let metadata = try TableMetadata(parsing: Array(text.utf8))
    #expect(metadata.currentSnapshot?.parentID == nil)
    #expect(metadata.references["main"]?.snapshotID == 3_055_729_675_574_597_004)
    let again = metadata.json
    #expect(again["statistics"]?.arrayValue?.count == 1)
    #expect(again["schemas"]?.arrayValue?[1]["identifier-field-ids"] == .array([.number("1")]))
    #expect(again["schemas"]?.arrayValue?[1]["fields"]?.arrayValue?[1]["type"]?["element"]?.stringValue == "uuid")
    #expect(again["snapshots"]?.arrayValue?[0]["first-row-id"]?.intValue == 7)
    #expect(again["refs"]?["test"]?["max-ref-age-ms"]?.intValue == 10_000_000)
    #expect(again["partition-specs"]?.arrayValue?[0]["fields"]?.arrayValue?[0]["transform"]?.stringValue == "future[3]")
    #expect(try TableMetadata(json: again) == metadata)
  }

  @Test(arguments: [
    #"{"format-version":1}"#, #"{"format-version":3}"#, #"{}"#, "[]", #"{"format-version":2,"table-uuid":"u"}"#,
  ])
  func `other versions and broken files are refused`(_ text: String) {
    #expect(throws: IcebergError.self) { try TableMetadata(parsing: Array(text.utf8)) }
  }

  @Test func `a commit is found behind later ones, but not on a branch that was left`() throws {
    var metadata = try Self.empty()
    func snapshot(_ id: Int64, _ parent: Int64?, _ commit: String) -> Snapshot {
      Snapshot(
        id: id, parentID: parent, sequenceNumber: id, timestampMillis: id, manifestList: "m", summary: ["wick.commit-id": commit],
        schemaID: 0)
    }
    metadata.append(snapshot(1, nil, "a"))
    metadata.append(snapshot(2, 1, "b"))
    metadata.append(snapshot(3, 1, "c"))
    metadata.append(snapshot(4, 3, "d"))
    #expect(metadata.snapshot(commitID: "a")?.id == 1)
    #expect(metadata.snapshot(commitID: "d")?.id == 4)
    #expect(metadata.snapshot(commitID: "b") == nil, "rolled back, so not committed")
    #expect(metadata.ancestry.map(\.id) == [4, 3, 1])
  }

  @Test func `a loop of parents ends`() throws {
    var metadata = try Self.empty()
    for (id, parent) in [(Int64(1), Int64(2)), (2, 1)] {
      metadata.append(
        Snapshot(id: id, parentID: parent, sequenceNumber: id, timestampMillis: id, manifestList: "m", summary: [:], schemaID: 0))
    }
    #expect(metadata.ancestry.count == 2)
  }

  @Test func `added columns get new ids in a new schema, once`() throws {
    var metadata = try Self.empty()
    try metadata.addColumns([("venue", .string)])
    #expect(metadata.schema.id == 1)
    #expect(metadata.schema.field(named: "VENUE")?.id == 4)
    #expect(metadata.lastColumnID == 4)
    try metadata.addColumns([("venue", .string)])
    #expect(metadata.schemas.count == 2)
    #expect(throws: IcebergError.self) { try metadata.addColumns([("price", .double)]) }
  }

  @Test func `the metadata log is bounded and tells what leaves it`() throws {
    var metadata = try Self.empty([TableProperty.previousVersionsMax: "2"])
    #expect(metadata.follow("0", writtenAt: 1) == [])
    #expect(metadata.follow("1", writtenAt: 2) == [])
    #expect(metadata.follow("2", writtenAt: 3) == ["0"])
    #expect(metadata.metadataLog.map(\.file) == ["1", "2"])
  }

  @Test func `summaries carry the totals on, and do not invent them`() {
    let file = DataFile(path: "p", partition: [.int(1)], specID: 0, recordCount: 10, fileSize: 100)
    let first = SnapshotBuilder.summary(appending: [file], after: nil, commitID: "c", extra: ["k": "v"])
    #expect(first["total-records"] == "10" && first["added-files-size"] == "100" && first["k"] == "v")
    #expect(first["total-delete-files"] == "0" && first["operation"] == "append")
    let parent = Snapshot(
      id: 1, parentID: nil, sequenceNumber: 1, timestampMillis: 0, manifestList: "m",
      summary: ["total-records": "5", "total-delete-files": "3"], schemaID: 0)
    let next = SnapshotBuilder.summary(appending: [file], after: parent, commitID: "c", extra: [:])
    #expect(next["total-records"] == "15" && next["total-delete-files"] == "3" && next["total-data-files"] == nil)
  }
}
