import Contracts
import Kafka
import Logging
import SQL

/// Runs persistent queries on Kafka, exactly once.
///
/// Each worker thread reads its share of the sources' partitions and commits, in one Kafka transaction: candles, late and
/// invalid records, audit rows, changed state and offsets. Whoever reads with read_committed sees all of a commit or nothing.
///
/// ```swift
/// let application = try StreamsApplication(configuration, plans: program.queries, schemas: RegistrySchemaStore(client))
/// let stop = StopHandle()
/// let summary = try application.run(stop: stop) { print($0.consumed) }
/// ```
public struct StreamsApplication: Sendable {
  public var configuration: StreamsConfiguration
  public let plans: [QueryPlan]
  let topology: Topology
  let store: any SchemaStore
  var interceptor: Interceptor?

  /// - Throws: `badInput` when there is nothing to run, or two queries contradict each other.
  public init(_ configuration: StreamsConfiguration, plans: [QueryPlan], schemas: any SchemaStore) throws(StreamsError) {
    self.configuration = configuration
    self.plans = plans
    store = schemas
    guard !plans.isEmpty else {
      throw StreamsError(.badInput, "There is no persistent query to run", advice: "Name files with CREATE … AS SELECT")
    }
    var ids: Set<String> = []
    for plan in plans {
      try Self.refuseUnsupported(plan)
      guard ids.insert(plan.id).inserted else {
        throw StreamsError(.badInput, "Two queries are named \(plan.id)", advice: "Give their sinks different names")
      }
    }
    topology = try Topology(plans, application: configuration.application)
    try topology.tryOut()
    guard configuration.workers > 0 else { throw StreamsError(.badInput, "At least one worker is needed") }
  }

  /// Runs until `stop` is called, the bounded input has ended, or an error ends it. Blocks the calling thread; the work is
  /// done on threads of its own. At the end everything processed is committed.
  ///
  /// - Parameters:
  ///   - stop: call its `stop()` from any thread to finish the commit and leave cleanly.
  ///   - progressInterval: how often `onProgress` is called, on the calling thread.
  ///   - onProgress: what has been committed so far.
  /// - Returns: what was committed by this run.
  /// - Throws: `StreamsError`, after all workers have ended.
  public func run(
    stop: StopHandle = StopHandle(), progressInterval: Duration = .milliseconds(500),
    onProgress: (StreamsProgress) -> Void = { _ in }
  ) throws -> StreamsProgress {
    do {
      // A handle of its own: when one worker fails the others must end, but the caller's handle says what the caller wants.
      let ending = StopHandle()
      let context = try prepare(ending, asked: stop)
      let workers = (0..<configuration.workers).map { number in
        BlockingThread(name: "streams-\(number)", stackSize: 4 << 20) { () throws -> Bool in
          defer { context.ended.withLock { $0 += 1 } }
          do {
            try Self.work(context.run, number)
            return true
          } catch {
            ending.stop()
            throw error
          }
        }
      }
      var nextReport = ContinuousClock.now + progressInterval
      while context.ended.wait(.milliseconds(20), until: { $0 == workers.count ? true : nil }) == nil {
        if stop.isStopped { ending.stop() }
        if ContinuousClock.now >= nextReport {
          nextReport = ContinuousClock.now + progressInterval
          onProgress(context.run.board.snapshot)
        }
      }
      for worker in workers { _ = try worker.join() }
      let summary = context.run.board.snapshot
      onProgress(summary)
      return summary
    } catch {
      throw StreamsError.wrapping(error)
    }
  }

  /// One worker's life. Fenced, it joins again as a new one, since a transaction that timed out looks the same as one taken
  /// over; but not for ever, since two instances of one name would fence each other in turn.
  private static func work(_ context: RunContext, _ number: Int) throws {
    var fences = 0
    var lastFence = ContinuousClock.now
    while true {
      let worker = try Worker(context, number: number)
      let stop = try worker.run()
      guard let stop else { return }
      fences = lastFence.duration(to: .now) > context.configuration.transactionTimeout ? 1 : fences + 1
      lastFence = .now
      switch stop {
      case .fenced where fences <= context.configuration.failureLimit && !context.stop.isStopped:
        context.configuration.logger.warning(
          "a worker was fenced and joins again as a new one", metadata: ["worker": .stringConvertible(number)])
        Blocking.pause(milliseconds: 50 << min(fences, 5))
      case .fenced:
        throw StreamsError(
          .fenced, "Another instance runs as \(context.transactionalID(worker: number))",
          advice: "Give each running instance a name of its own")
      case .fatal, .exhausted:
        throw worker.lastError.map { StreamsError.wrapping($0) }
          ?? StreamsError(.fatal, "Worker \(number) could not go on (\(stop.rawValue))")
      }
    }
  }
}
