import Kafka
import SQL
import Streams
import Values

/// What workers have told about their queries, added up. Safe from any thread.
///
/// The audit topic is read from its beginning when it is first asked for, and then followed.
final class AuditWatch: Sendable {
  /// One query of one application.
  struct Totals: Hashable, Sendable {
    /// By the name of the audit's column: consumed, aggregated, filtered, late, …
    var counts: [String: Int64] = [:]
    var commits: Int64 = 0
    /// By source partition: stream time, microseconds.
    var streamTimes: [TopicPartition: Int64] = [:]
    /// By source partition: the next offset after the last that was committed.
    var offsets: [TopicPartition: Int64] = [:]
    /// Microseconds since the epoch.
    var lastCommit: Int64?
    /// Records of the last commits, for a rate: time in microseconds, and how many.
    var recent: [Recent] = []

    struct Recent: Hashable, Sendable {
      var time: Int64
      var records: Int64
    }
  }

  private struct Content {
    var totals: [String: Totals] = [:]
    var isStarted = false
    var isReady = false
    var failure: ServeError?
  }

  private let kafka: KafkaConfiguration
  private let topic: String
  private let schemas: SchemaAccess
  private let stop = StopHandle()
  private let content = Monitor(Content())

  init(_ kafka: KafkaConfiguration, topic: String, schemas: SchemaAccess) {
    self.kafka = kafka
    self.topic = topic
    self.schemas = schemas
  }

  func close() { stop.stop() }

  /// The totals of a query; nil where no worker has told of it. Blocks until the topic is read.
  func totals(application: String, query: String, timeout: Duration) throws(ServeError) -> Totals? {
    let mustStart = content.withLock { content in
      defer { (content.isStarted, content.failure) = (true, content.isStarted ? content.failure : nil) }
      return !content.isStarted
    }
    if mustStart { start() }
    let found: Totals?? = try content.wait(timeout) { content throws(ServeError) -> Totals?? in
      if content.isReady { return .some(content.totals["\(application)/\(query)"]) }
      guard let failure = content.failure else { return nil }
      content.isStarted = false
      // Without a topic nothing has run yet.
      if failure.code == .unavailable { return .some(nil) }
      throw failure
    }
    guard let found else {
      throw ServeError(.timedOut, "The audit topic \(topic) was not read to its end in time; ask again.")
    }
    return found
  }

  private func start() {
    _ = BlockingThread(name: "audit") { () throws in
      do {
        let decoder = try SourceDecoder(Self.source(self.topic), schemas: self.schemas)
        try TopicReading(kafka: self.kafka, topics: [self.topic]).run(
          stop: self.stop,
          onEnd: {
            self.content.withLock { $0.isReady = true }
            return .more
          },
          onRecord: { record, _, headers in
            if let row = try decoder.rowIfValid(record, headers: headers) { self.take(row.values) }
            return .more
          })
      } catch {
        self.content.withLock { $0.failure = ServeError.wrapping(error) }
      }
    }
  }

  // MARK: Rows

  static let countNames = [
    "consumed", "aggregated", "filtered", "late", "duplicate", "null_key", "bad_time", "future", "undecodable", "overflow",
    "emitted",
  ]

  /// The audit's contract as a stream.
  private static func source(_ topic: String) -> SourcePlan {
    var columns = [
      Field(name: "app", type: .string), Field(name: "query", type: .string), Field(name: "topic", type: .string),
      Field(name: "partition", type: .integer), Field(name: "to_offset", type: .bigint),
      Field(name: "stream_time", type: .timestamp), Field(name: "committed_at", type: .timestamp),
    ]
    columns += countNames.map { Field(name: $0, type: .bigint) }
    return SourcePlan(
      name: "AUDIT", topic: topic, keyFormat: .none, valueFormat: .avro, columns: columns, timestampColumn: nil,
      deduplicateBy: [], deduplicateWithin: 0, maxFutureSkew: nil, idleClose: nil, invalidTopic: "", partitions: nil)
  }

  private func take(_ values: [Value]) {
    guard case .string(let app) = values[0], case .string(let query) = values[1], case .string(let topic) = values[2],
      case .integer(let number) = values[3], case .bigint(let offset) = values[4]
    else { return }
    let partition = TopicPartition(topic, number)
    content.withLock { content in
      var totals = content.totals["\(app)/\(query)"] ?? Totals()
      totals.commits += 1
      totals.offsets[partition] = offset
      if case .timestamp(let time) = values[5] { totals.streamTimes[partition] = time }
      for (name, value) in zip(Self.countNames, values[7...]) {
        if case .bigint(let count) = value { totals.counts[name, default: 0] += count }
      }
      if case .timestamp(let time) = values[6] {
        totals.lastCommit = max(totals.lastCommit ?? time, time)
        if case .bigint(let consumed) = values[7] { totals.recent.append(.init(time: time, records: consumed)) }
        if totals.recent.count > 256 { totals.recent.removeFirst(128) }
      }
      content.totals["\(app)/\(query)"] = totals
    }
  }
}
