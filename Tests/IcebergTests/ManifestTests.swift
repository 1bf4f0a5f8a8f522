import JSON
import Testing

@testable import Iceberg

@Suite struct `Manifests` {
  private let spec = PartitionSpec(
    id: 3,
    fields: [
      PartitionField(sourceID: 3, fieldID: 1000, name: "event_time_day", transform: .day),
      PartitionField(sourceID: 2, fieldID: 1001, name: "price", transform: .identity),
      PartitionField(sourceID: 1, fieldID: 1002, name: "symbol", transform: .identity),
    ])

  private var file: DataFile {
    DataFile(
      path: "file:///a.parquet", partition: [.date(19_943), .decimal(-5), nil], specID: 3, recordCount: 7, fileSize: 1234,
      columnSizes: [1: 10, 2: 20], valueCounts: [1: 7, 2: 7], nullCounts: [1: 0, 2: 3], nanCounts: [9: 1],
      lowerBounds: [1: Array("A".utf8)], upperBounds: [1: Array("Z".utf8)], splitOffsets: [4, 100], sortOrderID: 0)
  }

  private func list(_ entries: [ManifestEntry]) throws -> ManifestFile {
    try ManifestFile(
      path: "file:///m.avro", length: 99, entries: entries, spec: spec, schema: MetadataTests.schema, snapshotID: 42,
      sequenceNumber: 6)
  }

  @Test func `entries come back, with what they inherit`() throws {
    let entries = [
      ManifestEntry(status: .added, snapshotID: 42, file: file),
      ManifestEntry(status: .existing, snapshotID: 41, sequenceNumber: 2, fileSequenceNumber: 1, file: file),
      ManifestEntry(status: .deleted, snapshotID: 42, sequenceNumber: 3, fileSequenceNumber: 3, file: file),
    ]
    let bytes = try ManifestCodec.manifest(
      entries, spec: spec, schema: MetadataTests.schema, sync: [UInt8](repeating: 1, count: 16))
    let manifest = try list(entries)
    let read = try ManifestCodec.readManifest(bytes, manifest, spec: spec, schema: MetadataTests.schema)
    var expected = entries
    expected[0].sequenceNumber = 6
    expected[0].fileSequenceNumber = 6
    #expect(read == expected)
    #expect(
      manifest.addedRows == 7 && manifest.existingFiles == 1 && manifest.deletedFiles == 1 && manifest.minSequenceNumber == 2)
  }

  @Test func `the file says what readers look for`() throws {
    let bytes = try ManifestCodec.manifest(
      [ManifestEntry(status: .added, snapshotID: 42, file: file)], spec: spec, schema: MetadataTests.schema,
      sync: [UInt8](repeating: 1, count: 16))
    let container = try AvroContainer(parsing: bytes)
    #expect(container.metadata["format-version"] == "2" && container.metadata["content"] == "data")
    #expect(container.metadata["schema-id"] == "0" && container.metadata["partition-spec-id"] == "3")
    #expect(try JSONValue(table: container.metadata["schema"] ?? "") == MetadataTests.schema.json)
    let schema = container.metadata["avro.schema"] ?? ""
    #expect(schema.contains(#""logicalType":"map","items":{"type":"record","name":"k117_v118""#))
    #expect(schema.contains(#"{"name":"file_path","type":"string","field-id":100}"#), "required fields are not nullable")
    #expect(schema.contains(#"{"name":"snapshot_id","type":["null","long"],"default":null,"field-id":1}"#))
    #expect(schema.contains(#"{"type":"array","items":"long","element-id":133}"#))
    #expect(schema.contains(#""type":["null",{"type":"int","logicalType":"date"}],"default":null,"field-id":1000"#))
    for id in [0, 1, 2, 3, 4, 100, 101, 102, 103, 104, 108, 109, 110, 125, 128, 131, 132, 134, 135, 137, 140] {
      #expect(schema.contains("\"field-id\":\(id)}"), "\(id)")
    }
  }

  @Test func `list rows come back with their partition summaries`() throws {
    var other = file
    other.partition = [.date(19_940), .decimal(300), .string("B")]
    let manifest = try list([
      ManifestEntry(status: .added, snapshotID: 42, file: file), ManifestEntry(status: .added, snapshotID: 42, file: other),
    ])
    let snapshot = Snapshot(
      id: 42, parentID: nil, sequenceNumber: 6, timestampMillis: 1, manifestList: "l", summary: [:], schemaID: 0)
    let bytes = try ManifestCodec.list([manifest], snapshot: snapshot, sync: [UInt8](repeating: 2, count: 16))
    #expect(try ManifestCodec.readList(bytes) == [manifest])
    #expect(
      manifest.partitions == [
        .init(
          containsNull: false, containsNaN: false, lower: Datum.date(19_940).serialized, upper: Datum.date(19_943).serialized),
        .init(containsNull: false, containsNaN: false, lower: [0xfb], upper: [0x01, 0x2c]),
        .init(containsNull: true, containsNaN: false, lower: Array("B".utf8), upper: Array("B".utf8)),
      ])
  }

  @Test func `merging keeps the newest alone until there are enough, and respects the target size`() throws {
    func manifest(_ number: Int, _ length: Int64, _ specID: Int = 0) throws -> ManifestFile {
      var manifest = try list([])
      manifest.path = "\(number)"
      manifest.length = length
      manifest.specID = specID
      return manifest
    }
    var limits = ManifestMerge.Limits()
    limits.minimumCount = 3
    limits.targetBytes = 100
    func groups(_ manifests: [ManifestFile]) -> [[String]] { ManifestMerge.groups(manifests, limits).map { $0.map(\.path) } }
    #expect(try groups([manifest(2, 10), manifest(1, 10)]) == [["2"], ["1"]])
    #expect(try groups([manifest(3, 10), manifest(2, 10), manifest(1, 10)]) == [["3", "2", "1"]])
    #expect(try groups([manifest(4, 60), manifest(3, 60), manifest(2, 30), manifest(1, 500)]) == [["4"], ["3", "2"], ["1"]])
    #expect(try groups([manifest(2, 1), manifest(1, 1, 7), manifest(0, 1, 7)]) == [["2"], ["1"], ["0"]])
  }
}
