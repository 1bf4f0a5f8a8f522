import Foundation
import Kafka
import NetworkFaults
import Synchronization
import TestSupport
import Testing

@testable import EmbeddedKafka

/// What idempotence rests on: sequence numbers, which come again after a lost answer, wrap around, get old and are forgotten.
@Suite(.serialized) struct SequenceTests {
  private final class Sums: Sendable, CustomStringConvertible {
    let state = Mutex((cuts: 0, batches: 0, records: 0))
    var description: String {
      let sums = state.withLock { $0 }
      return "\(sums.cuts) cuts; \(sums.batches) batches, \(sums.records) records"
    }
  }

  @Test func `batches whose answers were cut off are stored once, in order, where the answers say`() async throws {
    let sums = Sums()
    try await Lab.schedules("cut answers, five in flight", 6, remark: { "\(sums)" }) { seed, random in
      let lab = try Lab()
      defer { lab.proxy.stop() }
      try lab.withTopic("cut-raw", partitions: 3) { topic in
        let faults = Mutex(random)
        lab.proxy.inject { frame in
          guard frame.apiKey == KafkaApi.produce else { return .pass }
          return faults.withLock { random in
            // Mostly after the append and before the answer.
            guard Int.random(in: 0..<(frame.direction == .answer ? 4 : 20), using: &random) == 0 else { return .pass }
            return .cut(after: Bool.random(using: &random) ? 0 : Int.random(in: 0..<frame.bytes.count, using: &random))
          }
        }
        var pipeline = try RawPipeline(RawClient(lab.proxy.bootstrap), topic: topic, partitions: 3)
        for _ in 0..<150 {
          let size = [1, 1, 2, 5, 30, 1000].randomElement(using: &random) ?? 1
          pipeline.add(size, to: Int32.random(in: 0..<3, using: &random))
        }
        try pipeline.flush()
        let count = try Self.check(pipeline, topic, 3, lab, "schedule \(seed)")
        sums.state.withLock {
          $0.cuts += pipeline.reconnects
          $0.batches += pipeline.batches
          $0.records += count
        }
      }
    }
    #expect(sums.state.withLock { $0.cuts } > 0)
  }

  /// The log is what the answers said. Returns the number of records.
  @discardableResult
  private static func check(
    _ pipeline: RawPipeline, _ topic: String, _ partitions: Int32, _ lab: Lab, _ what: String
  ) throws -> Int {
    let stored = try records(of: topic, partitions: partitions, lab)
    for partition in 0..<partitions {
      let (told, got) = (pipeline.offsets[partition] ?? [], stored[partition] ?? [])
      #expect(told.map(\.value) == got.map(\.value), "\(what): partition \(partition)")
      #expect(told.map(\.offset) == got.map(\.offset), "\(what): partition \(partition)")
    }
    return stored.values.reduce(0) { $0 + $1.count }
  }

  @Test(arguments: [0, 1, 3, 9])
  func `sequence numbers go on from 0 after the largest there is`(distance: Int32) async throws {
    try await BlockingThread(name: "test") {
      let lab = try Lab()
      defer { lab.proxy.stop() }
      try lab.withTopic("wrap", partitions: 1) { topic in
        let cuts = Mutex(0)
        // Every third answer is lost, so that batches on both sides of the end, and across it, come again.
        lab.proxy.inject { frame in
          guard frame.apiKey == KafkaApi.produce, frame.direction == .answer else { return .pass }
          return cuts.withLock { count in
            count += 1
            return count % 3 == 0 ? .cut(after: 0) : .pass
          }
        }
        var pipeline = try RawPipeline(
          RawClient(lab.proxy.bootstrap), topic: topic, firstSequence: .max - distance, partitions: 1)
        for _ in 0..<12 { pipeline.add(4, to: 0) }
        try pipeline.flush()
        #expect(try Self.check(pipeline, topic, 1, lab, "\(distance) before the end") == 48)
        #expect(pipeline.reconnects > 0)
      }
    }.value
  }

  @Test func `of the batches that come again the last five are known, and older ones are refused`() async throws {
    try await BlockingThread(name: "test") {
      let lab = try Lab()
      defer { lab.proxy.stop() }
      try lab.withTopic("old", partitions: 1) { topic in
        let client = try RawClient(lab.proxy.bootstrap)
        var pipeline = try RawPipeline(client, topic: topic, partitions: 1)
        for _ in 0..<8 { pipeline.add(3, to: 0) }
        try pipeline.flush()
        for number in 0..<8 {
          let batch = RawPipeline.Batch(partition: 0, first: number * 3, count: 3, sequence: Int32(number * 3))
          let answer = try client.call(pipeline.request(batch), version: 7).topics[0].partitions[0]
          // OUT_OF_ORDER_SEQUENCE_NUMBER or DUPLICATE_SEQUENCE_NUMBER.
          let expected: Set<Int16> = number < 3 ? [45, 46] : [0]
          #expect(expected.contains(answer.errorCode), "batch \(number): \(answer.errorCode)")
          if number >= 3 { #expect(answer.baseOffset == Int64(number * 3)) }
        }
        // A part of a known batch is not that batch, nor is what follows a hole the next.
        for (first, sequence) in [(21, 21), (25, 25)] {
          let batch = RawPipeline.Batch(partition: 0, first: first, count: 2, sequence: Int32(sequence))
          let code = try client.call(pipeline.request(batch), version: 7).topics[0].partitions[0].errorCode
          #expect(code == 45 || code == 46)
        }
        try Self.check(pipeline, topic, 1, lab, "after the retries")
      }
    }.value
  }

  @Test func `a producer that the broker has forgotten goes on`() async throws {
    guard !Lab.isGiven else { return print("skipped: a cluster that was given keeps producers for a day") }
    try await BlockingThread(name: "test") {
      let folder = NSTemporaryDirectory() + "wick-forgotten-" + UUID().uuidString
      var configuration = EmbeddedBroker.Configuration(port: 0, dataDirectory: folder, fsync: .interval(milliseconds: 1000))
      configuration.maintenanceIntervalMs = 10
      let broker = EmbeddedBroker(configuration: configuration)
      let lab = try Lab("127.0.0.1:\(broker.start())")
      defer {
        lab.proxy.stop()
        broker.stop()
        try? FileManager.default.removeItem(atPath: folder)
      }
      try lab.withTopic("forgotten", partitions: 1, settings: ["producer.id.expiration.ms": "30"]) { topic in
        let client = try RawClient(lab.proxy.bootstrap)
        var pipeline = try RawPipeline(client, topic: topic, partitions: 1)
        let library = try Producer(lab.faulty())
        let handle = try library.topic(topic)
        for round in 0..<4 {
          pipeline.add(2, to: 0)
          try pipeline.flush()
          try Array("\(1000 + round)".utf8).withUnsafeBytes { try library.send(to: handle, partition: 0, key: nil, value: $0) }
          try library.flush(timeout: .seconds(20))
          try wait("the broker to forget") { try client.producers(of: topic, 0) == 0 }
        }
        library.close()
        let values = try records(of: topic, partitions: 1, lab)[0]?.map(\.value)
        #expect(values == [0, 1, 1000, 2, 3, 1001, 4, 5, 1002, 6, 7, 1003])
      }
    }.value
  }
}
