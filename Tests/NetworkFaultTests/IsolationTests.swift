import Kafka
import NetworkFaults
import Synchronization
import TestSupport
import Testing

/// What readers of both levels see while transactions commit and abort.
@Suite(.serialized) struct IsolationTests {
  private struct Write: Sendable { var value: String, isCommitted: Bool }

  @Test func `readers of both levels see exactly theirs from every offset and in every size`() async throws {
    try await Lab.schedules("isolation", 3) { seed, random in
      // Small segments, so that transactions span several.
      try Lab.withTopic("isolation", partitions: 1, settings: ["segment.bytes": "16384"]) { topic in
        let codec = ["lz4", "zstd", "gzip", "snappy", "none"].randomElement(using: &random) ?? "lz4"
        let isDone = Mutex(false)
        let live = [true, false].map { committed in
          BlockingThread(name: "live") { try Self.follow(topic, committed: committed) { isDone.withLock { $0 } } }
        }
        let outcome = Result { try Self.write(topic, codec, &random) }
        isDone.withLock { $0 = true }
        let read = try live.map { try $0.join() }
        let written = try outcome.get()
        let all = try contents(of: topic, partitions: 1, committed: false)[0]
        let committed = Set(written.filter(\.isCommitted).map(\.value))
        #expect(Set(all) == Set(written.map(\.value)) && all.count == written.count, "schedule \(seed)")
        let visible = all.filter { committed.contains($0) }
        #expect(try contents(of: topic, partitions: 1)[0] == visible, "schedule \(seed): read_committed, \(codec)")
        #expect(read[0].map(\.value) == visible, "schedule \(seed): reading along, read_committed")
        #expect(read[1].map(\.value) == all, "schedule \(seed): reading along, read_uncommitted")
        for _ in 0..<6 {
          let isCommitted = Bool.random(using: &random)
          let expected = isCommitted ? read[0] : read[1]
          let end = (read[1].last?.offset ?? 0) + 1
          let start = Int64.random(in: 0...end, using: &random)
          let size = [1, 100, 5000, 1_000_000].randomElement(using: &random) ?? 1
          let got = try Self.read(topic, from: start, size: size, committed: isCommitted)
          #expect(got == expected.filter { $0.offset >= start }, "schedule \(seed): from \(start), \(size) bytes a fetch")
        }
      }
    }
  }

  struct Seen: Equatable { var offset: Int64, value: String }

  /// Three interleaved producers whose transactions, some empty, commit and abort.
  private static func write(_ topic: String, _ codec: String, _ random: inout SeededGenerator) throws -> [Write] {
    let producers = try (0..<3).map { _ in
      let settings = ["batch.num.messages": "\([1, 7, 100].randomElement(using: &random) ?? 1)"]
      var configuration = try Lab.direct()
      configuration.settings = settings
      let producer = try TransactionalProducer(configuration, transactionalID: Lab.name("iso"), compression: codec)
      try producer.initialise()
      return producer
    }
    defer { for producer in producers { producer.close() } }
    var written: [Write] = []
    var serial = 0
    for _ in 0..<8 {
      var fates: [Bool] = []
      for _ in producers { fates.append(Int.random(in: 0..<3, using: &random) != 0) }
      let permits = Permits(try producers.map { Permit(try $0.begin()) })
      for _ in 0..<3 {
        for (index, producer) in producers.enumerated() {
          let handle = try producer.topic(topic)
          for _ in 0..<Int.random(in: 0...40, using: &random) {
            // Text that does not compress away keeps segments small enough to roll.
            let value = "\(serial)-" + (0..<12).map { _ in String(random.next(), radix: 36) }.joined()
            serial += 1
            try producer.send(handle, 0, value)
            written.append(Write(value: value, isCommitted: fates[index]))
          }
        }
      }
      for (index, producer) in producers.enumerated() {
        if fates[index] {
          try permits.all[index].commit(producer)
        } else {
          try producer.abort()
        }
      }
    }
    return written
  }

  /// A permit cannot be copied, and an array would.
  private final class Permit {
    private var permit: CommitPermit?
    init(_ permit: consuming CommitPermit) { self.permit = consume permit }
    func commit(_ producer: TransactionalProducer) throws {
      if let permit = permit.take() { try producer.commit(permit) }
    }
  }

  private struct Permits {
    var all: [Permit]
    init(_ all: [Permit]) { self.all = all }
  }

  /// Reads along from the beginning until nothing more comes.
  private static func follow(_ topic: String, committed: Bool, _ isDone: () -> Bool) throws -> [Seen] {
    let consumer = try Consumer(Lab.direct(), .init(readsCommittedOnly: committed, reportsPartitionEnd: true))
    defer { consumer.deferClose() }
    try consumer.assign([TopicPartition(topic, 0): .at(0)])
    return try drain(consumer) { isDone() }
  }

  private static func read(_ topic: String, from start: Int64, size: Int, committed: Bool) throws -> [Seen] {
    var configuration = try Lab.direct()
    configuration.settings["fetch.message.max.bytes"] = "\(size)"
    let consumer = try Consumer(configuration, .init(readsCommittedOnly: committed, reportsPartitionEnd: true))
    defer { consumer.deferClose() }
    try consumer.assign([TopicPartition(topic, 0): .at(start)])
    return try drain(consumer) { true }
  }

  /// Reads up to the end that the log has once `isLast`.
  private static func drain(_ consumer: Consumer, _ isLast: () -> Bool) throws -> [Seen] {
    let batch = RecordBatch(capacity: 500)
    var all: [Seen] = []
    let partition = consumer.assignment[0]
    var target: Int64?
    // An end is reported only once.
    var reached: Int64 = -1
    try wait("the end of the log") {
      if target == nil, isLast() { target = try consumer.offsets(.end, of: [partition])[partition] }
      try consumer.poll(into: batch, timeout: .milliseconds(10))
      for record in batch.records {
        all.append(Seen(offset: record.offset, value: record.value.map { String(decoding: $0, as: UTF8.self) } ?? ""))
      }
      for end in batch.ends { reached = end.offset }
      return target.map { reached >= $0 } ?? false
    }
    batch.clear()
    return all
  }
}
