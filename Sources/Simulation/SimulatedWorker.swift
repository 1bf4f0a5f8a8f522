import EmbeddedKafka
import Kafka
import SQL
import Streams
import Windows

/// One request of a worker and what its answer means.
struct Job {
  enum Verdict {
    case done
    /// Send the same request again, later.
    case again
    /// These come next.
    case more([Job])
    case failed(KafkaError.Recovery)
  }

  var request: SteppedRequest
  /// What it means that the fate of the request stays unknown.
  var unknown: KafkaError.Recovery
  var answered: (SteppedAnswer) -> Verdict
}

/// A worker's process: carries out what the real `CheckpointProtocol` decides, over the simulated network.
///
/// One consumer and one transactional producer, as in the product; every call is a list of requests that may be interrupted
/// anywhere.
final class SimulatedWorker {
  enum Membership { case outside, joining, syncing, member }

  let id: Int
  let slot: Int
  let transactionalID: String
  unowned let world: SimulatedWorld
  var machine = CheckpointProtocol(failureLimit: 12)
  var producer = SimulatedProducer()
  var tasks: [Int32: SimulatedTask] = [:]

  // Membership.
  var membership = Membership.outside
  var memberID = ""
  var generation: Int32 = -1
  var assigned: [Int32] = []
  var needsRestore = false
  /// State and offsets that were read do not fit each other.
  var refusal: String?
  var heartbeatCode: Int16 = 0
  var isLeaving = false
  var joinCount = 0

  // The call under way.
  var jobs: [Job] = []
  private var completion: ((KafkaError.Recovery?) -> Void)?
  private(set) var call = 0
  private var attempts = 0
  /// The answer asked for patience.
  private(set) var mustResend = false
  var connection: Int
  private var afterwards: (() -> Void)?

  var isPaused = false
  private var isStarted = false
  private(set) var stopped: CheckpointStop?

  init(id: Int, slot: Int, transactionalID: String, world: SimulatedWorld) {
    self.id = id
    self.slot = slot
    self.transactionalID = transactionalID
    self.world = world
    connection = world.network.connect()
  }

  var isBusy: Bool { !jobs.isEmpty }
  var isWaiting: Bool { isBusy && !mustResend }

  // MARK: The protocol

  /// Feeds an event to the protocol and carries out what it asks for; `then` runs once it says to go on.
  func drive(_ event: CheckpointEvent, then: (() -> Void)? = nil) {
    if let then { afterwards = then }
    feed(event)
  }

  private func feed(_ event: CheckpointEvent) {
    world.trace("w\(id) \(event)")
    switch machine.handle(event) {
    case .proceed:
      let next = afterwards
      afterwards = nil
      next?()
    case .stop(let reason):
      stopped = reason
      jobs = []
      if reason == .fenced { world.note(.workerFenced) }
      if reason == .fatal { world.fail("worker \(id) stopped as fatal in \(machine.phase) after \(event)") }
    case let action: perform(action)
    }
  }

  private func perform(_ action: CheckpointAction) {
    switch action {
    case .initialise: initialise()
    case .begin: feed(mayBegin ? .begun : .failed(.rebuild))
    case .sendOutputs: settle(sendOutputs(), .outputsSent)
    case .sendState: settle(sendState(), .stateSent)
    case .sendOffsets: settle(sendOffsets(), .offsetsSent)
    case .commit: commit()
    case .abort: settle(abort(), .aborted)
    case .replay: replay()
    case .proceed, .stop: break
    }
  }

  /// A new producer also heals what was wrongly made of an unknown outcome, so who plants one of these mistakes leaves the rule out.
  private var mayBegin: Bool {
    !producer.isOutdated || world.has(.beginsAfterLostConnection) || world.has(.keepsProducerAfterUnknownCommit)
      || world.has(.assumesCommitted)
  }

  private func settle(_ jobs: [Job], _ event: CheckpointEvent) {
    run(jobs) { [unowned self] recovery in feed(recovery.map { .failed($0) } ?? event) }
  }

  private func initialise() {
    if world.has(.keepsProducerAfterUnknownCommit), producer.producerID >= 0 {
      producer.registered = []
      return feed(.initialised)
    }
    producer = SimulatedProducer()
    connection = world.network.connect()
    let request = SteppedRequest.initProducerID(
      transactionalID: transactionalID, producerID: -1, epoch: -1, timeoutMs: SimulatedWorld.transactionTimeoutMs)
    let job = Job(request: request, unknown: .unavailable) { [unowned self] answer in
      guard answer.code == 0 else { return verdict(answer.code) }
      producer.producerID = answer.producerID
      producer.epoch = answer.epoch
      world.noteEpoch(transactionalID, answer.producerID, answer.epoch)
      return .done
    }
    settle([job], .initialised)
  }

  private func commit() {
    guard machine.authorise() != nil else { return feed(.failed(.fatal)) }
    run(end(commit: true)) { [unowned self] recovery in
      if recovery == .rebuild { world.note(.commitOfUnknownOutcome) }
      if let recovery, !(recovery == .rebuild && world.has(.assumesCommitted)) { return feed(.failed(recovery)) }
      producer.registered = []
      for task in dirtyTasks { task.settle() }
      world.commits += 1
      feed(.committed)
    }
  }

  private func replay() {
    if world.has(.skipsReplay), !isLeaving { return feed(.replayed) }
    tasks = [:]
    guard !isLeaving, !assigned.isEmpty else { return feed(.replayed) }
    settle(restore(assigned), .replayed)
  }

  // MARK: Calls

  /// Sends requests one after the other.
  func run(_ jobs: [Job], then: @escaping (KafkaError.Recovery?) -> Void) {
    guard !jobs.isEmpty else { return then(nil) }
    self.jobs = jobs
    completion = then
    attempts = 0
    send()
  }

  private func send() {
    guard let job = jobs.first else { return }
    call += 1
    mustResend = false
    world.network.send(Message(connection: connection, worker: id, call: call, body: .request(job.request)))
  }

  private func finish(_ recovery: KafkaError.Recovery?) {
    jobs = []
    mustResend = false
    let then = completion
    completion = nil
    then?(recovery)
  }

  /// An answer has come; one to an earlier call is dropped.
  func received(_ call: Int, _ answer: SteppedAnswer) {
    guard call == self.call, isBusy, !mustResend, stopped == nil, let job = jobs.first else { return }
    switch job.answered(answer) {
    case .done:
      jobs.removeFirst()
      advance()
    case .more(let next):
      jobs.replaceSubrange(0..<1, with: next)
      advance()
    case .again:
      attempts += 1
      if attempts > 60 { finish(job.unknown) } else { mustResend = true }
    case .failed(let recovery): finish(recovery)
    }
  }

  private func advance() {
    attempts = 0
    if jobs.isEmpty { finish(nil) } else { send() }
  }

  /// Sends again what the broker was not ready for.
  func resend() {
    guard mustResend else { return }
    send()
  }

  /// The connection is gone. The client repeats the request over a new one, or its time is up.
  func connectionLost(givesUp: Bool) {
    connection = world.network.connect()
    if machine.isOpen || machine.phase == .committing || machine.phase == .aborting { producer.isOutdated = true }
    guard isBusy, let job = jobs.first else { return }
    if givesUp {
      call += 1
      finish(job.unknown)
    } else {
      world.note(.requestRepeated)
      send()
    }
  }

  /// What librdkafka and the Kafka target together make of an error code.
  func verdict(_ code: Int16) -> Job.Verdict {
    switch code {
    case 0: return .done
    case 14, 15, 16, 51, 56, 88, -1: return .again
    case 47, 90: return .failed(.fenced)
    case 48, 49: return .failed(.rebuild)
    case 22, 25, 27: return .failed(.abortAndReplay)
    case 2, 45, 87:
      producer.needsBump = true
      return .failed(.abortAndReplay)
    default: return .failed(.fatal)
    }
  }

  // MARK: A round

  /// One round: join, restore, read, process, commit when it is time.
  func turn() {
    if mustResend { return resend() }
    guard !isBusy, stopped == nil else { return }
    guard isStarted else {
      isStarted = true
      return drive(.start)
    }
    if membership != .member { return joinGroup() }
    if heartbeatCode != 0 { return leaveGeneration() }
    if needsRestore { return restoreAssigned() }
    if machine.isOpen, world.roll(world.calm ? 0.3 : 0.25) { return drive(.due) }
    if let idle = tasks.values.filter({ $0.engines.contains { $0.openWindows > 0 } }).min(by: { $0.partition < $1.partition }),
      world.roll(0.02)
    {
      idle.closesAll = true
      idle.isDirty = true
      drive(.work)
      if machine.phase == .open { drive(.due) }
      return
    }
    poll()
  }

  private func poll() {
    guard let partition = tasks.keys.sorted().randomElement(using: &world.random), let task = tasks[partition] else { return }
    let request = SteppedRequest.fetch(SteppedPartition("in", partition), from: task.next, world.isolation)
    var records: [SteppedRecord] = []
    let job = Job(request: request, unknown: .retrySameCall) { [unowned self] answer in
      records = answer.records
      if answer.code == 1 { world.fail("offset \(task.next) of in-\(partition) is gone") }
      return verdict(answer.code)
    }
    run([job]) { [unowned self] recovery in
      if let recovery { return drive(.failed(recovery)) }
      guard !records.isEmpty else { return machine.isOpen ? drive(.due) : () }
      take(Array(records.prefix(Int.random(in: 1...40, using: &world.random))), task)
    }
  }

  private func take(_ records: [SteppedRecord], _ task: SimulatedTask) {
    drive(.work)
    guard machine.phase == .open else { return }
    do {
      let lines = try task.process(records)
      guard !lines.isEmpty else { return }
      let place = SteppedPartition("out", 1 - task.partition)
      run(produce([(place, lines.map { (nil, Array($0.utf8)) })])) { [unowned self] recovery in
        if let recovery { drive(.failed(recovery)) }
      }
    } catch {
      world.fail("the engine refused its input: \(error)")
    }
  }

  var dirtyTasks: [SimulatedTask] { tasks.values.filter(\.isDirty).sorted { $0.partition < $1.partition } }
}
