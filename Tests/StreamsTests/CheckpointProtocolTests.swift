import Kafka
import TestSupport
import Testing

@testable import Streams

@Suite struct CheckpointProtocolTests {
  /// A machine after these events, and the last action.
  private func machine(_ events: [CheckpointEvent], limit: Int = 8) -> (CheckpointProtocol, CheckpointAction) {
    var machine = CheckpointProtocol(failureLimit: limit)
    var action = CheckpointAction.proceed
    for event in events { action = feed(&machine, event) }
    return (machine, action)
  }

  private func feed(_ machine: inout CheckpointProtocol, _ event: CheckpointEvent) -> CheckpointAction {
    if event == .committed { _ = machine.authorise() }
    return machine.handle(event)
  }

  private let opened: [CheckpointEvent] = [.start, .initialised, .work, .begun]
  private let sealing: [CheckpointEvent] = [.due, .outputsSent, .stateSent, .offsetsSent]

  @Test func `a commit follows outputs, state and offsets, in that order`() {
    var (machine, action) = machine([])
    var actions: [CheckpointAction] = []
    for event in opened + sealing + [.committed, .work] {
      action = feed(&machine, event)
      actions.append(action)
    }
    #expect(
      actions == [
        .initialise, .proceed, .begin, .proceed, .sendOutputs, .sendState, .sendOffsets, .commit, .proceed, .begin,
      ])
    #expect(machine.checkpoints == 1)
  }

  @Test func `the right to commit exists once, and only when everything is in the transaction`() {
    for length in 0..<(opened.count + sealing.count) {
      var (machine, _) = machine(Array((opened + sealing).prefix(length)))
      let isGranted = machine.grants()
      #expect(!isGranted, "after \(length) events")
    }
    var (machine, _) = machine(opened + sealing)
    let grants = [machine.grants(), machine.grants()]
    #expect(grants == [true, false])
  }

  @Test func `nothing is committed when there is nothing`() {
    let (machine, action) = machine([.start, .initialised, .due])
    #expect(action == .proceed)
    #expect(machine.phase == .idle)
  }

  @Test(arguments: 0...4, [KafkaError.Recovery.abortAndReplay, .retrySameCall, .unavailable])
  func `a definite failure in a transaction aborts and replays`(steps: Int, recovery: KafkaError.Recovery) {
    let (_, abort) = machine(opened + sealing.prefix(steps) + [.failed(recovery)])
    #expect(abort == .abort)
    let (after, replay) = machine(opened + sealing.prefix(steps) + [.failed(recovery), .aborted])
    #expect(replay == .replay)
    #expect(after.phase == .replaying)
    let (done, action) = machine(opened + sealing.prefix(steps) + [.failed(recovery), .aborted, .replayed])
    #expect(action == .proceed)
    #expect(done.phase == .idle)
  }

  // KAFKA-17754: the outcome is unknown; only a new epoch settles it, and only then may state be read back.
  @Test(arguments: 0...4) func `an unknown outcome initialises a new producer before it replays`(steps: Int) {
    let failed = opened + sealing.prefix(steps) + [.failed(.rebuild)]
    #expect(machine(failed).1 == .initialise)
    #expect(machine(failed + [.initialised]).1 == .replay)
    #expect(machine(failed + [.initialised, .replayed]).0.phase == .idle)
  }

  @Test func `connections may be lost for ever as long as there are commits in between`() {
    var (machine, _) = machine(opened + sealing, limit: 2)
    for round in 0..<1000 {
      // The transaction in which the connection was lost is committed; the next cannot begin with the same producer.
      let rest: [CheckpointEvent] = [.committed, .work, .failed(.rebuild), .initialised, .replayed, .work, .begun]
      for event in rest + sealing { _ = feed(&machine, event) }
      #expect(machine.phase == .sealed, "round \(round)")
    }
    #expect(machine.checkpoints == 1000)
  }

  @Test func `a commit whose fate is unknown is never repeated`() {
    for recovery in [KafkaError.Recovery.rebuild, .retrySameCall, .unavailable] {
      var (machine, _) = machine(opened + sealing)
      _ = machine.authorise()
      let action = machine.handle(.failed(recovery))
      #expect(action == .initialise)
      let isGranted = machine.grants()
      #expect(!isGranted)
    }
  }

  @Test func `a failed abort ends the producer`() {
    let (_, action) = machine(opened + [.failed(.abortAndReplay), .failed(.unavailable)])
    #expect(action == .initialise)
  }

  @Test(arguments: 0...8) func `a fenced worker does nothing more`(length: Int) {
    var (machine, action) = machine((opened + sealing).prefix(length) + [.failed(.fenced)])
    #expect(action == .stop(.fenced))
    for event in [CheckpointEvent.work, .due, .lost, .initialised, .failed(.abortAndReplay)] {
      action = machine.handle(event)
      if case .stop = action { continue }
      Issue.record("\(event) after being fenced gave \(action)")
    }
  }

  @Test func `partitions that were lost take their transaction with them`() {
    let (_, action) = machine(opened + [.lost])
    #expect(action == .abort)
    let (machine, idle) = machine([.start, .initialised, .lost])
    #expect(idle == .proceed)
    #expect(machine.phase == .idle)
  }

  @Test func `failures in a row exhaust the worker, and a commit forgives them`() {
    let failing: [CheckpointEvent] = [.work, .begun, .failed(.abortAndReplay), .aborted, .replayed]
    let start: [CheckpointEvent] = [.start, .initialised]
    #expect(machine(start + failing + failing, limit: 2).0.phase == .idle)
    #expect(machine(start + failing + failing + failing, limit: 2).1 == .stop(.fatal))
    let commit: [CheckpointEvent] = [.work, .begun] + sealing + [.committed]
    #expect(machine(start + failing + failing + commit + failing + failing, limit: 2).0.phase == .idle)
    var (machine, _) = machine(start + failing + failing + [.work, .begun], limit: 2)
    let action = machine.handle(.failed(.abortAndReplay))
    #expect(action == .stop(.exhausted))
  }

  @Test func `an event out of order is a bug and stops the worker`() {
    #expect(machine(opened + [.offsetsSent]).1 == .stop(.fatal))
    #expect(machine([.start, .initialised, .committed]).1 == .stop(.fatal))
  }

  /// A model of cluster and worker: each action succeeds or fails by the seed. What is committed must be exactly the work done
  /// since the last commit or replay, and nothing is sent without a transaction.
  @Test func `no order of failures commits half a checkpoint or work that was rolled back`() {
    var generator = SeededGenerator.forTest("checkpoint protocol")
    var commits = 0
    for _ in 0..<300 {
      var model = Model(machine: CheckpointProtocol(failureLimit: 1000))
      model.run(steps: 300, &generator)
      #expect(model.violation == nil)
      commits += model.commits
    }
    #expect(commits > 1000)
  }

  private struct Model {
    var machine: CheckpointProtocol
    var violation: String?
    var commits = 0
    private var isTransactionOpen = false
    private var sent: [CheckpointAction] = []
    private var memoryIsAhead = false
    private var hasProducer = false

    init(machine: CheckpointProtocol) { self.machine = machine }

    mutating func run(steps: Int, _ generator: inout SeededGenerator) {
      var action = machine.handle(.start)
      for _ in 0..<steps where violation == nil {
        if case .stop = action { return }
        action = machine.handle(respond(to: action, &generator))
      }
    }

    private mutating func respond(to action: CheckpointAction, _ generator: inout SeededGenerator) -> CheckpointEvent {
      let failures: [KafkaError.Recovery] = [.abortAndReplay, .rebuild, .unavailable, .retrySameCall]
      let fails = Int.random(in: 0..<6, using: &generator) == 0
      let recovery = failures[Int.random(in: 0..<4, using: &generator)]
      switch action {
      case .initialise:
        isTransactionOpen = false
        sent = []
        hasProducer = !fails
        return fails ? .failed(.unavailable) : .initialised
      case .begin:
        require(hasProducer && !memoryIsAhead && !isTransactionOpen, "begun at a wrong time")
        if fails { return failed(recovery) }
        isTransactionOpen = true
        return .begun
      case .proceed:
        if machine.phase == .open { memoryIsAhead = true }
        let events: [CheckpointEvent] = [.work, .due, .due, .lost]
        if fails { return failed(recovery) }
        return events[Int.random(in: 0..<4, using: &generator)]
      case .sendOutputs, .sendState, .sendOffsets:
        require(isTransactionOpen, "sent outside a transaction")
        sent.append(action)
        if fails { return failed(recovery) }
        return action == .sendOutputs ? .outputsSent : action == .sendState ? .stateSent : .offsetsSent
      case .commit:
        require(isTransactionOpen && sent == [.sendOutputs, .sendState, .sendOffsets], "committed \(sent)")
        require(machine.grants(), "no right to commit")
        // Known not to be committed, or unknown: the transaction is over either way.
        if fails { return failed(recovery == .retrySameCall ? .rebuild : recovery) }
        (isTransactionOpen, memoryIsAhead, sent) = (false, false, [])
        commits += 1
        return .committed
      case .abort:
        require(hasProducer, "aborted without a producer")
        if fails { return failed(recovery) }
        (isTransactionOpen, sent) = (false, [])
        return .aborted
      case .replay:
        require(!isTransactionOpen, "replayed inside a transaction")
        if fails { return failed(recovery) }
        memoryIsAhead = false
        return .replayed
      case .stop: return .start
      }
    }

    private mutating func failed(_ recovery: KafkaError.Recovery) -> CheckpointEvent {
      if recovery == .rebuild { hasProducer = false }
      return .failed(recovery)
    }

    private mutating func require(_ condition: Bool, _ text: String) {
      if !condition, violation == nil { violation = text }
    }
  }
}

extension CheckpointProtocol {
  /// Takes the right to commit. (It cannot be copied, so #expect cannot look at it.)
  fileprivate mutating func grants() -> Bool {
    switch authorise() {
    case .some: true
    case .none: false
    }
  }
}
