import EmbeddedKafka
import Kafka
import SQL
import TestSupport

/// Everything of one history: broker and disk, network, workers, sink, input, and the dice that decide what happens next.
final class SimulatedWorld {
  static let partitions: Int32 = 2
  static let transactionTimeoutMs: Int32 = 6000
  static let sessionMs: Int32 = 2500
  /// What the Kafka target makes of staged offsets whose fate is unknown.
  static let lostOffsets = KafkaError.Recovery.abortAndReplay

  let seed: UInt64
  let faults: Set<SimulationFault>
  var random: SeededGenerator
  let profile: Profile
  let queries: [SimulatedQuery]
  let plans: [QueryPlan]
  let clock = SimulatedClock()
  var network = SimulatedNetwork()
  /// Messages that stay under way until a later step.
  private var held: [(step: Int, message: Message)] = []
  var disk: MemoryDisk
  var broker: SteppedBroker?
  var workers: [SimulatedWorker] = []
  var sinks: [SimulatedSink] = []
  let table = SimulatedTable()
  var lateSwaps: [SimulatedTable.Version] = []
  var workload: Workload
  var watch = Watch()
  /// What was acknowledged to the source: it must never go.
  var acknowledged: [(place: SteppedPartition, offset: Int64, bytes: [UInt8])] = []
  private var epochs: [String: (producerID: Int64, epoch: Int16)] = [:]
  private var lastWorker = 0

  /// Faults are over.
  var calm = false
  var commits = 0
  var swaps = 0
  var steps = 0
  private(set) var failure: String?
  var rare = RareStates()
  private let isTracing: Bool
  private(set) var log: [String] = []

  init(seed: UInt64, faults: Set<SimulationFault>, isTracing: Bool) {
    self.seed = seed
    self.faults = faults
    self.isTracing = isTracing
    random = SeededGenerator(seed: seed)
    profile = Profile(&random)
    queries = Array(SimulatedQuery.all.prefix(profile.queries))
    plans = queries.map { $0.plan(faults) }
    workload = Workload(&random, startMs: clock.wallMs, partitions: Int(Self.partitions))
    disk = DiskImage.make(segmentBytes: profile.segmentBytes)
    if faults.contains(.liesAboutSync) { disk.lie() }
    startBroker()
    for slot in 0..<profile.slots { startWorker(slot) }
    sinks = [SimulatedSink(world: self)]
  }

  func has(_ fault: SimulationFault) -> Bool { faults.contains(fault) }

  func roll(_ probability: Double) -> Bool { chance(probability, &random) }

  func trace(_ text: @autoclosure () -> String) {
    if isTracing { log.append("\(steps) \(text())") }
  }

  /// The first violation counts.
  func fail(_ text: String) {
    trace("VIOLATION \(text)")
    if failure == nil { failure = text }
  }

  func note(_ state: RareState) { rare[state] += 1 }

  /// What a reader of committed records gets to see.
  var isolation: SteppedIsolation {
    has(.ignoresStableEnd) ? .ignoringStableEnd : has(.ignoresAborted) ? .ignoringAborted : .committed
  }

  func noteEpoch(_ transactionalID: String, _ producerID: Int64, _ epoch: Int16) {
    epochs[transactionalID] = (producerID, epoch)
  }

  // MARK: Processes

  func startBroker() {
    guard broker == nil else { return }
    do {
      broker = try SteppedBroker(
        disk: disk, settings: DiskImage.settings(profile.segmentBytes), wallMs: { [clock] in clock.wallMs },
        monotonicMs: { [clock, isWall = has(.timesByWallClock)] in isWall ? clock.wallMs : clock.monotonicMs })
      if disk.hasFailed { return crashBroker(power: roll(0.5)) }
      trace("broker up")
      for worker in workers where worker.membership == .joining || worker.membership == .syncing {
        worker.membership = .outside
      }
    } catch {
      if disk.hasFailed { return crashBroker(power: roll(0.5)) }
      fail("the broker refuses to start: \(error)")
    }
  }

  func crashBroker(power: Bool) {
    trace("broker \(power ? "loses power" : "is killed")")
    broker = nil
    if power { losePower() } else { disk = disk.afterCrash() }
    if has(.liesAboutSync) { disk.lie() }
    for worker in workers { breakConnection(worker, lingers: false) }
  }

  private func losePower() {
    let (survivor, loss) = disk.losingPower(&random)
    disk = survivor
    note(.powerLost)
    if loss.lost > 0 { note(.writeLost) }
    if loss.torn > 0 { note(.writeTorn) }
  }

  func startWorker(_ slot: Int) {
    lastWorker += 1
    trace("w\(lastWorker) starts in slot \(slot)")
    workers.append(SimulatedWorker(id: lastWorker, slot: slot, transactionalID: "app-\(slot)", world: self))
  }

  func kill(_ worker: SimulatedWorker) {
    trace("w\(worker.id) is killed")
    let left = network.breakOff(worker.connection)
    for message in left where roll(0.5) { network.send(message) }
    workers.removeAll { $0 === worker }
  }

  // MARK: Network

  /// What was on the connection is lost, or still arrives.
  func breakConnection(_ worker: SimulatedWorker, lingers: Bool) {
    let givesUp = lingers && roll(0.4)
    trace("w\(worker.id) loses its connection\(givesUp ? " and gives up" : "")")
    let old = network.breakOff(worker.connection)
    for message in old where lingers && roll(0.6) { network.send(message) }
    if worker.stopped == nil { worker.connectionLost(givesUp: givesUp) }
  }

  /// Hands a message to whom it is for.
  func deliver(_ message: Message) {
    switch message.body {
    case .answer(let answer):
      guard let worker = workers.first(where: { $0.id == message.worker && !$0.isPaused }) else { return }
      worker.received(message.call, answer)
      if !calm, worker.needsRestore, worker.isBusy, roll(profile.stalledRestores) { stop(worker) }
    case .request(let request):
      guard let broker, !holdsBack(message, request) else { return }
      trace("w\(message.worker) → \(Self.text(request))")
      let isLate = !workers.contains { $0.id == message.worker && $0.call == message.call && $0.isBusy }
      let answer = broker.handle(has(.ignoresEpoch) ? renewed(request) : request)
      guard !checkDisk() else { return }
      trace("w\(message.worker) ← \(answer.code)")
      note(request, answer, isLate)
      let reply = Message(connection: message.connection, worker: message.worker, call: message.call, body: .answer(answer))
      network.send(reply)
      deliverGroupAnswers()
    }
  }

  /// A commit that the network keeps until its client has given up, or has repeated it: the order of things that is hardest on
  /// brokers and clients.
  private func holdsBack(_ message: Message, _ request: SteppedRequest) -> Bool {
    guard !calm, case .endTransaction(_, _, _, commit: true) = request, roll(profile.heldCommits),
      let worker = workers.first(where: { $0.connection == message.connection && $0.call == message.call }), worker.isWaiting
    else { return false }
    trace("w\(worker.id) has its commit held back")
    note(.commitHeld)
    _ = network.breakOff(worker.connection)
    held.append((steps + Int.random(in: 1...(roll(0.5) ? 4 : 40), using: &random), message))
    worker.connectionLost(givesUp: roll(0.75))
    return true
  }

  func releaseHeld() {
    for (step, message) in held where calm || step <= steps { network.send(message) }
    held.removeAll { calm || $0.step <= steps }
  }

  func deliverGroupAnswers() {
    guard let broker else { return }
    for answer in broker.takeGroupAnswers() {
      let token =
        switch answer {
        case .joined(let token, _, _, _, _): token
        case .synced(let token, _, _): token
        }
      trace("w\(token / 10_000) ← \(answer)")
      workers.first { $0.id == token / 10_000 }?.groupAnswered(answer)
    }
    // A member that takes its answer sends the next request, which the broker stores.
    _ = checkDisk()
  }

  /// True where the machine has gone in the middle of what it did.
  func checkDisk() -> Bool {
    guard disk.hasFailed else { return false }
    note(.killedAmidStep)
    crashBroker(power: roll(0.6))
    return true
  }

  /// The mistake of a coordinator that does not look at epochs.
  private func renewed(_ request: SteppedRequest) -> SteppedRequest {
    switch request {
    case .endTransaction(let id, _, _, let commit):
      guard let known = epochs[id] else { return request }
      return .endTransaction(transactionalID: id, producerID: known.producerID, epoch: known.epoch, commit: commit)
    case .addPartitions(let id, _, _, let places):
      guard let known = epochs[id] else { return request }
      return .addPartitions(transactionalID: id, producerID: known.producerID, epoch: known.epoch, places)
    case .addOffsets(let id, _, _):
      guard let known = epochs[id] else { return request }
      return .addOffsets(transactionalID: id, producerID: known.producerID, epoch: known.epoch)
    case .commitOffsets(let id, _, _, let memberID, let generation, let offsets):
      guard let known = epochs[id] else { return request }
      return .commitOffsets(
        transactionalID: id, producerID: known.producerID, epoch: known.epoch, memberID: memberID, generation: generation,
        offsets)
    default: return request
    }
  }

  private static func text(_ request: SteppedRequest) -> String {
    switch request {
    case .produce(_, let place, let batch): "produce \(place) \(batch.count) bytes"
    case .commitOffsets(_, _, let epoch, _, let generation, let offsets):
      "offsets \(offsets.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }) epoch \(epoch) generation \(generation)"
    default: "\(request)"
    }
  }

  func otherTurns(than sink: SimulatedSink) {
    sinks.first { $0 !== sink && !$0.isPaused && !$0.isCommitting }?.turn()
  }

  func releaseLateSwaps() {
    while !lateSwaps.isEmpty, roll(0.5) {
      if table.swap(lateSwaps.removeFirst()) { note(.lateSwapLanded) }
    }
  }
}

/// A disk with the topics made, copied for each history.
enum DiskImage {
  static func settings(_ segmentBytes: Int) -> [String: String] {
    ["segment.bytes": "\(segmentBytes)"]
  }

  private static let images: [Int: MemoryDisk] = Dictionary(
    uniqueKeysWithValues: [1 << 14, 1 << 20].map { size in
      let disk = MemoryDisk()
      do {
        let broker = try SteppedBroker(disk: disk, settings: settings(size), wallMs: { 1_700_000_000_000 }, monotonicMs: { 0 })
        for topic in ["in", "out", "state"] { try broker.createTopic(topic, partitions: SimulatedWorld.partitions) }
        try broker.close()
      } catch {
        // The history that starts from it fails, with the reason.
      }
      return (size, disk)
    })

  static func make(segmentBytes: Int) -> MemoryDisk { (images[segmentBytes] ?? MemoryDisk()).afterCrash() }
}
