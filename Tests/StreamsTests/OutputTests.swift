import Columns
import Contracts
import Foundation
import Kafka
import SQL
import Testing

@testable import Streams

@Suite struct OutputTests {
  private let plan = TestPlans.candles(TestPlans.source("t"), sink: "c")

  private func key(_ format: DataFormat, _ columns: [(Field, ColumnValues)], validity: [Bool]? = nil) throws -> [UInt8]? {
    let encoder = try SinkKeyEncoder(format, projection: columns.map(\.0), query: "Q")
    let batch = ColumnBatch(
      columns: columns.map { Column(name: $0.0.name, type: .string, values: $0.1, validity: validity) }, rowCount: 1)
    var bytes: [UInt8] = []
    return encoder.append(0, of: batch, to: &bytes) ? bytes : nil
  }

  private func text(_ value: String) -> ColumnValues {
    let dictionary = StringDictionary()
    return .codes([dictionary.code(of: value)], dictionary)
  }

  private func column(_ name: String, _ type: SQLType = .string) -> Field { Field(name: name, type: type, isKey: true) }

  @Test(arguments: [
    ("binance", "BTC-USDT", "binance,BTC-USDT"), ("a,b", "c", "\"a,b\",c"), ("a\"b", "c", "\"a\"\"b\",c"),
    ("", "c", "\"\",c"), (" a", "c", "\" a\",c"), ("a\nb", "c", "\"a\nb\",c"),
  ]) func `DELIMITED keys are CSV, quoted where needed`(a: String, b: String, expected: String) throws {
    let bytes = try key(.delimited, [(column("A"), text(a)), (column("B"), text(b))])
    #expect(bytes.map { String(decoding: $0, as: UTF8.self) } == expected)
  }

  @Test func `KAFKA keys are text or big-endian numbers of one column`() throws {
    #expect(try key(.kafka, [(column("A"), text("x,y"))]) == Array("x,y".utf8))
    #expect(try key(.kafka, [(column("A", .bigint), .int64([-2]))]) == [255, 255, 255, 255, 255, 255, 255, 254])
    #expect(try key(.kafka, [(column("A", .integer), .int64([258]))]) == [0, 0, 1, 2])
    #expect(try key(.kafka, [(column("A"), text("x"))], validity: [false]) == nil)
    #expect(throws: StreamsError.self) { try key(.kafka, [(column("A"), text("x")), (column("B"), text("y"))]) }
    #expect(throws: StreamsError.self) { try key(.avro, [(column("A"), text("x"))]) }
  }

  @Test func `a windowed key ends with the window's start in big-endian milliseconds`() {
    var bytes: [UInt8] = [7]
    SinkKeyEncoder.append(time: 1_700_000_000_000, to: &bytes)
    #expect(bytes == [7, 0, 0, 0x01, 0x8b, 0xcf, 0xe5, 0x68, 0x00])
  }

  @Test func `a sink without a contract gets ksqlDB's shape, and the same id again`() throws {
    let store = MemorySchemaStore()
    let (id, schema) = try SinkSchema.resolve(plan, store: store, contracts: nil)
    #expect(try schema.recordFields().map(\.name) == ["TRADES", "TOTAL", "HIGH"])
    #expect(try SinkSchema.resolve(plan, store: store, contracts: nil).id == id)
  }

  @Test func `a registered contract with the projection's fields is used as it is`() throws {
    let store = MemorySchemaStore()
    let json = """
      {"type":"record","name":"C","fields":[{"name":"venue","type":"string"},{"name":"trades","type":"long"},\
      {"name":"total","type":["null",{"type":"bytes","logicalType":"decimal","precision":38,"scale":8}]},\
      {"name":"high","type":{"type":"bytes","logicalType":"decimal","precision":18,"scale":8}},\
      {"name":"note","type":["null","string"],"default":null}]}
      """
    let id = try store.register(AvroSchema(json: json), subject: "c-value")
    #expect(try SinkSchema.resolve(plan, store: store, contracts: nil).id == id)
  }

  @Test func `a contract that lacks a column, or needs one more, is refused by name`() throws {
    for fields in [
      #"{"name":"trades","type":"long"}"#,
      #"{"name":"trades","type":"long"},{"name":"total","type":"long"},{"name":"high","type":"long"},"#
        + #"{"name":"low","type":"long"}"#,
    ] {
      let store = MemorySchemaStore()
      let json = #"{"type":"record","name":"C","fields":[\#(fields)]}"#
      _ = try store.register(AvroSchema(json: json), subject: "c-value")
      let error = #expect(throws: StreamsError.self) { try SinkSchema.resolve(plan, store: store, contracts: nil) }
      #expect(error?.code == .badInput)
      #expect(error?.reason.contains(fields.contains("low") ? "low" : "TOTAL") == true)
    }
  }

  @Test func `a contract whose field cannot take its column is refused before anything runs`() throws {
    let store = MemorySchemaStore()
    let json = """
      {"type":"record","name":"C","fields":[{"name":"trades","type":"string"},\
      {"name":"total","type":{"type":"bytes","logicalType":"decimal","precision":38,"scale":8}},\
      {"name":"high","type":{"type":"bytes","logicalType":"decimal","precision":18,"scale":8}}]}
      """
    _ = try store.register(AvroSchema(json: json), subject: "c-value")
    let configuration = StreamsConfiguration(kafka: KafkaConfiguration(bootstrap: "x"))
    let error = #expect(throws: StreamsError.self) { try SinkBinding.resolve(plan, configuration, store: store) }
    #expect(error?.code == .badInput)
    #expect(error?.reason.contains("trades") == true)
  }

  @Test func `the newest contract file is registered`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("wick-\(UInt64.random(in: 0...UInt64.max))")
    let subject = folder.appendingPathComponent("c-value")
    try FileManager.default.createDirectory(at: subject, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for version in [1, 2, 10] {
      let json = """
        {"type":"record","name":"V\(version)","fields":[{"name":"trades","type":"long"},{"name":"total","type":"double"},\
        {"name":"high","type":"double"}]}
        """
      try json.write(to: subject.appendingPathComponent("\(version).avsc"), atomically: true, encoding: .utf8)
    }
    let store = MemorySchemaStore()
    let resolved = try SinkSchema.resolve(plan, store: store, contracts: folder.path)
    #expect(resolved.schema.json.contains("V10"))
    #expect(try store.latest(subject: "c-value")?.id == resolved.id)
  }

  @Test func `the audit row's schema is the contract in the repository`() throws {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    let file = folder.appendingPathComponent("contracts/wick.audit-value/1.avsc")
    // Where the tests run apart from the repository there is nothing to compare.
    guard FileManager.default.fileExists(atPath: file.path) else { return }
    let contract = try AvroSchema(json: String(contentsOf: file, encoding: .utf8))
    #expect(try AvroSchema(json: AuditRow.schemaJSON).canonicalForm == contract.canonicalForm)
  }

  @Test func `an audit row reads back field by field`() throws {
    var row = AuditRow(query: "Q", topic: "t", partition: 3, offsets: 5..<17)
    (row.consumed, row.aggregated, row.filtered, row.late, row.duplicate) = (55, 1, 2, 3, 4)
    (row.nullKey, row.badTime, row.future, row.undecodable, row.overflow) = (5, 6, 7, 8, 19)
    (row.emitted, row.streamTime) = (20, 21)
    #expect(row.isBalanced)
    var writer = AvroRecordWriter()
    row.encode(application: "app", committedAt: 22, schemaID: 9, into: &writer)
    let value = try AvroReferenceCodec(AvroSchema(json: AuditRow.schemaJSON)).decode(Array(writer.bytes.dropFirst(5)))
    let numbers: [Int64] = [5, 17, 55, 1, 2, 3, 4, 5, 6, 7, 8, 19, 20]
    #expect(
      value
        == .record(
          [.string("app"), .string("Q"), .string("t"), .int(3)] + numbers.map { .long($0) } + [
            .union(1, .long(21)), .long(22),
          ]))
    row.late += 1
    #expect(!row.isBalanced)
  }

  @Test(arguments: [(0, "0"), (1000, "1"), (1500, "1.500"), (1, "0.001"), (-2001, "-2.001")] as [(Int64, String)])
  func `lateness is exact milliseconds`(micros: Int64, expected: String) {
    #expect(RejectWriter.milliseconds(micros) == expected)
  }
}

@Suite struct TopicPlanTests {
  private let plans = [
    TestPlans.candles(TestPlans.source("trades.raw"), sink: "candles.1m"),
    TestPlans.projection(TestPlans.source("trades.raw"), sink: "prices"),
  ]

  private func configuration(replication: Int) -> StreamsConfiguration {
    StreamsConfiguration(kafka: KafkaConfiguration(bootstrap: "x"), application: "app", replication: replication)
  }

  @Test func `what is missing is created with the source's partitions, the changelog compacted`() throws {
    let plan = try TopicPlan(Topology(plans, application: "app"), configuration(replication: 3))
    let missing = plan.missing(["trades.raw": 6, "prices": 2])
    let names = ["app-trades.raw-changelog", "candles.1m", "trades.raw.invalid", "trades.raw.late", "wick.audit"]
    #expect(missing.map(\.name) == names)
    #expect(missing.map(\.partitions) == [6, 6, 6, 6, 1])
    #expect(missing[0].settings["cleanup.policy"] == "compact")
    #expect(missing.allSatisfy { $0.replication == 3 })
  }

  @Test func `a source is created only where its plan says how`() throws {
    let plan = try TopicPlan(Topology(plans, application: "app"), configuration(replication: -1))
    #expect(plan.missingSources([:]).isEmpty)
    var declared = plans
    for index in declared.indices { declared[index].source.partitions = 4 }
    let specified = try TopicPlan(Topology(declared, application: "app"), configuration(replication: -1)).missingSources([:])
    #expect(specified.map(\.partitions) == [4])
  }

  @Test func `state with another number of partitions than its source is refused`() throws {
    let plan = try TopicPlan(Topology(plans, application: "app"), configuration(replication: -1))
    #expect(plan.objection(["trades.raw": 6, "app-trades.raw-changelog": 6]) == nil)
    #expect(plan.objection(["trades.raw": 8, "app-trades.raw-changelog": 6])?.code == .inconsistent)
  }
}
