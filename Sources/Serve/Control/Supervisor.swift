import Kafka
import Logging
import SQL
import Streams
import Synchronization

/// Runs the queries of the files and those of the control topic, and obeys TERMINATE, PAUSE and RESUME.
///
/// The queries of the files run together, as one application. Each query of the prompt is an application of its own, with its
/// own group and state, so that it can end, pause and go on without the others. A change stops what it concerns after its
/// commit, and starts it again as it is wanted then; what is committed stays where it is.
public struct Supervisor: Sendable {
  private let configuration: StreamsConfiguration
  private let log: ControlLog
  private let schemas: any SchemaStore

  /// - Parameter log: opened; with the application's files as its initial state.
  public init(_ configuration: StreamsConfiguration, log: ControlLog, schemas: any SchemaStore) {
    self.configuration = configuration
    self.log = log
    self.schemas = schemas
  }

  /// Runs until `stop`, or until the queries of the files fail. Blocks.
  ///
  /// - Parameter onProgress: of the queries of the files; called on a thread of its own.
  /// - Returns: what was committed by the queries of the files since they were started last.
  public func run(
    stop: StopHandle, onProgress: @escaping @Sendable (StreamsProgress) -> Void = { _ in }
  ) throws -> StreamsProgress {
    var units: [String: RunningApplication] = [:]
    var position: Int64 = -1
    var last = StreamsProgress()
    defer { for unit in units.values { unit.stop.stop() } }
    while !stop.isStopped {
      if let next = log.next(after: position, milliseconds: 100) {
        position = next.position
        let finished = try adapt(&units, to: Self.wanted(next.state, configuration.application), onProgress)
        last = finished ?? last
      }
      // A query of the prompt that fails ends alone: its group is empty then, and nobody says that it runs.
      if let main = units[configuration.application], main.isDone { return try main.join() }
    }
    for unit in units.values { unit.stop.stop() }
    for (name, unit) in units {
      let progress = try unit.join()
      if name == configuration.application { last = progress }
    }
    units = [:]
    return last
  }

  /// By application: what it is to run.
  static func wanted(_ state: ControlState, _ application: String) -> [String: [QueryPlan]] {
    var wanted: [String: [QueryPlan]] = [:]
    for query in state.queries where !query.isPaused {
      wanted[query.application(of: application), default: []].append(query.plan)
    }
    return wanted
  }

  /// - Returns: what the queries of the files had done, where they were stopped.
  private func adapt(
    _ units: inout [String: RunningApplication], to wanted: [String: [QueryPlan]],
    _ onProgress: @escaping @Sendable (StreamsProgress) -> Void
  ) throws -> StreamsProgress? {
    var finished: StreamsProgress?
    let outdated = units.filter { wanted[$0.key] != $0.value.plans }
    for unit in outdated.values { unit.stop.stop() }
    for (name, unit) in outdated {
      units[name] = nil
      do {
        let progress = try unit.join()
        if name == configuration.application { finished = progress }
      } catch  where name != configuration.application {
        configuration.logger.error("an application had failed", metadata: ["application": "\(name)", "error": "\(error)"])
      }
    }
    for (name, plans) in wanted where units[name] == nil {
      let quiet: @Sendable (StreamsProgress) -> Void = { _ in }
      units[name] = try start(name, plans, name == configuration.application ? onProgress : quiet)
    }
    return finished
  }

  private func start(
    _ name: String, _ plans: [QueryPlan], _ onProgress: @escaping @Sendable (StreamsProgress) -> Void
  ) throws -> RunningApplication? {
    var own = configuration
    own.application = name
    let application: StreamsApplication
    do {
      application = try StreamsApplication(own, plans: plans, schemas: schemas)
    } catch {
      guard name != configuration.application else { throw error }
      configuration.logger.error("an application cannot run", metadata: ["application": "\(name)", "error": "\(error)"])
      return nil
    }
    return RunningApplication(application, plans, configuration.logger, onProgress)
  }
}

/// One application on a thread of its own.
private final class RunningApplication: Sendable {
  let plans: [QueryPlan]
  let stop = StopHandle()
  private let done = Atomic<Bool>(false)
  private let thread = Mutex<BlockingThread<StreamsProgress>?>(nil)

  init(
    _ application: StreamsApplication, _ plans: [QueryPlan], _ logger: Logger,
    _ onProgress: @escaping @Sendable (StreamsProgress) -> Void
  ) {
    self.plans = plans
    let stop = stop
    let made = BlockingThread(name: "application", stackSize: 4 << 20) { [self] in
      defer { done.store(true, ordering: .releasing) }
      do {
        return try application.run(stop: stop, onProgress: onProgress)
      } catch {
        logger.error(
          "an application failed",
          metadata: ["application": "\(application.configuration.application)", "error": "\(error)"])
        throw error
      }
    }
    thread.withLock { $0 = made }
  }

  var isDone: Bool { done.load(ordering: .acquiring) }

  func join() throws -> StreamsProgress {
    guard let thread = thread.withLock({ $0 }) else { return StreamsProgress() }
    return try thread.join()
  }
}
