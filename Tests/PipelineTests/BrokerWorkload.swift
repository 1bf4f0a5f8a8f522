import Contracts
import Foundation
import Kafka
import TestSupport

/// Clients that use everything a broker has, each insisting until the broker has said yes; then what was said yes to must be so.
struct BrokerWorkload {
  private let scene: Scene
  private let kafka: KafkaConfiguration
  private static let count = 48
  private static let states = 120
  private static let rounds = 3
  private var input: [String] { (0..<Self.count).map { "input \($0)" } }

  init(_ scene: Scene) {
    self.scene = scene
    kafka = scene.patient
  }

  /// - Parameter rest: called with its number after each round of records that old ones have to make room for.
  func run(rest: (Int) throws -> Void) throws {
    // librdkafka is slow to come back to a broker that was not there at its first look.
    try insist("reach the broker") { _ = try RawRequests(scene.bootstrap).openTransactions(prefix: "") }
    try administrate()
    // Not repeated: that the records of one producer arrive once, through the broker's death, is what is shown.
    try scene.sendNumbered(input, to: "input", partitions: 2)
    try transform()
    try join()
    try commitOffsets()
    try registerSchemas()
    for round in 0..<Self.rounds {
      let texts = (0..<Self.states / Self.rounds).map { "state \(round * Self.states / Self.rounds + $0)" }
      try scene.sendNumbered(texts, to: "state", partitions: 1)
      try scene.sendNumbered(texts, to: "passing", partitions: 1)
      try rest(round + 1)
    }
  }

  /// Repeats what a dying broker may have left undone.
  private func insist<R>(_ what: String, _ body: () throws -> R) throws -> R {
    let deadline = Date().addingTimeInterval(30)
    while true {
      do {
        return try body()
      } catch {
        guard Date() < deadline else { throw Scene.Broken(description: "\(what) never succeeded: \(error)") }
        Blocking.pause(milliseconds: 10)
      }
    }
  }

  // MARK: Topics

  private func administrate() throws {
    let topics = [
      TopicSpecification(
        "input", partitions: 2, settings: ["segment.bytes": "1200", "flush.messages": "1", "retention.ms": "-1"]),
      TopicSpecification("output", partitions: 2, settings: ["retention.ms": "-1"]),
      TopicSpecification(
        "state", partitions: 1,
        settings: ["cleanup.policy": "compact", "segment.bytes": "600", "min.cleanable.dirty.ratio": "0"]),
      TopicSpecification("passing", partitions: 1, settings: ["segment.bytes": "400", "retention.bytes": "100"]),
      TopicSpecification("growing", partitions: 1),
    ]
    let doomed = (0..<3).map { TopicSpecification("doomed.\($0)", partitions: 1) }
    try withAdmin("create topics") { try $0.create(topics + doomed) }
    for topic in doomed { try withAdmin("delete a topic") { try $0.delete(topics: [topic.name]) } }
    try insist("grow a topic") { try RawRequests(scene.bootstrap).grow("growing", to: 3) }
    for bytes in ["2000", "3000"] {
      try insist("set a topic") { try RawRequests(scene.bootstrap).set("segment.bytes", bytes, ofTopic: "growing") }
    }
  }

  private func withAdmin(_ what: String, _ body: (Admin) throws -> Void) throws {
    try insist(what) {
      let admin = try Admin(kafka, timeout: .seconds(2))
      defer { admin.close() }
      try body(admin)
    }
  }

  // MARK: Transactions

  /// Copies `input` to `output`, some records at a time, each transaction with its offsets; the first attempt at every third
  /// transaction is aborted.
  private func transform() throws {
    var aborted: Set<Int64> = []
    try insist("transform") {
      let producer = try TransactionalProducer(kafka, transactionalID: "workload")
      defer { producer.close() }
      try producer.initialise(timeout: .seconds(5))
      let consumer = try Consumer(kafka, .init(groupID: "transform"))
      defer { try? consumer.close() }
      let partitions = [TopicPartition("input", 0), TopicPartition("input", 1)]
      var next = try consumer.committed(partitions, timeout: .seconds(5)).mapValues { $0 ?? 0 }
      let output = try producer.topic("output")
      while let (partition, start) = next.filter({ $0.value < Int64(Self.count / 2) }).min(by: { $0.key < $1.key }) {
        let end = min(start + 5, Int64(Self.count / 2))
        let permit = try producer.begin()
        for offset in start..<end {
          let text = "input \(offset * 2 + Int64(partition.partition))"
          try Array(text.utf8).withUnsafeBytes {
            try producer.send(to: output, partition: partition.partition, key: nil, value: $0)
          }
        }
        try producer.sendOffsets([partition: end], group: consumer.groupMetadata(), timeout: .seconds(5))
        if start % 3 == 0, aborted.insert(start * 2 + Int64(partition.partition)).inserted {
          try producer.abort(timeout: .seconds(5))
        } else {
          try producer.commit(permit, timeout: .seconds(5))
          next[partition] = end
        }
      }
    }
  }

  // MARK: Groups

  /// Joins a group and leaves it, three times.
  private func join() throws {
    for number in 0..<3 {
      try insist("join") {
        // A member that the broker's death kept from leaving is soon given up.
        var brief = kafka
        brief.settings.merge(["session.timeout.ms": "400", "heartbeat.interval.ms": "100"]) { _, new in new }
        let consumer = try Consumer(brief, .init(groupID: "members", reset: .earliest))
        defer { try? consumer.close() }
        try consumer.subscribe(["input"])
        let batch = RecordBatch()
        let deadline = Date().addingTimeInterval(10)
        while consumer.assignment.isEmpty {
          guard Date() < deadline else { throw Scene.Broken(description: "no assignment") }
          try consumer.poll(into: batch, timeout: .milliseconds(20))
        }
        try consumer.commit([TopicPartition("input", 0): Int64(number + 1)])
        batch.clear()
      }
    }
  }

  private func commitOffsets() throws {
    for number in 0..<3 {
      for group in ["kept.\(number)", "gone.\(number)"] {
        try insist("commit offsets") {
          let consumer = try Consumer(kafka, .init(groupID: group))
          defer { try? consumer.close() }
          try consumer.commit([TopicPartition("input", 0): Int64(number + 5), TopicPartition("output", 0): 1])
        }
      }
      try insist("delete offsets") { try RawRequests(scene.bootstrap).deleteOffsets(of: "kept.\(number)", topic: "output") }
      try withAdmin("delete a group") { try $0.delete(groups: ["gone.\(number)"]) }
    }
  }

  private func registerSchemas() throws {
    for number in 0..<3 {
      try insist("register") {
        _ = try SchemaRegistryClient(urls: [scene.registry]).register(Self.schema(number), under: "s\(number)")
      }
    }
  }

  private static func schema(_ number: Int) throws -> AvroSchema {
    try AvroSchema(json: #"{"type":"record","name":"R\#(number)","fields":[{"name":"f","type":"long"}]}"#)
  }

  // MARK: Judgement

  func check(_ played: inout Played) throws {
    try checkRecords(&played)
    try checkGroups(&played)
    let admin = try Admin(kafka)
    defer { admin.close() }
    let topics = try admin.topics().filter { !$0.key.hasPrefix("_") }
    let expected = ["input": 2, "output": 2, "state": 1, "passing": 1, "growing": 3]
    played.expect(topics == expected, "topics: \(topics)")
    played.expect(try admin.settings(ofTopic: "growing")["segment.bytes"] == "3000", "a setting was forgotten")
    let registry = try SchemaRegistryClient(urls: [scene.registry])
    for number in 0..<3 {
      let found = try registry.lookUp(try Self.schema(number), under: "s\(number)")
      played.expect(found?.version == 1, "schema \(number): \(String(describing: found?.version))")
    }
  }

  private func checkRecords(_ played: inout Played) throws {
    for topic in ["input", "output"] {
      for partition in 0..<2 as Range<Int32> {
        let texts = try read(TopicPartition(topic, partition)).map(\.value)
        let all = input.enumerated().filter { $0.offset % 2 == Int(partition) }.map(\.element)
        played.expect(texts == all, "\(topic)[\(partition)] holds \(texts)")
      }
    }
    let passing = try read(TopicPartition("passing", 0)).map(\.value)
    let sent = (0..<Self.states).map { "state \($0)" }
    played.expect(passing == sent.suffix(passing.count) && !passing.isEmpty, "passing holds \(passing)")
    var last: [String: String] = [:]
    for record in try read(TopicPartition("state", 0)) { last[record.key] = record.value }
    let expected = (0..<5).reduce(into: [String: String]()) { $0["k\($1)"] = "state \(Self.states - 5 + $1)" }
    played.expect(last == expected, "state ends with \(last)")
    played.expect(try RawRequests(scene.bootstrap).openTransactions(prefix: "").isEmpty, "a transaction is open")
  }

  private func checkGroups(_ played: inout Played) throws {
    func committed(_ group: String) throws -> [TopicPartition: Int64?] {
      let consumer = try Consumer(kafka, .init(groupID: group))
      defer { try? consumer.close() }
      return try consumer.committed([
        TopicPartition("input", 0), TopicPartition("input", 1), TopicPartition("output", 0),
      ])
    }
    func expect(_ group: String, _ offsets: [Int64?]) throws {
      let found = try committed(group).sorted { $0.key < $1.key }.map(\.value)
      played.expect(found == offsets, "\(group) has committed \(found)")
    }
    let half = Int64(Self.count / 2)
    try expect("transform", [half, half, nil])
    try expect("members", [3, nil, nil])
    for number in 0..<3 {
      try expect("kept.\(number)", [Int64(number + 5), nil, nil])
      try expect("gone.\(number)", [nil, nil, nil])
    }
  }

  /// The committed records of a partition, from the first that is still there.
  private func read(_ partition: TopicPartition) throws -> [(key: String, value: String)] {
    let consumer = try Consumer(kafka)
    defer { try? consumer.close() }
    let start = try consumer.offsets(.earliest, of: [partition])[partition] ?? 0
    let end = try consumer.offsets(.end, of: [partition])[partition] ?? 0
    try consumer.assign([partition: .at(start)])
    let batch = RecordBatch()
    var found: [(key: String, value: String)] = []
    while (try consumer.positions()[partition] ?? nil) ?? start < end {
      try consumer.poll(into: batch, timeout: .milliseconds(20))
      for record in batch.records {
        found.append((Self.text(record.key), Self.text(record.value)))
      }
    }
    batch.clear()
    return found
  }

  private static func text(_ bytes: UnsafeRawBufferPointer?) -> String {
    bytes.map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
