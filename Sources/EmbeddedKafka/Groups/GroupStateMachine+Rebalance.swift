extension GroupStateMachine {
  /// Asks everybody to join anew. Members waiting for an assignment of the generation that ends are told so.
  mutating func prepareRebalance(nowMs: Int64) -> [GroupEffect] {
    var effects: [GroupEffect] = []
    if state != .preparingRebalance {
      for index in members.indices {
        members[index].assignment = state == .completingRebalance ? [] : members[index].assignment
        guard let token = members[index].waitingSync else { continue }
        members[index].waitingSync = nil
        members[index].deadlineMs = nowMs + Int64(members[index].sessionTimeoutMs)
        effects.append(.answerSync(token: token, GroupSyncAnswer(error: .rebalanceInProgress)))
      }
      rebalanceNotBeforeMs = state == .empty ? nowMs + initialDelayMs : nowMs
      state = .preparingRebalance
      rebalanceDeadlineMs = nowMs + longestRebalanceMs
    }
    return effects + completeJoinIfDue(nowMs: nowMs)
  }

  private var longestRebalanceMs: Int64 {
    Int64(members.map { max($0.rebalanceTimeoutMs, 0) }.max() ?? 0)
  }

  var hasEveryoneJoined: Bool {
    pendingMembers.isEmpty && members.allSatisfy { $0.waitingJoin != nil }
  }

  mutating func completeJoinIfDue(nowMs: Int64) -> [GroupEffect] {
    guard state == .preparingRebalance else { return [] }
    if nowMs >= rebalanceDeadlineMs || (hasEveryoneJoined && nowMs >= rebalanceNotBeforeMs) {
      return completeJoin(nowMs: nowMs)
    }
    return []
  }

  /// Starts the next generation with those who came; static members keep their place until their session ends.
  private mutating func completeJoin(nowMs: Int64) -> [GroupEffect] {
    members.removeAll { $0.waitingJoin == nil && $0.instanceID == nil }
    generation = generation == .max ? 1 : generation + 1
    guard !members.isEmpty else { return becomeEmpty() }
    guard let firstJoined = members.first(where: { $0.waitingJoin != nil }) else {
      rebalanceDeadlineMs = nowMs + longestRebalanceMs
      generation -= 1
      return []
    }
    let leaderJoined = members.contains { $0.id == leader && $0.waitingJoin != nil }
    if !leaderJoined { leader = firstJoined.id }
    protocolName = chooseProtocol()
    state = .completingRebalance
    rebalanceDeadlineMs = nowMs + longestRebalanceMs
    var effects: [GroupEffect] = []
    for index in members.indices {
      guard let token = members[index].waitingJoin else { continue }
      members[index].waitingJoin = nil
      members[index].deadlineMs = nowMs + Int64(members[index].sessionTimeoutMs)
      effects.append(.answerJoin(token: token, currentJoinAnswer(for: members[index])))
    }
    return effects
  }

  private mutating func becomeEmpty() -> [GroupEffect] {
    state = .empty
    leader = nil
    protocolName = nil
    rebalanceDeadlineMs = .max
    return [.store(snapshot)]
  }

  /// The protocols that all of `members` offer.
  func commonProtocols(_ members: [GroupMember]) -> Set<String> {
    guard let first = members.first else { return [] }
    return members.dropFirst().reduce(Set(first.protocols.map(\.name))) { $0.intersection($1.protocols.map(\.name)) }
  }

  /// Each member votes for the first of its protocols that all support; ties go to the name that comes first.
  private func chooseProtocol() -> String? {
    let common = commonProtocols(members)
    var votes: [String: Int] = [:]
    for member in members {
      if let vote = member.protocols.first(where: { common.contains($0.name) }) { votes[vote.name, default: 0] += 1 }
    }
    return votes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }

  // MARK: SyncGroup

  /// SyncGroup; the answer comes under `token`, at once or when the leader has handed in the assignment.
  mutating func sync(_ request: SyncGroupRequest, token: Int, nowMs: Int64) -> [GroupEffect] {
    if let error = syncError(request) { return [.answerSync(token: token, GroupSyncAnswer(error: error))] }
    touch(request.memberID, nowMs)
    guard let index = index(of: request.memberID) else { return [] }
    if state == .stable { return [.answerSync(token: token, syncAnswer(members[index]))] }
    var effects: [GroupEffect] = []
    if let earlier = members[index].waitingSync {
      effects.append(.answerSync(token: earlier, GroupSyncAnswer(error: .rebalanceInProgress)))
    }
    members[index].waitingSync = token
    guard request.memberID == leader else { return effects }
    return effects + assign(request.assignments, nowMs)
  }

  private func syncError(_ request: SyncGroupRequest) -> ErrorCode? {
    guard state != .dead else { return .coordinatorNotAvailable }
    if let error = membershipError(request.memberID, request.instanceID) { return error }
    guard request.generationID == generation else { return .illegalGeneration }
    if let type = request.protocolType, type != protocolType { return .inconsistentGroupProtocol }
    if let name = request.protocolName, name != protocolName { return .inconsistentGroupProtocol }
    switch state {
    case .empty: return .unknownMemberID
    case .preparingRebalance: return .rebalanceInProgress
    case .completingRebalance, .stable, .dead: return nil
    }
  }

  private mutating func assign(_ assignments: [SyncGroupRequest.Assignment], _ nowMs: Int64) -> [GroupEffect] {
    let byMember = Dictionary(assignments.map { ($0.memberID, $0.assignment) }, uniquingKeysWith: { _, last in last })
    var answers: [GroupEffect] = []
    state = .stable
    rebalanceDeadlineMs = .max
    for index in members.indices {
      members[index].assignment = byMember[members[index].id] ?? []
      guard let token = members[index].waitingSync else { continue }
      members[index].waitingSync = nil
      members[index].deadlineMs = nowMs + Int64(members[index].sessionTimeoutMs)
      answers.append(.answerSync(token: token, syncAnswer(members[index])))
    }
    return [.store(snapshot)] + answers
  }

  private func syncAnswer(_ member: GroupMember) -> GroupSyncAnswer {
    GroupSyncAnswer(protocolType: protocolType, protocolName: protocolName, assignment: member.assignment)
  }

  // MARK: Leaving

  /// Takes one member out, by id or by instance.
  mutating func leave(memberID: String, instanceID: String?, nowMs: Int64) -> (ErrorCode, [GroupEffect]) {
    guard state != .dead else { return (.coordinatorNotAvailable, []) }
    if let instanceID {
      guard let index = index(ofInstance: instanceID) else { return (.unknownMemberID, []) }
      guard memberID.isEmpty || members[index].id == memberID else { return (.fencedInstanceID, []) }
      return (.none, remove(members[index].id, nowMs: nowMs))
    }
    if pendingMembers.removeValue(forKey: memberID) != nil { return (.none, completeJoinIfDue(nowMs: nowMs)) }
    guard index(of: memberID) != nil else { return (.unknownMemberID, []) }
    return (.none, remove(memberID, nowMs: nowMs))
  }

  mutating func remove(_ memberID: String, nowMs: Int64) -> [GroupEffect] {
    guard let index = index(of: memberID) else { return [] }
    let member = members.remove(at: index)
    var effects: [GroupEffect] = []
    if let token = member.waitingJoin { effects.append(refused(token, .unknownMemberID, member.id)) }
    if let token = member.waitingSync {
      effects.append(.answerSync(token: token, GroupSyncAnswer(error: .unknownMemberID)))
    }
    if leader == member.id { leader = members.first?.id }
    return effects + prepareRebalance(nowMs: nowMs)
  }
}
