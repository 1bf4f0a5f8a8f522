import Foundation
import Histories
import Kafka
import NetworkFaults
import Synchronization
import TestSupport

/// A reader outside of groups, of all partitions from the first record on, that is written down.
final class ChaosReading {
  private let scene: ChaosScene
  private let number: Int
  private var consumer: Consumer
  private let batch = RecordBatch(capacity: 200)
  private var next: [Int32: Int64] = [:]
  private(set) var ends: [Int32: Int64] = [:]

  /// - Parameters:
  ///   - isolation: how it reads; it is written down as `claimed`.
  init(
    _ scene: ChaosScene, _ isolation: History.Isolation, claimed: History.Isolation? = nil,
    from configuration: KafkaConfiguration? = nil
  ) throws {
    self.scene = scene
    number = scene.recorder.reader(claimed ?? isolation)
    consumer = try Consumer(
      configuration ?? scene.lab.faulty(["fetch.wait.max.ms": "5"]),
      .init(readsCommittedOnly: isolation == .committed, reportsPartitionEnd: true))
    for partition in 0..<scene.partitions { next[partition] = 0 }
    try assign()
  }

  private func assign() throws(KafkaError) {
    scene.recorder.assigned(number, next.mapValues { $0 })
    try consumer.assign(
      Dictionary(uniqueKeysWithValues: next.map { (TopicPartition(scene.topic, $0.key), StartOffset.at($0.value)) }))
  }

  /// Reads what is there, within a transaction or not. Without a connection there is nothing.
  func poll(transaction: Int? = nil) {
    do {
      try consumer.poll(into: batch, timeout: .milliseconds(10))
    } catch {
      // Its own trouble: it reads on when the connection is back.
      return
    }
    let records = batch.records.map { History.Record($0) }
    for record in records { next[record.partition] = record.offset + 1 }
    scene.recorder.polled(number, records, transaction: transaction)
    for end in batch.ends {
      ends[end.partition.partition] = end.offset
      scene.recorder.ended(number, partition: end.partition.partition, at: end.offset)
    }
    batch.clear()
  }

  /// Reads until nothing is left.
  func finish() throws {
    let all = (0..<scene.partitions).map { TopicPartition(scene.topic, $0) }
    let targets = try consumer.offsets(.end, of: all)
    ends = [:]
    try wait("the end of all partitions", seconds: 60) {
      poll()
      return all.allSatisfy { ends[$0.partition] ?? -1 >= targets[$0] ?? 0 || next[$0.partition] ?? 0 >= targets[$0] ?? 0 }
    }
  }

  func close() {
    batch.clear()
    consumer.deferClose()
  }
}

extension History.Record {
  init(_ view: RecordView) {
    let text = view.value.map { String(decoding: $0, as: UTF8.self) } ?? ""
    self.init(view.partition, view.offset, Int64(text) ?? -1)
  }
}

/// Members of a group, one after the other, each for so many polls: they come, commit what they were given, and go.
struct ChaosMember {
  let scene: ChaosScene
  let group: String
  let isolation: History.Isolation

  /// - Parameter isOver: whether the last member is to go.
  func run(seed: UInt64, until isOver: () -> Bool) throws {
    var random = SeededGenerator(seed: seed)
    while !isOver() {
      let polls = Int.random(in: 10...80, using: &random)
      do {
        try serve(scene.lab.faulty(["fetch.wait.max.ms": "5"])) { count, _ in count >= polls || isOver() }
      } catch is KafkaError {
        // A member that has failed is replaced by the next.
        continue
      }
    }
  }

  /// The last member: it stays until everything is committed.
  func drain() throws {
    let end = ContinuousClock.now + .seconds(60)
    try serve(scene.lab.direct()) { _, ends in
      guard ContinuousClock.now < end else { throw Stuck(description: "\(group) did not come to the end") }
      return ends.count == Int(scene.partitions)
    }
    scene.recorder.drained(group)
  }

  private func serve(
    _ configuration: KafkaConfiguration, until isDone: (_ polls: Int, _ ends: Set<Int32>) throws -> Bool
  ) throws {
    var configuration = configuration
    // Another cluster accepts none shorter than six seconds, as a rule.
    configuration.settings["session.timeout.ms"] = Lab.isGiven ? "6000" : "1000"
    configuration.settings["heartbeat.interval.ms"] = "100"
    let consumer = try Consumer(
      configuration,
      .init(groupID: group, reset: .earliest, readsCommittedOnly: isolation == .committed, reportsPartitionEnd: true))
    let number = scene.recorder.reader(isolation, group: group)
    var ends: Set<Int32> = []
    try consumer.subscribe([scene.topic]) { starts in
      ends = []
      let committed = try consumer.committed(starts.keys.sorted(), timeout: .seconds(10))
      for partition in starts.keys { starts[partition] = .at((committed[partition] ?? nil) ?? 0) }
      scene.recorder.assigned(
        number, Dictionary(uniqueKeysWithValues: committed.map { ($0.key.partition, $0.value ?? 0) }))
    } onRevoke: { _, lost in
      if !lost { Self.commit(consumer) }
    }
    let batch = RecordBatch(capacity: 100)
    var polls = 0
    defer {
      batch.clear()
      consumer.deferClose()
    }
    while !(try isDone(polls, ends)) {
      try consumer.poll(into: batch, timeout: .milliseconds(10))
      polls += 1
      scene.recorder.polled(number, batch.records.map { History.Record($0) })
      for end in batch.ends {
        ends.insert(end.partition.partition)
        scene.recorder.ended(number, partition: end.partition.partition, at: end.offset)
      }
      batch.clear()
      if polls % 10 == 0 { Self.commit(consumer) }
    }
    Self.commit(consumer)
  }

  private static func commit(_ consumer: Consumer) {
    // Refused, it is read again by whoever comes next.
    try? consumer.commit(consumer.positions().compactMapValues { $0 })
  }
}
