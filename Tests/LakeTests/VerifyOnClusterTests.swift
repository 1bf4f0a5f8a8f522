import Columns
import Contracts
import Foundation
import Iceberg
import Testing

@testable import Kafka
@testable import Lake

@Suite(.serialized) struct `Verification on a cluster` {
  private func configuration(
    _ pipeline: Pipeline, _ checks: Set<VerifyReport.Check>, audit: String = "wicktest-none", patience: Duration = .zero
  ) -> VerifyConfiguration {
    VerifyConfiguration(
      kafka: pipeline.kafka, registry: [], lake: pipeline.folder, mappings: pipeline.mappings, candleQueries: [],
      auditTopic: audit, patience: patience, checks: checks, logger: Pipeline.quiet)
  }

  private func verify(_ pipeline: Pipeline, _ checks: Set<VerifyReport.Check>, audit: String = "wicktest-none") throws
    -> VerifyReport
  {
    try VerifyApplication(configuration(pipeline, checks, audit: audit), schemas: pipeline.schemas).run()
  }

  private func blocking(_ body: @escaping @Sendable () throws -> Void) async throws {
    try await BlockingThread(name: "test", body).value
  }

  @Test func `a sound table is clean; a planted copy and a lost file are found`() async throws {
    try await blocking {
      let pipeline = try Pipeline()
      try pipeline.produce(0..<500, abortEvery: 3)
      try pipeline.produce(500..<510) { _ in [9, 9] }
      try pipeline.sink()
      try pipeline.produce(510..<700, abortEvery: 2)
      #expect(!(try verify(pipeline, [.ledger]).isClean), "not caught up")
      try pipeline.sink()
      let clean = try verify(pipeline, [.ledger])
      #expect(clean.isClean, "\(clean.findings)")
      #expect(clean.examined["rows"] == Int64(try pipeline.column("trade_id").count))

      let store = try pipeline.store()
      let committer = Committer(catalog: store.catalog, files: store.files)
      let identifier = TableIdentifier("bronze", "trades")
      let files = try TableScan(try committer.load(identifier)).files(store.files)
      _ = try committer.commit([TableCommit(table: identifier, commitID: "copy", files: [try #require(files.first)])])
      let doubled = try verify(pipeline, [.ledger])
      #expect(doubled.findings.contains { $0.detail.contains("are there twice") })
      #expect(doubled.findings.contains { $0.detail.contains("the ledger counts") })
    }
  }

  @Test func `a sink that is at work is given time`() async throws {
    try await blocking {
      let pipeline = try Pipeline()
      try pipeline.produce(0..<300, abortEvery: 3)
      let (configuration, schemas) = (configuration(pipeline, [.ledger], patience: .seconds(120)), pipeline.schemas)
      let verification = BlockingThread(name: "verify") { try VerifyApplication(configuration, schemas: schemas).run() }
      try pipeline.sink()
      let report = try verification.join()
      #expect(report.isClean, "\(report.findings)")
      #expect(report.examined["rows"] == 200)
    }
  }

  @Test func `audit rows are read from their topic and held against the source`() async throws {
    try await blocking {
      let pipeline = try Pipeline(partitions: 2)
      try pipeline.produce(0..<200)
      let audit = pipeline.topic + "-audit"
      try pipeline.admin.create([TopicSpecification(audit, partitions: 1)])
      defer { try? pipeline.admin.delete(topics: [audit]) }
      let id = try pipeline.schemas.register(Self.auditSchema, subject: "\(audit)-value")
      let producer = try Producer(pipeline.kafka)
      defer { producer.close() }
      let handle = try producer.topic(audit)
      func send(_ from: Int64, _ to: Int64, consumed: Int64, aggregated: Int64) throws {
        var writer = AvroRecordWriter()
        writer.begin(schemaID: id)
        writer.string("app")
        writer.string("Q")
        writer.string(pipeline.topic)
        writer.int(0)
        for number in [from, to, consumed, aggregated, 0, 0, 0, 0, 0, 0, 0, 0, 3] { writer.long(number) }
        writer.branch(0)
        writer.long(0)
        try writer.withBytes { try producer.send(to: handle, key: nil, value: $0) }
        try producer.flush()
      }
      // 200 trades in two transactions over two partitions: 100 records and 2 markers in partition 0.
      try send(0, 51, consumed: 50, aggregated: 50)
      try send(51, 102, consumed: 50, aggregated: 50)
      let clean = try verify(pipeline, [.audit], audit: audit)
      #expect(clean.isClean && clean.examined["audit rows"] == 2, "\(clean.findings)")
      try send(102, 110, consumed: 3, aggregated: 3)
      let invented = try verify(pipeline, [.audit], audit: audit)
      #expect(
        invented.findings.map(\.detail).contains { $0.contains("103 records were read, the topic has 100") },
        "\(invented.findings)")
    }
  }

  private static let auditSchema = """
    {"type":"record","name":"Audit","fields":[{"name":"app","type":"string"},{"name":"query","type":"string"},
    {"name":"topic","type":"string"},{"name":"partition","type":"int"},{"name":"from_offset","type":"long"},
    {"name":"to_offset","type":"long"},{"name":"consumed","type":"long"},{"name":"aggregated","type":"long"},
    {"name":"filtered","type":"long"},{"name":"late","type":"long"},{"name":"duplicate","type":"long"},
    {"name":"null_key","type":"long"},{"name":"bad_time","type":"long"},{"name":"future","type":"long"},
    {"name":"undecodable","type":"long"},{"name":"overflow","type":"long"},{"name":"emitted","type":"long"},
    {"name":"stream_time","type":["null","long"],"default":null},{"name":"committed_at","type":"long"}]}
    """
}
