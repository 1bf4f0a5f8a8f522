import CrashPoints
import Kafka

extension Worker {
  /// Feeds an event to the protocol and carries out what it asks for until it says to go on.
  ///
  /// - Returns: why the worker has to stop, if it has to.
  func drive(_ event: CheckpointEvent) -> CheckpointStop? {
    var action = machine.handle(event)
    while true {
      switch action {
      case .proceed: return nil
      case .stop(let reason): return reason
      default: action = machine.handle(outcome(of: action))
      }
    }
  }

  private func outcome(of action: CheckpointAction) -> CheckpointEvent {
    do {
      guard let interceptor = context.interceptor else { return try perform(action) }
      try interceptor(action, false)
      let event = try perform(action)
      try interceptor(action, true)
      return event
    } catch {
      let event = failing(error)
      context.board.update { $0.replays += 1 }
      pauseAfterFailure()
      return event
    }
  }

  // Growing pauses, so that a cluster in trouble is not stormed: 20 ms, 40 ms, … 1.28 s.
  private func pauseAfterFailure() {
    Blocking.pause(milliseconds: 20 << min(machine.failures, 6))
  }

  private func perform(_ action: CheckpointAction) throws -> CheckpointEvent {
    switch action {
    case .initialise: return try initialise()
    case .begin: return try begin()
    case .sendOutputs:
      commitBegan = .now
      CrashPoint.hit("checkpoint.outputs")
      try sendOutputs()
      CrashPoint.hit("checkpoint.outputs", .after)
      return .outputsSent
    case .sendState:
      CrashPoint.hit("checkpoint.state")
      try sendState()
      CrashPoint.hit("checkpoint.state", .after)
      return .stateSent
    case .sendOffsets:
      CrashPoint.hit("checkpoint.offsets")
      try sendOffsets()
      CrashPoint.hit("checkpoint.offsets", .after)
      return .offsetsSent
    case .commit: return try commit()
    case .abort:
      CrashPoint.hit("checkpoint.abort")
      permit = nil
      try usableProducer().abort(timeout: context.configuration.callTimeout)
      CrashPoint.hit("checkpoint.abort", .after)
      return .aborted
    case .replay:
      try replay()
      return .replayed
    case .proceed, .stop: return .failed(.fatal)
    }
  }

  func usableProducer() throws -> TransactionalProducer {
    guard let producer else { throw StreamsError(.fatal, "There is no producer: a bug in the worker") }
    return producer
  }

  private func initialise() throws -> CheckpointEvent {
    permit = nil
    producer?.close()
    producer = nil
    CrashPoint.hit("producer.initialise")
    let configuration = context.configuration
    let new = try TransactionalProducer(
      configuration.kafka, transactionalID: context.transactionalID(worker: number),
      transactionTimeout: configuration.transactionTimeout)
    try new.initialise(timeout: configuration.callTimeout)
    CrashPoint.hit("producer.initialise", .after)
    producer = new
    return .initialised
  }

  private func begin() throws -> CheckpointEvent {
    CrashPoint.hit("checkpoint.begin")
    permit = try usableProducer().begin()
    lastCommit = .now
    CrashPoint.hit("checkpoint.begin", .after)
    return .begun
  }

  private func commit() throws -> CheckpointEvent {
    guard let authority = machine.authorise(), let permit = permit.take() else { return .failed(.fatal) }
    CrashPoint.hit("checkpoint.commit")
    try usableProducer().commit(permit, timeout: context.configuration.callTimeout)
    CrashPoint.hit("checkpoint.commit", .after)
    meters.committed(since: commitBegan)
    tellOfCommit()
    settle(authority)
    return .committed
  }

  private func replay() throws {
    CrashPoint.hit("restore.replay")
    processedSinceCommit = 0
    let partitions = isLeaving ? [] : consumer.assignment
    tasks = [:]
    taskTable = []
    if !partitions.isEmpty { try consumer.assign(restore(partitions)) }
    CrashPoint.hit("restore.replay", .after)
  }
}
