import EmbeddedKafka
import Kafka
import Streams

extension SimulatedWorker {
  private var token: Int { id * 10_000 + joinCount }

  func joinGroup() {
    guard membership == .outside, let broker = world.broker else { return }
    joinCount += 1
    membership = .joining
    broker.join(
      memberID: memberID, freshMemberID: "m\(id)-\(joinCount)", token: token, sessionMs: SimulatedWorld.sessionMs)
  }

  /// An answer of the group to this worker's current request.
  func groupAnswered(_ answer: SteppedGroupAnswer) {
    switch answer {
    case .joined(let token, let code, let memberID, let generation, let members):
      guard token == self.token, membership == .joining else { return }
      guard code == 0, let broker = world.broker else {
        self.memberID = ""
        membership = .outside
        return
      }
      (self.memberID, self.generation) = (memberID, generation)
      membership = .syncing
      var assignments: [String: [UInt8]] = [:]
      for partition in 0..<UInt8(SimulatedWorld.partitions) where !members.isEmpty {
        assignments[members.sorted()[Int(partition) % members.count], default: []].append(partition)
      }
      broker.sync(memberID: memberID, generation: generation, assignments: assignments, token: token)
    case .synced(let token, let code, let assignment):
      guard token == self.token, membership == .syncing else { return }
      guard code == 0 else {
        if code == 25 { memberID = "" }
        membership = .outside
        return
      }
      membership = .member
      heartbeatCode = 0
      assigned = assignment.map { Int32($0) }
      tasks = [:]
      needsRestore = !assigned.isEmpty
      world.trace("w\(id) assigned \(assigned) in generation \(generation)")
    }
  }

  /// As the client's background thread does, whatever the worker is busy with.
  func heartbeat() {
    guard membership == .member, let broker = world.broker else { return }
    heartbeatCode = broker.heartbeat(memberID: memberID, generation: generation)
  }

  /// The group rebalances, or has gone on without this member.
  func leaveGeneration() {
    let isLost = heartbeatCode != 27
    world.trace("w\(id) \(isLost ? "lost" : "revoked") \(assigned)")
    isLeaving = true
    if machine.isOpen { world.note(isLost ? .lostInTransaction : .rebalanceInTransaction) }
    drive(isLost ? .lost : .due) { [unowned self] in
      isLeaving = false
      tasks = [:]
      assigned = []
      needsRestore = false
      if heartbeatCode == 25 || heartbeatCode == 22 { memberID = "" }
      heartbeatCode = 0
      membership = .outside
    }
  }

  func restoreAssigned() {
    run(restore(assigned)) { [unowned self] recovery in
      // Tried again at the next round, as the product's assignment does.
      if recovery == nil { needsRestore = false }
    }
  }

  /// Committed offsets first, then state, as the product reads them.
  func restore(_ partitions: [Int32]) -> [Job] {
    let places = partitions.map { SteppedPartition("in", $0) }
    return [
      Job(request: .offsets(places), unknown: .retrySameCall) { [unowned self] answer in
        guard answer.code == 0 else { return verdict(answer.code) }
        refusal = nil
        let parts = partitions.map { restore($0, committed: answer.offsets[SteppedPartition("in", $0)]) }
        return .more(parts + [confirm(places, answer.offsets)])
      }
    ]
  }

  /// The offsets once more: state read while they moved belongs to two commits, and is read again.
  private func confirm(_ places: [SteppedPartition], _ offsets: [SteppedPartition: Int64]) -> Job {
    Job(request: .offsets(places), unknown: .retrySameCall) { [unowned self] answer in
      guard answer.code == 0 else { return verdict(answer.code) }
      guard answer.offsets == offsets || world.has(.readsOffsetsOnce) else {
        world.note(.offsetsMovedAmidRestore)
        return .failed(.unavailable)
      }
      if let refusal { world.fail("worker \(id): \(refusal)") }
      return .done
    }
  }

  private func restore(_ partition: Int32, committed: Int64?) -> Job {
    let place = SteppedPartition("state", partition)
    return Job(request: .end(place), unknown: .retrySameCall) { [unowned self] answer in
      guard answer.code == 0 else { return verdict(answer.code) }
      let reader = StateReader(partition: partition, committed: committed, target: answer.next)
      return .more([read(place, reader)].filter { _ in reader.target > 0 } + (reader.target > 0 ? [] : make(reader)))
    }
  }

  /// What has been read of one changelog partition.
  final class StateReader {
    let partition: Int32
    let committed: Int64?
    let target: Int64
    var next: Int64 = 0
    var position: TaskPosition?
    var entries: [[UInt8]: [UInt8]] = [:]

    init(partition: Int32, committed: Int64?, target: Int64) {
      (self.partition, self.committed, self.target) = (partition, committed, target)
    }
  }

  private func read(_ place: SteppedPartition, _ reader: StateReader) -> Job {
    let request = SteppedRequest.fetch(
      place, from: reader.next, world.has(.readsUncommittedState) ? .uncommitted : world.isolation)
    return Job(request: request, unknown: .retrySameCall) { [unowned self] answer in
      guard answer.code == 0 else { return verdict(answer.code) }
      for record in answer.records {
        guard let key = record.key else { continue }
        if key == ChangelogKey.position {
          reader.position = record.value.flatMap { TaskPosition($0) }
        } else {
          reader.entries[key] = record.value
        }
      }
      // An open transaction holds up the end: wait for it.
      if answer.next == reader.next { return .again }
      reader.next = answer.next
      return .more(reader.next < reader.target ? [read(place, reader)] : make(reader))
    }
  }

  private func make(_ reader: StateReader) -> [Job] {
    let name = "in-\(reader.partition)"
    var next: Int64 = 0
    switch StartDecision(position: reader.position, committed: reader.committed, partition: name) {
    case .fromTheBeginning: break
    case .from(let offset), .fromStateAlone(let offset): next = offset
    case .refused(let reason): refusal = reason
    }
    if !reader.entries.isEmpty { world.note(.stateRestored) }
    do {
      tasks[reader.partition] = try SimulatedTask(
        partition: reader.partition, plans: world.plans, entries: reader.entries, next: next, faults: world.faults)
    } catch {
      world.fail("state of \(name) cannot be read back: \(error)")
    }
    world.trace("w\(id) restored \(name) at \(next)")
    return []
  }
}
