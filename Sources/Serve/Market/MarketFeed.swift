import Formats
import Foundation
import Kafka
import Logging
import MarketAPI
import SQL
import Synchronization

/// Keeps the market's state up to date: a thread per topic that is shown, and one that looks after queries and lags.
///
/// It reads what is committed from the beginning of what a topic still holds, and begins anew where reading fails: what it has
/// taken already is taken once.
final class MarketFeed: Sendable {
  let state: MarketState
  let service: QueryService
  private let stop = StopHandle()
  private let isStarted = Mutex(false)
  private let begun = Mutex<Set<String>>([])
  private let positions = Mutex<[TopicPartition: Int64]>([:])
  private let served = ServedMeters()

  init(_ state: MarketState, service: QueryService) {
    self.state = state
    self.service = service
  }

  var kafka: KafkaConfiguration { service.configuration.kafka }

  /// Begins to read. Without effect the second time.
  func start() {
    let wasStarted = isStarted.withLock { isStarted in
      defer { isStarted = true }
      return isStarted
    }
    if wasStarted { return }
    service.audit.feed()
    state.wait(for: "kafka", because: "Kafka has not answered yet.")
    readTopics()
    _ = BlockingThread(name: "market") { () throws in MarketSampler(feed: self).run(stop: self.stop) }
  }

  func close() { stop.stop() }

  /// Begins to read what the queries of now write and is not read yet.
  func readTopics() {
    let control = service.control.state
    var late: [String: [SourcePlan]] = [:]
    var trades: [String: TradeSource] = [:]
    for query in control.queries {
      let plan = query.plan
      if let table = control.session.catalog.sources[plan.sink.name], let source = CandleSource(plan, table) {
        served.begin(source.interval)
        begin(plan.sink.topic) { try self.candles(source) }
        var preview = trades[plan.source.name] ?? TradeSource(plan.source)
        preview?.add(plan, source)
        trades[plan.source.name] = preview
      }
      if plan.aggregation != nil { late[plan.sink.lateTopic, default: []].append(plan.source) }
      late[plan.source.invalidTopic, default: []].append(plan.source)
    }
    for (topic, sources) in late {
      var distinct: [SourcePlan] = []
      for source in sources where !distinct.contains(source) { distinct.append(source) }
      begin(topic, isNeeded: false) { [distinct] in try self.rejects(topic, distinct) }
    }
    for source in trades.values where !source.intervals.isEmpty && service.configuration.previewTrades > 0 {
      begin(source.source.topic, isNeeded: false) { try self.trades(source) }
    }
    begin(service.configuration.auditTopic, isNeeded: false) { try self.audit() }
  }

  /// Topics that are read.
  var topics: [String] { begun.withLock { $0.sorted() } }

  /// The next offsets of what was read.
  var nextOffsets: [TopicPartition: Int64] { positions.withLock { $0 } }

  private func begin(_ topic: String, isNeeded: Bool = true, _ read: @escaping @Sendable () throws -> Void) {
    let isNew = begun.withLock { $0.insert(topic).inserted }
    guard isNew else { return }
    if isNeeded { state.wait(for: topic, because: "The topic \(topic) is not read to its end yet.") }
    _ = BlockingThread(name: "market-topic", stackSize: 4 << 20) { () throws in
      while !self.stop.isStopped {
        do { try read() } catch {
          let error = ServeError.wrapping(error)
          if isNeeded { self.state.wait(for: topic, because: error.message) }
          // A topic comes into being with the first worker; that is no news.
          if error.code != .unavailable {
            self.service.configuration.logger.warning(
              "a topic cannot be read", metadata: ["topic": "\(topic)", "error": "\(error)"])
          }
        }
        self.stop.pause(milliseconds: 500)
      }
    }
  }

  // MARK: One topic each

  private func read(
    _ topic: String, tail: Int64? = nil, onEnd: @escaping () -> Void = {}, onPause: @escaping () -> Void,
    _ onRecord: @escaping (RecordView, () -> [RecordHeader], Int64?) throws -> Void
  ) throws {
    var reading = TopicReading(kafka: kafka, topics: [topic])
    reading.tail = tail
    reading.onPositions = { next in self.positions.withLock { $0.merge(next) { $1 } } }
    let now = service.configuration.now
    var hasEnded = false
    try reading.run(
      stop: stop,
      onEnd: {
        onPause()
        onEnd()
        hasEnded = true
        self.served.follow(topic)
        self.state.wait(for: topic, because: nil)
        return .more
      },
      onPause: {
        onPause()
        return .more
      },
      onRecord: { record, _, headers in
        do { try onRecord(record, headers, hasEnded ? now() : nil) } catch let error as FormatError {
          // A record that is not of its topic is on the topic of invalid ones, where a worker has read it.
          if error.code == .unavailable { throw error }
        }
        return .more
      })
  }

  private func candles(_ source: CandleSource) throws {
    let decoder = try SourceDecoder(source.table, schemas: service.schemas)
    var pending: [(NamedCandle, timestamp: Int64, now: Int64?)] = []
    try read(
      source.table.topic,
      onPause: {
        guard !pending.isEmpty else { return }
        self.state.change { board in
          for (one, _, now) in pending { board.put(one.candle, to: one.series, now: now) }
        }
        let now = self.service.configuration.now()
        for (one, timestamp, _) in pending {
          let (candle, topic) = (one.candle, source.table.topic)
          if source.isClosed {
            self.served.record(candle.end - 1, one.series, closing: candle.start, from: topic, now: now)
          } else {
            self.served.record(timestamp, one.series, from: topic, now: now)
          }
        }
        pending.removeAll(keepingCapacity: true)
      }
    ) { record, headers, now in
      let row = try decoder.row(record, headers: headers)
      if !row.isDeletion, let candle = source.candle(row.values) { pending.append((candle, record.timestamp, now)) }
    }
  }

  private func rejects(_ topic: String, _ sources: [SourcePlan]) throws {
    let reader = try RejectReader(sources, schemas: service.schemas)
    try read(topic, onPause: {}) { record, headers, now in
      let headers = headers()
      // A record that still counted in another window is not lost.
      guard !headers.contains(where: { $0.name == "wick.partial" }) else { return }
      let trade = reader.trade(record, headers)
      let place = RecordPlace(topic: topic, partition: record.partition, offset: record.offset)
      self.state.change { $0.add(trade, from: place, now: now) }
    }
  }

  /// What the newest trades make of the windows that are still open.
  private func trades(_ source: TradeSource) throws {
    let decoder = try SourceDecoder(source.source, schemas: service.schemas)
    // By partition, since the first trade that is read of each says from when on nothing is missing.
    var windows: [Int32: FormingWindows] = [:]
    try read(
      source.source.topic, tail: service.configuration.previewTrades,
      onPause: {
        let changes = windows.keys.sorted().flatMap { windows[$0]?.takeChanges() ?? [] }
        guard !changes.isEmpty else { return }
        self.state.change { board in
          for one in changes { board.put(one.candle, to: one.series) }
        }
        let now = self.service.configuration.now()
        for one in windows.values {
          for (series, time) in one.newest(of: changes) {
            self.served.record(time, series, from: source.source.topic, now: now)
          }
        }
      }
    ) { record, headers, _ in
      guard let trade = source.trade(try decoder.row(record, headers: headers)) else { return }
      let complete = record.offset == 0 ? .min : trade.time
      windows[record.partition, default: FormingWindows(intervals: source.intervals, completeFrom: complete)].add(trade)
    }
  }

  /// The audit, for `/v1` and for whoever asks about a query: the topic is read once for both.
  private func audit() throws {
    let (configuration, watch) = (service.configuration, service.audit)
    watch.begin()
    do {
      let decoder = try AuditDecoder(topic: configuration.auditTopic, schemas: service.schemas)
      try read(configuration.auditTopic, onEnd: watch.end, onPause: {}) { record, headers, now in
        guard let row = try decoder.row(record, headers) else { return }
        watch.take(row)
        guard let entry = row.entry(of: configuration.application, timestamp: record.timestamp) else { return }
        let place = RecordPlace(topic: configuration.auditTopic, partition: record.partition, offset: record.offset)
        self.state.change { $0.add(entry, from: place, now: now) }
      }
    } catch {
      watch.fail(ServeError.wrapping(error))
      throw error
    }
  }
}
