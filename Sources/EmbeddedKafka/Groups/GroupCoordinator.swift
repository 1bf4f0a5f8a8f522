import Foundation
import Logging
import Synchronization

/// Carries out what `GroupStateMachine` decides: stores memberships, answers parked requests, looks at the clock.
///
/// Calls may block on the disk and are for the broker's worker threads. Answers are given on the thread of the call, or tick,
/// that caused them, after the group's lock is released.
final class GroupCoordinator: Sendable {
  typealias JoinReply = @Sendable (GroupJoinAnswer) -> Void
  typealias SyncReply = @Sendable (GroupSyncAnswer) -> Void

  fileprivate enum Reply: Sendable {
    case join(JoinReply)
    case sync(SyncReply)
  }

  /// A group and its parked requests.
  final class Slot: Sendable {
    fileprivate struct State: Sendable {
      var machine: GroupStateMachine
      var parked: [Int: Reply] = [:]
      var nextToken = 0
    }
    fileprivate let state: Mutex<State>
    fileprivate init(_ machine: GroupStateMachine) { state = Mutex(State(machine: machine)) }
  }

  let offsets: OffsetStore
  let clock: BrokerClock
  private let logger: Logger
  private let initialDelayMs: Int64
  private let slots = Mutex<[String: Slot]>([:])

  init(offsets: OffsetStore, initialDelayMs: Int64, clock: BrokerClock, logger: Logger) {
    self.offsets = offsets
    self.initialDelayMs = initialDelayMs
    self.clock = clock
    self.logger = logger
  }

  /// Brings back the groups that the log holds. Call once, after `offsets.load()`.
  func load() {
    let nowMs = clock.monotonicMs()
    let restored = offsets.read { $0.groups }
    slots.withLock { slots in
      for (group, snapshot) in restored {
        let machine = GroupStateMachine(
          groupID: group, initialDelayMs: initialDelayMs, restored: snapshot, nowMs: nowMs)
        slots[group] = Slot(machine)
      }
    }
  }

  func join(_ group: String, _ join: GroupJoin, reply: @escaping JoinReply) {
    run(slotOrNew(group), parking: .join(reply)) { machine, token, nowMs in
      machine.join(join, token: token, nowMs: nowMs)
    }
  }

  func sync(_ request: SyncGroupRequest, reply: @escaping SyncReply) {
    guard let slot = slot(request.groupID) else { return reply(GroupSyncAnswer(error: .unknownMemberID)) }
    run(slot, parking: .sync(reply)) { machine, token, nowMs in
      machine.sync(request, token: token, nowMs: nowMs)
    }
  }

  func heartbeat(_ request: HeartbeatRequest) -> ErrorCode {
    guard let slot = slot(request.groupID) else { return .unknownMemberID }
    return slot.state.withLock {
      $0.machine.heartbeat(
        memberID: request.memberID, instanceID: request.instanceID, generation: request.generationID,
        nowMs: clock.monotonicMs())
    }
  }

  func leave(_ group: String, memberID: String, instanceID: String?) -> ErrorCode {
    guard let slot = slot(group) else { return .unknownMemberID }
    let result = Mutex(ErrorCode.none)
    run(slot, parking: nil) { machine, _, nowMs in
      let (error, effects) = machine.leave(memberID: memberID, instanceID: instanceID, nowMs: nowMs)
      result.withLock { $0 = error }
      return effects
    }
    return result.withLock { $0 }
  }

  /// Whether this member may commit offsets now.
  func checkCommit(
    _ group: String, memberID: String, instanceID: String?, generation: Int32, isTransactional: Bool
  ) -> ErrorCode {
    guard let slot = slot(group) else {
      if generation < 0, memberID.isEmpty { return .none }
      return isTransactional && generation < 0 ? .unknownMemberID : .illegalGeneration
    }
    return slot.state.withLock {
      $0.machine.checkCommit(
        memberID: memberID, instanceID: instanceID, generation: generation, isTransactional: isTransactional,
        nowMs: clock.monotonicMs())
    }
  }

  /// Ends sessions and rebalances that are due.
  func tick() {
    let nowMs = clock.monotonicMs()
    for slot in slots.withLock({ Array($0.values) }) {
      let isDue = slot.state.withLock { ($0.machine.nextDeadlineMs ?? .max) <= nowMs }
      if isDue { run(slot, parking: nil) { machine, _, nowMs in machine.tick(nowMs: nowMs) } }
    }
  }

  // MARK: Administration

  /// The group's machine as it stands, or nil.
  func machine(_ group: String) -> GroupStateMachine? {
    slot(group)?.state.withLock { $0.machine }
  }

  /// All groups with members or offsets, sorted: name and protocol type.
  func list() -> [(group: String, protocolType: String)] {
    var found = offsets.read { Set($0.committed.keys) }.reduce(into: [String: String]()) { $0[$1] = "" }
    for (name, slot) in slots.withLock({ $0 }) {
      found[name] = slot.state.withLock { $0.machine.protocolType ?? "" }
    }
    return found.sorted { $0.key < $1.key }.map { (group: $0.key, protocolType: $0.value) }
  }

  /// Deletes a group without members.
  func delete(_ group: String) -> ErrorCode {
    guard !group.isEmpty else { return .invalidGroupID }
    guard slot(group) != nil || offsets.read({ $0.hasOffsets(group) }) else { return .groupIDNotFound }
    let isFree = slots.withLock { slots in
      guard let slot = slots[group] else { return true }
      let died = slot.state.withLock { state in
        guard state.machine.members.isEmpty, state.machine.pendingMembers.isEmpty else { return false }
        state.machine.state = .dead
        return true
      }
      if died { slots[group] = nil }
      return died
    }
    guard isFree else { return .nonEmptyGroup }
    do throws(ErrorCode) {
      try offsets.deleteGroup(group)
      return .none
    } catch {
      return error
    }
  }

  private func slot(_ group: String) -> Slot? { slots.withLock { $0[group] } }

  private func slotOrNew(_ group: String) -> Slot {
    slots.withLock { slots in
      if let known = slots[group] { return known }
      let slot = Slot(GroupStateMachine(groupID: group, initialDelayMs: initialDelayMs))
      slots[group] = slot
      return slot
    }
  }

  /// One step of a group: stores under the lock, so that the log has the order of the steps; answers after it.
  private func run(
    _ slot: Slot, parking reply: Reply?, _ step: (inout GroupStateMachine, _ token: Int, _ nowMs: Int64) -> [GroupEffect]
  ) {
    let answers = slot.state.withLock { state in
      let token = state.nextToken
      state.nextToken += 1
      if let reply { state.parked[token] = reply }
      let effects = step(&state.machine, token, clock.monotonicMs())
      return carryOut(effects, &state)
    }
    for answer in answers { answer() }
  }

  private func carryOut(_ effects: [GroupEffect], _ state: inout Slot.State) -> [@Sendable () -> Void] {
    var answers: [@Sendable () -> Void] = []
    var failure: ErrorCode?
    for effect in effects {
      switch effect {
      case .store(let snapshot):
        do throws(ErrorCode) {
          try offsets.store(state.machine.groupID, snapshot)
        } catch {
          failure = .coordinatorNotAvailable
          logger.error("group membership not stored", metadata: ["group": "\(state.machine.groupID)", "error": "\(error)"])
        }
      case .answerJoin(let token, let answer):
        guard case .join(let reply) = state.parked.removeValue(forKey: token) else { continue }
        let answer = failure.map { GroupJoinAnswer(error: $0) } ?? answer
        answers.append { reply(answer) }
      case .answerSync(let token, let answer):
        guard case .sync(let reply) = state.parked.removeValue(forKey: token) else { continue }
        let answer = failure.map { GroupSyncAnswer(error: $0) } ?? answer
        answers.append { reply(answer) }
      }
    }
    return answers
  }
}
