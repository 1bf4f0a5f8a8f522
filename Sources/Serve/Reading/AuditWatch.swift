import Kafka
import Streams

/// What workers have told about their queries, added up. Safe from any thread.
///
/// The audit topic is read from its beginning when it is first asked for, and then followed; unless somebody who reads it anyway
/// feeds it.
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

  fileprivate struct Content {
    var totals: [String: Totals] = [:]
    var isStarted = false
    var isReady = false
    /// Whether somebody else reads the topic and tells of its rows.
    var isFed = false
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
      if content.isFed { return false }
      defer { (content.isStarted, content.failure) = (true, content.isStarted ? content.failure : nil) }
      return !content.isStarted
    }
    if mustStart { start() }
    let found: Totals?? = try content.wait(timeout) { content throws(ServeError) -> Totals?? in
      if content.isReady { return .some(content.totals["\(application)/\(query)"]) }
      guard let failure = content.failure else { return nil }
      if !content.isFed { content.isStarted = false }
      // Without a topic nothing has run yet.
      if failure.code == .unavailable { return .some(nil) }
      throw failure
    }
    guard let found else {
      throw ServeError(.timedOut, "The audit topic \(topic) was not read to its end in time; ask again.")
    }
    return found
  }

  // MARK: Fed by somebody else

  /// From now on the rows come through `take`, and nothing is read here.
  func feed() {
    content.withLock { content in
      if !content.isFed { content = Content() }
      content.isFed = true
    }
  }

  /// The topic is read from its beginning, perhaps once more: what is known so far does not count.
  func begin() { content.withLock { ($0.totals, $0.isReady, $0.failure) = ([:], false, nil) } }

  /// Everything that was there is taken.
  func end() { content.withLock { $0.isReady = true } }

  /// Reading has failed, and begins again.
  func fail(_ error: ServeError) { content.withLock { ($0.isReady, $0.failure) = (false, error) } }

  // MARK: Reading

  private func start() {
    _ = BlockingThread(name: "audit") { () throws in
      do {
        self.begin()
        let decoder = try AuditDecoder(topic: self.topic, schemas: self.schemas)
        try TopicReading(kafka: self.kafka, topics: [self.topic]).run(
          stop: self.stop,
          onEnd: {
            self.whileAlone { $0.isReady = true }
          },
          onRecord: { record, _, headers in
            guard let row = try decoder.row(record, headers) else { return .more }
            return self.whileAlone { $0.add(row) }
          })
      } catch {
        let error = ServeError.wrapping(error)
        _ = self.whileAlone { $0.failure = error }
      }
    }
  }

  /// A change by the reader here, which ends once somebody else reads.
  private func whileAlone(_ change: (inout Content) -> Void) -> TopicReading.Next {
    content.withLock { content in
      guard !content.isFed else { return .done }
      change(&content)
      return .more
    }
  }

  /// The next row of the topic.
  func take(_ row: AuditDecoder.Row) { content.withLock { $0.add(row) } }
}

extension AuditWatch.Content {
  fileprivate mutating func add(_ row: AuditDecoder.Row) {
    let name = "\(row.application)/\(row.query)"
    var totals = totals[name] ?? AuditWatch.Totals()
    totals.commits += 1
    totals.offsets[row.partition] = row.to
    if let time = row.streamTime { totals.streamTimes[row.partition] = time }
    for (name, count) in zip(AuditDecoder.countNames, row.counts) { totals.counts[name, default: 0] += count }
    if let time = row.committedAt {
      totals.lastCommit = max(totals.lastCommit ?? time, time)
      totals.recent.append(.init(time: time, records: row.counts[0]))
      if totals.recent.count > 256 { totals.recent.removeFirst(128) }
    }
    self.totals[name] = totals
  }
}
