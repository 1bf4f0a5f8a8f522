import Kafka
import Streams

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
        let decoder = try AuditDecoder(topic: self.topic, schemas: self.schemas)
        try TopicReading(kafka: self.kafka, topics: [self.topic]).run(
          stop: self.stop,
          onEnd: {
            self.content.withLock { $0.isReady = true }
            return .more
          },
          onRecord: { record, _, headers in
            if let row = try decoder.row(record, headers) { self.take(row) }
            return .more
          })
      } catch {
        self.content.withLock { $0.failure = ServeError.wrapping(error) }
      }
    }
  }

  private func take(_ row: AuditDecoder.Row) {
    content.withLock { content in
      let name = "\(row.application)/\(row.query)"
      var totals = content.totals[name] ?? Totals()
      totals.commits += 1
      totals.offsets[row.partition] = row.to
      if let time = row.streamTime { totals.streamTimes[row.partition] = time }
      for (name, count) in zip(AuditDecoder.countNames, row.counts) { totals.counts[name, default: 0] += count }
      if let time = row.committedAt {
        totals.lastCommit = max(totals.lastCommit ?? time, time)
        totals.recent.append(.init(time: time, records: row.counts[0]))
        if totals.recent.count > 256 { totals.recent.removeFirst(128) }
      }
      content.totals[name] = totals
    }
  }
}
