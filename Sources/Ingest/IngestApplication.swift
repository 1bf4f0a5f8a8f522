import CrashPoints
import Kafka
import Logging
import Market
import Metrics
import Synchronization
import Venues

/// Brings one source onto `trades.raw`.
///
/// Each transaction holds trades, the lines that were none, and the source's new position, so a killed ingest goes on where
/// it was, with nothing lost and nothing sent twice. `run` blocks: give it a thread of its own.
public final class IngestApplication: Sendable {
  private let configuration: IngestConfiguration
  private let onProgress: @Sendable (IngestProgress) -> Void
  private let stopping = Atomic<Bool>(false)

  /// - Parameter onProgress: called after each commit, on the thread of `run`.
  public init(_ configuration: IngestConfiguration, onProgress: @escaping @Sendable (IngestProgress) -> Void = { _ in }) {
    self.configuration = configuration
    self.onProgress = onProgress
  }

  /// Opens a source and tells its format, without any cluster; fails as `run` would. Standard input is left untouched.
  public static func check(_ source: SourceSpecification) throws(IngestError) {
    guard source.name != "-" else { return }
    do { _ = try TradeFeed(source, now: 0) } catch { throw IngestError(error) }
  }

  /// Ends `run` after the transaction under way. From any thread.
  public func stop() { stopping.store(true, ordering: .relaxed) }

  /// Runs until the source ends or `stop`. Returns what was done; fails with what to do about it.
  public func run() throws(IngestError) -> IngestProgress {
    let run = try IngestRun(configuration, isStopping: { [self] in stopping.load(ordering: .relaxed) })
    return try run.run(onProgress)
  }
}

/// One run: the source, the producer and what is not committed yet. Owned by one thread.
private final class IngestRun {
  private let configuration: IngestConfiguration
  private let isStopping: () -> Bool
  private let feed: TradeFeed
  private var encoder: TradeEncoder
  private let positions: PositionStore
  private var link: ProducerLink
  private var position = SourcePosition()
  private var progress = IngestProgress()
  private var pacer: Pacer
  private let commitTimer = Timer(label: "wick_ingest_commit_seconds")
  /// Read but not known to be committed; sent again when a transaction fails.
  private var trades: [Trade] = []
  private var rejects: [FileSource.Reject] = []
  /// How many of `trades` have been handed to the producer in the open transaction.
  private var sent = 0
  private var ended = false
  /// Why the source could not be read to its end; reported once everything before it is committed.
  private var broken: VenueError?

  init(_ configuration: IngestConfiguration, isStopping: @escaping () -> Bool) throws(IngestError) {
    self.configuration = configuration
    self.isStopping = isStopping
    do { feed = try TradeFeed(configuration.source, now: MonotonicClock.wallMicros()) } catch { throw IngestError(error) }
    let contract = try TradeContract.prepare(configuration)
    encoder = try TradeEncoder(schema: contract.schema, schemaID: contract.id)
    positions = PositionStore(configuration, key: feed.key)
    link = try ProducerLink(configuration, sourceKey: positions.key)
    pacer = Pacer(configuration.pace, startNanos: MonotonicClock.nanos())
  }

  func run(_ onProgress: (IngestProgress) -> Void) throws(IngestError) -> IngestProgress {
    try resume()
    onProgress(progress)
    while !(ended && trades.isEmpty && rejects.isEmpty), !(isStopping() && trades.isEmpty) {
      do throws(KafkaError) {
        try transact()
        link.succeeded()
      } catch {
        try recover(error)
      }
      onProgress(progress)
    }
    link.close()
    if let broken { throw IngestError(broken) }
    return progress
  }

  private func resume() throws(IngestError) {
    // Only after `initialise` are the transactions of a killed run finished, and the position the last one.
    CrashPoint.hit("ingest.resume")
    if !configuration.fromStart, let stored = try positions.load() {
      position = stored
      position.commit = ""
      progress.resumedAfter = stored.trades
      do { try feed.skip(to: stored.line) } catch { throw IngestError(error) }
    }
    CrashPoint.hit("ingest.resume", .after)
    progress.total = position
  }

  private func transact() throws(KafkaError) {
    let deadline = MonotonicClock.nanos() + configuration.commitIntervalNanos
    var permit: CommitPermit?
    if !trades.isEmpty || !rejects.isEmpty { permit = try begin() }
    while trades.count < configuration.maximumBatch, !ended, !isStopping(), MonotonicClock.nanos() < deadline {
      read()
      if permit == nil, !trades.isEmpty || !rejects.isEmpty { permit = try begin() }
      if permit != nil { try sendUnsent() }
    }
    guard let permit else { return }
    try sendUnsent()
    try finish(permit)
  }

  private func begin() throws(KafkaError) -> CommitPermit {
    sent = 0
    CrashPoint.hit("ingest.begin")
    let permit = try link.producer.begin()
    CrashPoint.hit("ingest.begin", .after)
    return permit
  }

  /// Reads a few lines. A source that fails in mid-stream ends there; what was read is kept.
  private func read() {
    let limit = configuration.pace == .unlimited ? 4096 : 64
    do throws(VenueError) {
      ended = !(try feed.read(limit: limit, trades: &trades, rejects: &rejects))
    } catch {
      broken = error
      ended = true
    }
  }

  private func sendUnsent() throws(KafkaError) {
    while sent < trades.count {
      let trade = trades[sent]
      if let symbols = configuration.symbols, !symbols.contains(trade.symbol) {
        sent += 1
        continue
      }
      if let due = pacer.due(eventTime: trade.eventTime) { MonotonicClock.sleep(until: due, orUntil: isStopping) }
      CrashPoint.hit("ingest.send")
      try send(trade)
      CrashPoint.hit("ingest.send", .after)
      sent += 1
    }
  }

  private func send(_ trade: Trade) throws(KafkaError) {
    var symbol = trade.symbol
    let link = self.link
    try encoder.withEncoded(trade) { value throws(KafkaError) in
      try symbol.withUTF8Typed { key throws(KafkaError) in try link.send(key: key, value: value) }
    }
  }

  private func finish(_ permit: consuming CommitPermit) throws(KafkaError) {
    let began = ContinuousClock.now
    var next = SourcePosition(
      line: feed.line, trades: position.trades + Int64(kept()), rejects: position.rejects + Int64(rejects.count))
    next.commit = link.nextCommitID()
    for reject in rejects { try link.send(reject, source: feed.name) }
    CrashPoint.hit("ingest.position")
    try link.send(next, key: positions.key)
    CrashPoint.hit("ingest.position", .after)
    attempted = next
    CrashPoint.hit("ingest.commit")
    try link.producer.commit(permit)
    CrashPoint.hit("ingest.commit", .after)
    let took = began.duration(to: .now)
    commitTimer.record(duration: took)
    committed(next, took: took)
  }

  /// What a commit whose outcome is unknown would have stored. Empty when there is none: what is stored is then of a
  /// transaction that is told already.
  private var attempted = SourcePosition()

  private func kept() -> Int {
    guard let symbols = configuration.symbols else { return trades.count }
    return trades.count { symbols.contains($0.symbol) }
  }

  /// - Parameter took: nil where the commit's outcome was found out later.
  private func committed(_ next: SourcePosition, took: Duration? = nil) {
    tell(next, took)
    progress.trades += next.trades - position.trades
    progress.rejects += next.rejects - position.rejects
    for reject in rejects { progress.rejectsByReason[reject.reason.rawValue, default: 0] += 1 }
    position = next
    attempted = SourcePosition()
    progress.total = next
    (progress.bytesRead, progress.bytesTotal) = feed.progress
    progress.reachedEnd = ended
    progress.truncated = feed.isTruncated
    trades.removeAll(keepingCapacity: true)
    rejects.removeAll(keepingCapacity: true)
    sent = 0
  }

  /// One line a commit.
  private func tell(_ next: SourcePosition, _ took: Duration?) {
    guard configuration.logger.logLevel <= .debug else { return }
    var metadata: Logger.Metadata = [
      "source": "\(feed.name)", "line": .stringConvertible(next.line),
      "records": .stringConvertible(next.trades - position.trades), "rejects": .stringConvertible(rejects.count),
      "commit": "\(next.commit)",
    ]
    if let took { metadata["seconds"] = .stringConvertible(took / .seconds(1)) }
    configuration.logger.debug("committed", metadata: metadata)
  }

  /// Brings the producer back; what was not committed is sent again by the next transaction.
  private func recover(_ error: KafkaError) throws(IngestError) {
    configuration.logger.warning("a transaction failed and is replayed", metadata: ["error": "\(error)"])
    if try link.recover(error) == .aborted { return }
    // The outcome of the commit may have been lost on the way: the stored position tells.
    if let stored = try positions.load(), !stored.commit.isEmpty, stored.commit == attempted.commit { committed(stored) }
  }
}

extension String {
  /// `withUTF8` with a typed error.
  fileprivate mutating func withUTF8Typed<E: Error>(_ body: (UnsafeBufferPointer<UInt8>) throws(E) -> Void) throws(E) {
    var result: Result<Void, E> = .success(())
    withUTF8 { utf8 in
      do throws(E) { try body(utf8) } catch { result = .failure(error) }
    }
    try result.get()
  }
}
