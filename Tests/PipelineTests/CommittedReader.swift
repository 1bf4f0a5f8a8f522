import Foundation
import Kafka
import Synchronization
import Testing

/// A read_committed reader beside a pipeline under fire. It must never see what is later gone, twice, or other than it was.
///
/// Reads on a thread of its own, through restarts of the broker, until `finish`.
final class CommittedReader {
  private struct Place: Hashable {
    let topic: String
    let partition: Int32
    let offset: Int64
  }

  /// What was seen.
  private struct Seen {
    var records: [Place: [UInt8]] = [:]
    var places: [[UInt8]: [Place]] = [:]
    var next: [TopicPartition: Int64] = [:]
    var objections: [String] = []
  }

  private final class Flag: Sendable {
    private let state = Mutex(false)
    var isSet: Bool { state.withLock { $0 } }
    func set() { state.withLock { $0 = true } }
  }

  private let kafka: KafkaConfiguration
  private let candleTopics: [String]
  private let application: String
  private let ending = Flag()
  private let thread: BlockingThread<Seen>

  /// - Parameters:
  ///   - queries: names of candle queries whose topics are read.
  ///   - times: is told of each commit with candles.
  init(_ scene: Scene, queries: [String], times: RecoveryTimes? = nil) throws {
    var kafka = scene.kafka
    kafka.settings["fetch.wait.max.ms"] = "20"
    kafka.settings["reconnect.backoff.max.ms"] = "100"
    self.kafka = kafka
    candleTopics = queries.map { "candles.\(scene.interval($0))" }
    application = "\(scene.mark)wick"
    let loop = Loop(kafka, candleTopics + [scene.auditTopic], candleTopics, application, ending: ending, times: times)
    thread = BlockingThread(name: "reader") { try loop.run() }
  }

  /// Reads what is left, and compares what was seen with what a new reader finds.
  func finish(_ location: SourceLocation = #_sourceLocation) throws {
    ending.set()
    let seen = try thread.join()
    let again = try Loop(kafka, candleTopics, candleTopics, application, ending: ending, times: nil).run()
    for objection in seen.objections { Issue.record("\(objection)", sourceLocation: location) }
    for (_, places) in again.places where places.count > 1 {
      Issue.record("a candle is in its topic \(places.count) times: \(places)", sourceLocation: location)
    }
    let gone = seen.records.filter { again.records[$0.key] != $0.value }.keys
    let missed = again.records.keys.filter { seen.records[$0] == nil }
    #expect(gone.isEmpty, "read as committed, later gone or changed: \(gone.prefix(5))", sourceLocation: location)
    #expect(missed.isEmpty, "committed, but passed over: \(missed.prefix(5))", sourceLocation: location)
    #expect(!seen.records.isEmpty, "the reader has seen nothing", sourceLocation: location)
  }

  /// The reader's thread.
  private final class Loop: @unchecked Sendable {
    private let kafka: KafkaConfiguration
    private let topics: [String]
    private let candleTopics: Set<String>
    private let application: String
    private let ending: Flag
    private let times: RecoveryTimes?
    private var seen = Seen()

    init(
      _ kafka: KafkaConfiguration, _ topics: [String], _ candleTopics: [String], _ application: String, ending: Flag,
      times: RecoveryTimes?
    ) {
      self.kafka = kafka
      self.topics = topics
      self.candleTopics = Set(candleTopics)
      self.application = application
      self.ending = ending
      self.times = times
    }

    func run() throws -> Seen {
      while true {
        do {
          if try read() { return seen }
        } catch let error as KafkaError {
          // The broker is gone for a moment.
          guard error.recovery != .badInput, error.recovery != .fatal else { throw error }
          Blocking.pause(milliseconds: 20)
        }
      }
    }

    /// Reads with one consumer until it fails or everything has been read. False to look for the topics again.
    private func read() throws -> Bool {
      let admin = try Admin(kafka, timeout: .seconds(2))
      defer { admin.close() }
      let partitions = try topics.compactMap { try admin.partitions(of: $0) }
      guard partitions.count == topics.count else {
        if ending.isSet { throw Scene.Broken(description: "not all of \(topics) exist") }
        Blocking.pause(milliseconds: 50)
        return false
      }
      let consumer = try Consumer(kafka)
      let batch = RecordBatch()
      defer {
        batch.clear()
        do { try consumer.close() } catch { print("closing a reader failed: \(error)") }
      }
      let all = partitions.flatMap { $0 }
      try consumer.assign(Dictionary(uniqueKeysWithValues: all.map { ($0, StartOffset.at(seen.next[$0] ?? 0)) }))
      while !ending.isSet { try poll(consumer, batch) }
      // Markers are written after the commits that they belong to are answered.
      let ends = try consumer.settledEnds(of: all, kafka, patience: .seconds(30))
      while true {
        let positions = try consumer.positions()
        if all.allSatisfy({ (positions[$0] ?? nil) ?? 0 >= ends[$0] ?? 0 }) { return true }
        try poll(consumer, batch)
      }
    }

    private func poll(_ consumer: Consumer, _ batch: RecordBatch) throws {
      try consumer.poll(into: batch, timeout: .milliseconds(50))
      for record in batch.records { take(record, consumer.topics[Int(record.topic)]) }
    }

    private func take(_ record: RecordView, _ topic: String) {
      let partition = TopicPartition(topic, record.partition)
      let expected = seen.next[partition] ?? 0
      if record.offset < expected { seen.objections.append("\(partition) went back from \(expected) to \(record.offset)") }
      seen.next[partition] = record.offset + 1
      guard candleTopics.contains(topic) else { return note(record) }
      let place = Place(topic: topic, partition: record.partition, offset: record.offset)
      let key = Array(topic.utf8) + (record.key.map { Array($0) } ?? [])
      seen.records[place] = key + (record.value.map { Array($0) } ?? [])
      seen.places[key, default: []].append(place)
      if seen.places[key]?.count == 2 { seen.objections.append("a candle was committed twice: \(seen.places[key] ?? [])") }
    }

    private func note(_ audit: RecordView) {
      guard let times, let row = audit.value.flatMap(AuditBytes.init), row.application == application, row.emitted > 0 else {
        return
      }
      times.committed(written: Date(timeIntervalSince1970: Double(audit.timestamp) / 1000))
    }
  }
}

/// The first fields of an audit row, taken from the bytes as contracts/wick.audit-value/1.avsc lays them out.
struct AuditBytes {
  let application: String
  let emitted: Int64

  init?(_ value: UnsafeRawBufferPointer) {
    // Magic byte and schema id.
    var rest = value.dropFirst(5)
    func number() -> Int64? {
      var raw: UInt64 = 0
      var shift: UInt64 = 0
      while let byte = rest.popFirst() {
        raw |= UInt64(byte & 0x7f) << shift
        if byte & 0x80 == 0 { return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1) }
        shift += 7
      }
      return nil
    }
    func text() -> String? {
      guard let count = number(), count >= 0, count <= Int64(rest.count) else { return nil }
      defer { rest = rest.dropFirst(Int(count)) }
      return String(decoding: rest.prefix(Int(count)), as: UTF8.self)
    }
    guard let application = text(), text() != nil, text() != nil else { return nil }
    // Partition, two offsets, consumed and the nine ways a record can go.
    for _ in 0..<13 where number() == nil { return nil }
    guard let emitted = number() else { return nil }
    self.application = application
    self.emitted = emitted
  }
}
