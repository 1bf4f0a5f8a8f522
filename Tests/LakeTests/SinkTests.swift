import Foundation
import Iceberg
import Synchronization
import Testing

@testable import Kafka
@testable import Lake

@Suite(.serialized) struct `Sink on a cluster` {
  private func blocking(_ body: @escaping @Sendable () throws -> Void) async throws {
    try await BlockingThread(name: "test", body).value
  }

  @Test func `every committed record becomes one row, aborted ones none, and a second run adds only what is new`() async throws {
    try await blocking {
      let pipeline = try Pipeline()
      let first = try pipeline.produce(0..<2_000, abortEvery: 3)
      #expect(try pipeline.sink().rows["bronze.trades"] == Int64(first.count))
      #expect(try pipeline.column("trade_id").sorted() == first)
      #expect(try pipeline.sink().rows.isEmpty, "nothing new")
      let second = try pipeline.produce(2_000..<3_000, abortEvery: 4)
      try pipeline.sink { $0.commitRows = 50 }
      #expect(try pipeline.column("trade_id").sorted() == (first + second).sorted())
      let ledger = try pipeline.ledger()
      #expect(ledger.topics[pipeline.topic]?.values.reduce(0) { $0 + $1.records } == Int64(first.count + second.count))
      let partitions = [TopicPartition(pipeline.topic, 0), TopicPartition(pipeline.topic, 1)]
      let ends = try Consumer.highWatermarks(of: partitions, pipeline.kafka)
      for partition in partitions {
        #expect(ledger[pipeline.topic, partition.partition]?.end == ends[partition], "control records included")
      }
    }
  }

  @Test func `snapshots tell their ranges, and these join without gap`() async throws {
    try await blocking {
      let pipeline = try Pipeline()
      for start in [Int64(0), 300, 600] {
        try pipeline.produce(start..<(start + 300), abortEvery: 2)
        try pipeline.sink()
      }
      let table = try #require(try pipeline.store().table(TableIdentifier("bronze", "trades")))
      var ends: [Int32: Int64] = [:]
      for snapshot in table.metadata.snapshots {
        for (partition, range) in try OffsetLedger.ranges(of: snapshot)[pipeline.topic] ?? [:] {
          #expect(range.start == ends[partition] ?? 0)
          ends[partition] = range.end
        }
      }
      #expect(table.metadata.snapshots.count >= 3)
      #expect(try pipeline.ledger().topics[pipeline.topic]?.mapValues(\.end) == ends)
    }
  }

  @Test func `records that cannot be decoded become rows of the invalid table, in the same commit`() async throws {
    try await blocking {
      let pipeline = try Pipeline()
      try pipeline.produce(0..<100)
      try pipeline.produce(100..<110) { _ in [0, 0, 0, 0, 99, 1] }
      try pipeline.produce(110..<120) { _ in [7] }
      try pipeline.produce(120..<130)
      let summary = try pipeline.sink()
      #expect(summary.undecodable == 20 && summary.rows == ["bronze.trades": 110, "bronze.invalid": 20])
      #expect(try pipeline.column("_offset", of: TopicTable.invalidTable).count == 20)
      let entries = try pipeline.ledger().topics[pipeline.topic]?.values
      #expect(entries?.reduce(0) { $0 + $1.rejected } == 20)
      #expect(entries?.reduce(0) { $0 + $1.records } == 130)
    }
  }

  @Test func `two sinks at once fill the table once between them`() async throws {
    try await blocking {
      let pipeline = try Pipeline()
      let ids = try pipeline.produce(0..<5_000, each: 500)
      let configuration = pipeline.configuration { $0.commitRows = 200 }
      let schemas = pipeline.schemas
      let sinks = (0..<2).map { _ in
        BlockingThread(name: "sink") { () -> LakeError.Code? in
          do {
            _ = try SinkApplication(configuration, schemas: schemas).run()
            return nil
          } catch let error as LakeError {
            if error.code != .fenced { Issue.record(error) }
            return error.code
          }
        }
      }
      let outcomes = try sinks.map { try $0.join() }
      #expect(outcomes.allSatisfy { $0 == nil || $0 == .fenced })
      try pipeline.sink()
      #expect(try pipeline.column("trade_id").sorted() == ids)
    }
  }

  @Test func `a topic made anew under its name is refused`() async throws {
    try await blocking {
      let pipeline = try Pipeline()
      try pipeline.produce(0..<100)
      try pipeline.sink()
      try pipeline.admin.delete(topics: [pipeline.topic])
      try pipeline.admin.create([TopicSpecification(pipeline.topic, partitions: 2)])
      let short = #expect(throws: LakeError.self) { try pipeline.sink() }
      #expect(short?.code == .sourceChanged)
      try pipeline.produce(1_000..<1_500)
      let other = #expect(throws: LakeError.self) { try pipeline.sink() }
      #expect(other?.code == .sourceChanged)
      #expect(try pipeline.column("trade_id").count == 100)
    }
  }

  @Test func `a new optional field becomes a column, and no earlier row is lost`() async throws {
    try await blocking {
      let pipeline = try Pipeline()
      try pipeline.produce(0..<100)
      try pipeline.sink()
      let wider = `Tables and rows`.trade.replacingOccurrences(
        of: #"{"name":"received_time""#, with: #"{"name":"Fee","type":["null","long"],"default":null},{"name":"received_time""#)
      let id = try pipeline.schemas.register(wider, subject: "\(pipeline.topic)-value")
      try pipeline.produce(100..<150)
      try pipeline.produce(150..<200) { number in
        // The branch and the fee stand before the last field: its 8 or so bytes are written again.
        var bytes = Trades.encode(id: number, symbol: "A", time: 5, schemaID: id)
        bytes.removeLast()
        return bytes + [2, 84, 20]
      }
      try pipeline.sink()
      #expect(try pipeline.column("trade_id").sorted() == Array(0..<200))
      let table = try #require(try pipeline.store().table(TableIdentifier("bronze", "trades")))
      #expect(table.metadata.schema.fields.last?.name == "fee" && table.metadata.schemas.count == 2)
      let fees = try TableScan(table).files(pipeline.store().files).map { file in
        file.nullCounts[table.metadata.schema.fields.last?.id ?? -1].map { file.recordCount - $0 } ?? 0
      }
      #expect(fees.reduce(0, +) == 50)
    }
  }

  @Test func `a stopped sink has committed what it read`() async throws {
    try await blocking {
      let pipeline = try Pipeline()
      let ids = try pipeline.produce(0..<1_000)
      let stop = StopHandle()
      let application = SinkApplication(pipeline.configuration { $0.untilEnd = false }, schemas: pipeline.schemas)
      let summary = try application.run(stop: stop) { if $0.consumed == 1_000 { stop.stop() } }
      #expect(summary.rows["bronze.trades"] == 1_000)
      #expect(try pipeline.column("trade_id").sorted() == ids)
    }
  }
}
