import Kafka
import NetworkFaults
import TestSupport
import Testing

/// What readers of both levels see while transactions commit and abort.
@Suite(.serialized) struct IsolationTests {
  private struct Write: Sendable { var value: String, isCommitted: Bool }

  @Test func `readers of both levels see exactly theirs from every offset and in every size`() async throws {
    try await Lab.schedules("isolation", 3) { seed, random in
      let lab = try Lab()
      defer { lab.proxy.stop() }
      try Self.schedule(lab, nil, seed, &random)
    }
  }

  @Test func `readers of both levels see exactly theirs of a broker that was killed between transactions`() async throws {
    guard !Lab.isGiven else { return print("skipped: a cluster that was given is not killed") }
    try await Lab.schedules("isolation with kills of the broker", 1) { seed, random in
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let lab = try Lab(broker.bootstrap)
      defer { lab.proxy.stop() }
      try Self.schedule(lab, broker, seed, &random)
    }
  }

  private static func schedule(
    _ lab: Lab, _ broker: BrokerProcess?, _ seed: UInt64, _ random: inout SeededGenerator
  ) throws {
    // Small segments, so that transactions span several.
    try lab.withTopic("isolation", partitions: 1, settings: ["segment.bytes": "16384"]) { topic in
      let codec = ["lz4", "zstd", "gzip", "snappy", "none"].randomElement(using: &random) ?? "lz4"
      let isDone = Done()
      // One pair asks anew all the time, the other's requests wait at the broker until there is something.
      let live = [(true, 5), (false, 5), (true, 500), (false, 500)].map { committed, patience in
        BlockingThread(name: "live") { try follow(lab, topic, committed: committed, patience: patience) { isDone.value } }
      }
      let outcome = Result { try write(lab, broker, topic, codec, &random) }
      try settle(topic, partitions: 1, lab)
      isDone.set()
      let read = try live.map { try $0.join() }
      let written = try outcome.get()
      if let broker { try broker.killAndRestart() }
      let all = try contents(of: topic, partitions: 1, committed: false, lab)[0]
      let committed = Set(written.filter(\.isCommitted).map(\.value))
      #expect(Set(all) == Set(written.map(\.value)) && all.count == written.count, "schedule \(seed)")
      let visible = all.filter { committed.contains($0) }
      #expect(try contents(of: topic, partitions: 1, lab)[0] == visible, "schedule \(seed): read_committed, \(codec)")
      for number in [0, 2] { #expect(read[number].map(\.value) == visible, "schedule \(seed): reading along, committed") }
      for number in [1, 3] { #expect(read[number].map(\.value) == all, "schedule \(seed): reading along, uncommitted") }
      for _ in 0..<8 {
        let isCommitted = Bool.random(using: &random)
        let expected = isCommitted ? read[0] : read[1]
        let end = (read[1].last?.offset ?? 0) + 1
        let start = Int64.random(in: 0...end, using: &random)
        let size = [1, 100, 5000, 1_000_000, 10_000_000].randomElement(using: &random) ?? 1
        let got = try Self.read(lab, topic, from: start, size: size, committed: isCommitted)
        #expect(got == expected.filter { $0.offset >= start }, "schedule \(seed): from \(start), \(size) bytes a fetch")
      }
    }
  }

  struct Seen: Equatable { var offset: Int64, value: String }

  /// Three interleaved producers whose transactions, some empty, commit and abort.
  private static func write(
    _ lab: Lab, _ broker: BrokerProcess?, _ topic: String, _ codec: String, _ random: inout SeededGenerator
  ) throws -> [Write] {
    let ids = (0..<3).map { _ in Lab.name("iso") }
    func connect(_ random: inout SeededGenerator) throws -> [TransactionalProducer] {
      try ids.map { id in
        var configuration = lab.direct()
        configuration.settings = ["batch.num.messages": "\([1, 7, 100].randomElement(using: &random) ?? 1)"]
        let producer = try TransactionalProducer(configuration, transactionalID: id, compression: codec)
        try producer.initialise()
        return producer
      }
    }
    var producers = try connect(&random)
    defer { for producer in producers { producer.close() } }
    var written: [Write] = []
    var serial = 0
    for round in 0..<8 {
      if let broker, round % 3 == 2 {
        for producer in producers { producer.close() }
        try broker.killAndRestart()
        producers = try connect(&random)
      }
      var fates: [Bool] = []
      for _ in producers { fates.append(Int.random(in: 0..<3, using: &random) != 0) }
      let permits = Permits(try producers.map { Permit(try $0.begin()) })
      for _ in 0..<3 {
        for (index, producer) in producers.enumerated() {
          let handle = try producer.topic(topic)
          for _ in 0..<Int.random(in: 0...60, using: &random) {
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
  private static func follow(
    _ lab: Lab, _ topic: String, committed: Bool, patience: Int, _ isDone: () -> Bool
  ) throws -> [Seen] {
    var configuration = lab.direct()
    configuration.settings["fetch.wait.max.ms"] = "\(patience)"
    let consumer = try Consumer(configuration, .init(readsCommittedOnly: committed, reportsPartitionEnd: true))
    defer { consumer.deferClose() }
    try consumer.assign([TopicPartition(topic, 0): .at(0)])
    return try drain(consumer) { isDone() }
  }

  private static func read(_ lab: Lab, _ topic: String, from start: Int64, size: Int, committed: Bool) throws -> [Seen] {
    var configuration = lab.direct()
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
