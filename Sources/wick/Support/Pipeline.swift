import Contracts
import Foundation
import Ingest
import Kafka
import Lake
import Lineage
import Logging
import Streams
import Synchronization

/// Ingest, queries and sink in one process, each on threads of its own, with Kafka between them as on a cluster.
final class Pipeline: Sendable {
  private let connection: Connection
  private let queries: Queries
  private let ingest: IngestConfiguration
  private let streams: StreamsConfiguration
  private let lake: String
  private let metrics: MetricsService?
  private let lineage: LineageService?
  private let board = Mutex(Board())

  private struct Board {
    var ingest = IngestProgress()
    var streams = StreamsProgress()
    var sink = SinkSummary()
  }

  init(
    connection: Connection, queries: Queries, ingest: IngestConfiguration, streams: StreamsConfiguration, lake: String,
    metrics: MetricsService?, lineage: LineageService? = nil
  ) {
    self.connection = connection
    self.queries = queries
    var ingest = ingest
    ingest.kafka = metrics?.observing(ingest.kafka) ?? ingest.kafka
    self.ingest = ingest
    self.metrics = metrics
    self.lineage = lineage
    var streams = streams
    // The ingest beside it creates the source topic in a moment.
    if streams.logger.logLevel == .notice { streams.logger.logLevel = .warning }
    streams.kafka = metrics?.observing(streams.kafka) ?? streams.kafka
    self.streams = streams
    self.lake = lake
    metrics?.showLake(lake)
  }

  /// Runs until the source has ended, or an interrupt; then brings everything to rest and prints the summary.
  ///
  /// - Parameter verifies: whether the books are checked at the end, which reads everything once more.
  func run(_ interrupts: Interrupts, staysUp: Bool, verifies: Bool) throws {
    try registerContracts()
    Terminal.say("lake      \(URL(fileURLWithPath: lake).standardizedFileURL.path)")
    try LineageService.telling(lineage, jobs) {
      try live(interrupts)
      if !interrupts.isAsked { try settle(interrupts) }
    }
    if !interrupts.isAsked {
      try summary(verifies: verifies)
      if staysUp {
        Terminal.say("the source has ended; broker and registry stay up until interrupted")
        interrupts.wait()
      }
    } else {
      Terminal.say("stopped; start again to go on")
    }
  }

  private func jobs() -> [LineageJob] {
    [.ingest(ingest)] + LineageJob.queries(queries, streams) + LineageJob.sinks(sinkConfiguration())
  }

  private func registerContracts() throws {
    let client = try SchemaRegistryClient(urls: connection.registry)
    _ = try SchemaRegistration.register(try ContractFolder.read(connection.contracts), in: client)
  }

  /// Everything at once, until the source has ended or one of them fails.
  private func live(_ interrupts: Interrupts) throws {
    let application = IngestApplication(ingest) { progress in
      self.board.withLock { $0.ingest = progress }
      self.metrics?.show(progress)
    }
    let stopStreams = StopHandle()
    let stopSink = StopHandle()
    interrupts.onInterrupt { application.stop() }
    let ingesting = Stage("ingest") { _ = try application.run() }
    let streaming = Stage("queries") { try self.runStreams(untilEnd: false, stopStreams) }
    let sinking = Stage("sink") { try self.runSink(untilEnd: false, stopSink) }
    while !ingesting.isDone, !streaming.hasFailed, !sinking.hasFailed {
      showStatus()
      Blocking.pause(milliseconds: 100)
    }
    application.stop()
    stopStreams.stop()
    stopSink.stop()
    let outcomes = [ingesting, streaming, sinking].map { stage in Result { try stage.join() } }
    for outcome in outcomes { try outcome.get() }
  }

  /// Reads what is left, closes every window, and carries all of it into the tables.
  private func settle(_ interrupts: Interrupts) throws {
    let stopStreams = StopHandle()
    let stopSink = StopHandle()
    interrupts.onInterrupt {
      stopStreams.stop()
      stopSink.stop()
    }
    try Stage("queries") { try self.runStreams(untilEnd: true, stopStreams) }.join()
    try Stage("sink") { try self.runSink(untilEnd: true, stopSink) }.join()
  }

  private func runStreams(untilEnd: Bool, _ stop: StopHandle) throws {
    var configuration = streams
    configuration.untilEnd = untilEnd
    configuration.final = untilEnd
    let registry = try SchemaRegistryClient(urls: connection.registry)
    let application = try StreamsApplication(configuration, plans: queries.plans, schemas: RegistrySchemaStore(registry))
    let before = board.withLock { $0.streams }
    let outcome = try application.run(stop: stop) { progress in
      self.board.withLock { $0.streams = before + progress }
      self.metrics?.show(before + progress)
    }
    board.withLock { $0.streams = before + outcome }
  }

  private func runSink(untilEnd: Bool, _ stop: StopHandle) throws {
    var configuration = sinkConfiguration()
    configuration.untilEnd = untilEnd
    configuration.maintenance = (.init(), .seconds(3600))
    _ = try SinkApplication(configuration).run(stop: stop) { summary in
      self.board.withLock { $0.sink = summary }
      self.metrics?.show(summary, lake: self.lake)
    }
  }

  private func sinkConfiguration() -> SinkConfiguration {
    let kafka = KafkaConfiguration(bootstrap: connection.bootstrap, clientID: "wick-sink")
    return SinkConfiguration(
      kafka: metrics?.observing(kafka) ?? kafka, registry: connection.registry, lake: lake, mappings: queries.mappings,
      commitInterval: .seconds(1))
  }

  private func showStatus() {
    let (ingest, streams, sink) = board.withLock { ($0.ingest, $0.streams, $0.sink) }
    let bar = ingest.bytesTotal.map { $0 > 0 ? Terminal.bar(Double(ingest.bytesRead) / Double($0), width: 16) + " " : "" } ?? ""
    Terminal.status(
      bar
        + "\(Terminal.grouped(ingest.trades)) trades · \(Terminal.grouped(streams.emitted)) candles · \(Terminal.grouped(streams.late)) late · "
        + "\(Terminal.grouped(streams.duplicate)) duplicates · \(Terminal.grouped(ingest.rejects + streams.invalid)) invalid · "
        + "\(Terminal.grouped(sink.rows.values.reduce(0, +))) rows in the lake")
  }

  private func summary(verifies: Bool) throws {
    let (ingest, streams) = board.withLock { ($0.ingest, $0.streams) }
    let tables = try LakeTables(LakeStore(folder: lake)).tables()
    UpSummary(ingest: ingest, streams: streams, tables: tables, lake: URL(fileURLWithPath: lake).standardizedFileURL.path).show(
      source: self.ingest.source.name)
    guard verifies else { return }
    Terminal.status("checking the books")
    let report = try VerifyReporting.run(connection, queries, lake: lake, auditTopic: self.streams.auditTopic)
    Terminal.endStatus()
    try VerifyReporting.conclude(report)
  }
}

/// One part of the pipeline on a thread of its own. Safe from any thread.
private final class Stage: Sendable {
  private enum State { case running, done, failed }

  private let state = Mutex(State.running)
  private let outcome = Mutex<BlockingThread<Void>?>(nil)

  init(_ name: String, _ body: @escaping @Sendable () throws -> Void) {
    let thread = BlockingThread(name: name, stackSize: 4 << 20) { [self] in
      do {
        try body()
        state.withLock { $0 = .done }
      } catch {
        state.withLock { $0 = .failed }
        throw error
      }
    }
    outcome.withLock { $0 = thread }
  }

  var isDone: Bool { state.withLock { $0 != .running } }
  var hasFailed: Bool { state.withLock { $0 == .failed } }

  func join() throws { try outcome.withLock { $0 }?.join() }
}
