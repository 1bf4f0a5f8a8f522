import EmbeddedKafka
import Streams

extension SimulatedWorld {
  /// Lets things happen, then lets everything come to its end, then checks.
  func run() {
    while steps < profile.steps, failure == nil {
      steps += 1
      step()
      if steps % 8 == 0 { observe() }
    }
    finish()
    if failure == nil { checkEverything() }
  }

  private func step() {
    clock.advance(Int64.random(in: 0...15, using: &random))
    releaseHeld()
    if inject() { return }
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<45: if !deliverOne() { turnOne() }
    case 45..<75: turnOne()
    case 75..<87: appendInput()
    case 87..<94: turnSink()
    default: tick(Int64.random(in: 0...400, using: &random))
    }
  }

  private func deliverOne() -> Bool {
    guard !network.messages.isEmpty else { return false }
    let index = Int.random(in: 0..<network.messages.count, using: &random)
    // A broker that is down takes nothing; what was sent stays under way.
    let message = network.messages[index]
    if message.isRequest, broker == nil { return false }
    if !message.isRequest, workers.contains(where: { $0.id == message.worker && $0.isPaused }) { return false }
    deliver(network.take(index))
    return true
  }

  private func turnOne() {
    guard let worker = workers.filter({ !$0.isPaused && !$0.isWaiting }).randomElement(using: &random) else { return }
    turn(worker)
  }

  private func turn(_ worker: SimulatedWorker) {
    if worker.stopped != nil { return replace(worker) }
    worker.turn()
    if !checkDisk() { deliverGroupAnswers() }
  }

  /// A process that has ended is started anew, unless another has taken its place.
  private func replace(_ worker: SimulatedWorker) {
    trace("w\(worker.id) ends: \(worker.stopped.map { "\($0)" } ?? "")")
    workers.removeAll { $0 === worker }
    if !workers.contains(where: { $0.slot == worker.slot }) { startWorker(worker.slot) }
  }

  private func turnSink() {
    releaseLateSwaps()
    sinks.filter { !$0.isPaused }.randomElement(using: &random)?.turn()
  }

  private func tick(_ milliseconds: Int64) {
    clock.advance(milliseconds)
    for worker in workers where !worker.isPaused { worker.heartbeat() }
    if let ended = broker?.tick() { rare[.transactionTimedOut] += ended }
    if !checkDisk() { deliverGroupAnswers() }
  }

  private func appendInput() {
    guard let broker, acknowledged.count < profile.records else { return }
    // Bursts, to one partition at a time.
    let partition: Int32 = roll(profile.lean) ? 0 : 1
    let place = SteppedPartition("in", partition)
    var batch: [[UInt8]] = []
    for _ in 0..<Int.random(in: 1...(roll(0.2) ? 40 : 8), using: &random) {
      batch.append(workload.next(Int(partition), &random))
    }
    guard let first = try? broker.append(batch.map { (nil, $0) }, to: place, timestampMs: clock.wallMs) else {
      _ = checkDisk()
      return
    }
    if checkDisk() { return }
    for (index, bytes) in batch.enumerated() { acknowledged.append((place, first + Int64(index), bytes)) }
    // The exchange's day goes on while little happens here: without this most of a long input would lie in the future.
    clock.wallMs = max(clock.wallMs, workload.time / 1000 - 300_000)
  }

  // MARK: Faults

  private func inject() -> Bool {
    if roll(profile.networkFaults), let worker = workers.randomElement(using: &random) {
      breakConnection(worker, lingers: true)
      return true
    }
    if roll(profile.workerFaults) {
      injectIntoWorkers()
      return true
    }
    if roll(profile.brokerFaults) {
      if broker == nil { startBroker() } else { injectIntoBroker() }
      return true
    }
    if broker == nil, roll(0.1) {
      startBroker()
      return true
    }
    guard roll(profile.clockJumps) else { return false }
    let jump = [3_600_000, -3_600_000, 86_400_000, 5_000, -5_000].randomElement(using: &random) ?? 0
    trace("wall clock jumps by \(jump) ms")
    clock.wallMs += Int64(jump)
    if jump < 0 { note(.clockWentBack) }
    return true
  }

  private func injectIntoWorkers() {
    switch Int.random(in: 0..<6, using: &random) {
    case 0, 1:
      guard let worker = workers.randomElement(using: &random) else { return }
      kill(worker)
      if !workers.contains(where: { $0.slot == worker.slot }) { startWorker(worker.slot) }
    case 2:
      // A zombie, with somebody in its place; rather one in the middle of a transaction or of reading its state back.
      let awake = workers.filter { !$0.isPaused }
      let busy = awake.filter { $0.machine.isOpen || ($0.needsRestore && $0.isBusy) }
      guard let worker = (busy.isEmpty || roll(0.4) ? awake : busy).randomElement(using: &random) else { return }
      stop(worker)
    case 3:
      guard let worker = workers.filter(\.isPaused).randomElement(using: &random) else { return }
      trace("w\(worker.id) goes on")
      worker.isPaused = false
      if workers.contains(where: { $0 !== worker && $0.slot == worker.slot }) { note(.zombieResumed) }
    case 4:
      // The sink dies, or gets a second one beside it.
      if sinks.count < 2 { sinks.append(SimulatedSink(world: self)) } else { sinks.removeFirst() }
    default:
      guard let sink = sinks.randomElement(using: &random) else { return }
      sink.isPaused.toggle()
    }
  }

  /// A process that stands still for longer than others wait for it, perhaps.
  func stop(_ worker: SimulatedWorker) {
    trace("w\(worker.id) is stopped")
    worker.isPaused = true
    if workers.count < 5, roll(0.7) { startWorker(worker.slot) }
    if roll(0.6) { tick(Int64(Self.sessionMs) + 1) }
    if roll(0.3) { tick(Int64(Self.transactionTimeoutMs) + 1) }
  }

  private func injectIntoBroker() {
    if roll(0.6) {
      // In the middle of whatever it does next.
      disk.fail(after: Int.random(in: 0...6, using: &random))
      _ = checkDisk()
    } else {
      crashBroker(power: roll(0.6))
    }
    if roll(0.5) { startBroker() }
  }

  // MARK: The end

  /// No more faults: everything must come to an end (liveness).
  private func finish() {
    guard failure == nil else { return }
    calm = true
    trace("calm")
    _ = checkDisk()
    disk.fail(after: .max)
    if broker == nil { startBroker() }
    for worker in workers { worker.isPaused = false }
    while !lateSwaps.isEmpty { _ = table.swap(lateSwaps.removeFirst()) }
    releaseHeld()
    if profile.isLong { note(.longHistory) }
    sinks = [SimulatedSink(world: self)]
    for round in 0..<1500 {
      guard failure == nil else { return }
      steps += 1
      while !network.messages.isEmpty, failure == nil { deliver(network.take(0)) }
      for worker in workers { turn(worker) }
      if round % 4 == 3 { tick(150) }
      if round % 5 == 4, isSettled {
        drainSink()
        observe()
        return
      }
    }
    fail("liveness: not finished \(unsettled)")
  }

  /// Each turn reads one segment at most.
  private func drainSink() {
    guard let broker, let sink = sinks.first else { return }
    for _ in 0..<2000 where failure == nil {
      sink.turn()
      if sink.hasReached({ broker.ends(SteppedPartition("out", $0)).stable }) { return }
    }
  }

  private var isSettled: Bool { unsettled.isEmpty }

  private var unsettled: String {
    guard let broker else { return "no broker" }
    var reasons = broker.unfinishedTransactions.map { "transaction \($0) is open" }
    for partition in 0..<Self.partitions {
      let end = broker.ends(SteppedPartition("in", partition)).high
      let place = SteppedPartition("in", partition)
      let answer = broker.handle(.offsets([place]))
      if end > 0, answer.code != 0 || (!has(.leavesOutOffsets) && answer.offsets[place] != end) {
        reasons.append("in-\(partition) is committed to \(answer.offsets[place] ?? -1) of \(end)")
      }
      for topic in ["out", "state"] {
        let ends = broker.ends(SteppedPartition(topic, partition))
        if ends.stable != ends.high { reasons.append("\(topic)-\(partition) is stable to \(ends.stable) of \(ends.high)") }
      }
    }
    return reasons.joined(separator: ", ")
  }
}
