/// One consumer group as a pure state machine: no clock, no timer, no socket (GroupCoordinator of Apache Kafka 3.9, the classic
/// protocol).
///
/// Requests that cannot be answered at once are parked under a token of the caller's; the answer is an effect of a later call.
struct GroupStateMachine: Sendable {
  let groupID: String
  /// How long the first rebalance of an empty group waits for more members, in milliseconds.
  let initialDelayMs: Int64
  var state = GroupState.empty
  var generation: Int32 = 0
  var protocolType: String?
  var protocolName: String?
  var leader: String?
  /// In order of arrival.
  var members: [GroupMember] = []
  /// Ids given out by MEMBER_ID_REQUIRED whose owners have not come back, with their deadlines.
  var pendingMembers: [String: Int64] = [:]
  /// When a rebalance in preparation ends at the latest, and at the earliest.
  var rebalanceDeadlineMs: Int64 = .max
  var rebalanceNotBeforeMs: Int64 = .min

  init(groupID: String, initialDelayMs: Int64 = 0) {
    self.groupID = groupID
    self.initialDelayMs = initialDelayMs
  }

  /// A group as it was stored; members have a whole session to be heard of.
  init(groupID: String, initialDelayMs: Int64, restored: GroupSnapshot, nowMs: Int64) {
    self.init(groupID: groupID, initialDelayMs: initialDelayMs)
    generation = restored.generation
    protocolType = restored.protocolType.isEmpty ? nil : restored.protocolType
    protocolName = restored.protocolName
    leader = restored.leader
    members = restored.members
    for index in members.indices { members[index].deadlineMs = nowMs + Int64(members[index].sessionTimeoutMs) }
    state = members.isEmpty ? .empty : .stable
  }

  /// The part that is stored.
  var snapshot: GroupSnapshot {
    GroupSnapshot(
      protocolType: protocolType ?? "", generation: generation, protocolName: protocolName, leader: leader,
      members: members.map { member in
        var stored = member
        stored.deadlineMs = 0
        stored.waitingJoin = nil
        stored.waitingSync = nil
        return stored
      })
  }

  func index(of memberID: String) -> Int? { members.firstIndex { $0.id == memberID } }
  func index(ofInstance instanceID: String) -> Int? { members.firstIndex { $0.instanceID == instanceID } }

  /// Nil where the member is in the group under this id, and this instance.
  func membershipError(_ memberID: String, _ instanceID: String?) -> ErrorCode? {
    if let instanceID {
      guard let index = index(ofInstance: instanceID) else { return .unknownMemberID }
      return members[index].id == memberID ? nil : .fencedInstanceID
    }
    return index(of: memberID) == nil ? .unknownMemberID : nil
  }

  // MARK: Heartbeat and offsets

  mutating func heartbeat(memberID: String, instanceID: String?, generation: Int32, nowMs: Int64) -> ErrorCode {
    guard state != .dead else { return .coordinatorNotAvailable }
    if let error = membershipError(memberID, instanceID) { return error }
    guard generation == self.generation else { return .illegalGeneration }
    touch(memberID, nowMs)
    return state == .preparingRebalance ? .rebalanceInProgress : .none
  }

  /// Whether offsets may be committed by this member in this generation; a plain commit counts as a sign of life.
  mutating func checkCommit(
    memberID: String, instanceID: String?, generation: Int32, isTransactional: Bool, nowMs: Int64
  ) -> ErrorCode {
    guard state != .dead else { return .coordinatorNotAvailable }
    if generation < 0, memberID.isEmpty, instanceID == nil, isTransactional || members.isEmpty { return .none }
    if let error = membershipError(memberID, instanceID) { return error }
    guard generation == self.generation else { return .illegalGeneration }
    touch(memberID, nowMs)
    return state == .completingRebalance && !isTransactional ? .rebalanceInProgress : .none
  }

  mutating func touch(_ memberID: String, _ nowMs: Int64) {
    guard let index = index(of: memberID) else { return }
    members[index].deadlineMs = nowMs + Int64(members[index].sessionTimeoutMs)
  }

  // MARK: Time

  /// The next moment at which `tick` has something to do; nil for never.
  var nextDeadlineMs: Int64? {
    var soonest = pendingMembers.values.min() ?? .max
    for member in members where member.waitingJoin == nil && member.waitingSync == nil {
      soonest = min(soonest, member.deadlineMs)
    }
    if state == .preparingRebalance {
      soonest = min(soonest, hasEveryoneJoined ? rebalanceNotBeforeMs : rebalanceDeadlineMs)
    }
    if state == .completingRebalance { soonest = min(soonest, rebalanceDeadlineMs) }
    return soonest == .max ? nil : soonest
  }

  /// Removes members not heard of in time and ends rebalances that are due.
  mutating func tick(nowMs: Int64) -> [GroupEffect] {
    var effects: [GroupEffect] = []
    pendingMembers = pendingMembers.filter { $0.value > nowMs }
    let expired = members.filter { $0.deadlineMs <= nowMs && $0.waitingJoin == nil && $0.waitingSync == nil }
    for member in expired { effects += remove(member.id, nowMs: nowMs) }
    switch state {
    case .preparingRebalance: effects += completeJoinIfDue(nowMs: nowMs)
    case .completingRebalance where nowMs >= rebalanceDeadlineMs:
      for member in members where member.waitingSync == nil { effects += remove(member.id, nowMs: nowMs) }
    default: break
    }
    return effects
  }
}
