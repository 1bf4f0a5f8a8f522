extension GroupStateMachine {
  /// JoinGroup; the answer comes under `token`, now or when the rebalance is complete.
  mutating func join(_ join: GroupJoin, token: Int, nowMs: Int64) -> [GroupEffect] {
    if let error = refusal(of: join) { return [refused(token, error, join.memberID)] }
    if let instanceID = join.instanceID { return joinStatic(join, instanceID, token, nowMs) }
    if join.memberID.isEmpty { return joinNew(join, token, nowMs) }
    if pendingMembers.removeValue(forKey: join.memberID) != nil { return add(join, id: join.memberID, token, nowMs) }
    guard let index = index(of: join.memberID) else { return [refused(token, .unknownMemberID, join.memberID)] }
    return rejoin(join, at: index, token, nowMs)
  }

  private func refusal(of join: GroupJoin) -> ErrorCode? {
    if state == .dead { return .coordinatorNotAvailable }
    if join.protocols.isEmpty || join.protocolType.isEmpty { return .inconsistentGroupProtocol }
    let others = members.filter { $0.id != join.memberID && ($0.instanceID == nil || $0.instanceID != join.instanceID) }
    guard !others.isEmpty else { return nil }
    if join.protocolType != protocolType { return .inconsistentGroupProtocol }
    let offered = Set(join.protocols.map(\.name))
    return commonProtocols(others).isDisjoint(with: offered) ? .inconsistentGroupProtocol : nil
  }

  func refused(_ token: Int, _ error: ErrorCode, _ memberID: String) -> GroupEffect {
    .answerJoin(token: token, GroupJoinAnswer(error: error, memberID: memberID))
  }

  private mutating func joinNew(_ join: GroupJoin, _ token: Int, _ nowMs: Int64) -> [GroupEffect] {
    guard join.requiresMemberID else { return add(join, id: join.freshMemberID, token, nowMs) }
    pendingMembers[join.freshMemberID] = nowMs + Int64(join.sessionTimeoutMs)
    return [refused(token, .memberIDRequired, join.freshMemberID)]
  }

  private mutating func joinStatic(
    _ join: GroupJoin, _ instanceID: String, _ token: Int, _ nowMs: Int64
  ) -> [GroupEffect] {
    guard let index = index(ofInstance: instanceID) else {
      guard join.memberID.isEmpty else { return [refused(token, .unknownMemberID, join.memberID)] }
      return add(join, id: join.freshMemberID, token, nowMs)
    }
    if join.memberID.isEmpty { return replaceStatic(join, at: index, token, nowMs) }
    guard members[index].id == join.memberID else { return [refused(token, .fencedInstanceID, join.memberID)] }
    return rejoin(join, at: index, token, nowMs)
  }

  /// A static member has restarted: it takes its old place under a new id, and nothing is rebalanced if nothing changed.
  private mutating func replaceStatic(_ join: GroupJoin, at index: Int, _ token: Int, _ nowMs: Int64) -> [GroupEffect] {
    let old = members[index]
    var effects: [GroupEffect] = []
    if let waiting = old.waitingJoin { effects.append(refused(waiting, .fencedInstanceID, old.id)) }
    if let waiting = old.waitingSync { effects.append(.answerSync(token: waiting, GroupSyncAnswer(error: .fencedInstanceID))) }
    let oldLeader = leader
    members[index].id = join.freshMemberID
    members[index].waitingJoin = nil
    members[index].waitingSync = nil
    if leader == old.id { leader = join.freshMemberID }
    let isUnchanged = old.protocols == join.protocols
    update(index, join, nowMs)
    guard state == .stable, isUnchanged else {
      members[index].waitingJoin = token
      return effects + prepareRebalance(nowMs: nowMs)
    }
    // Naming the old leader keeps a returning leader from assigning anew what everybody holds (KIP-345).
    var answer = currentJoinAnswer(for: members[index])
    answer.leader = oldLeader ?? ""
    answer.members = []
    return effects + [.store(snapshot), .answerJoin(token: token, answer)]
  }

  private mutating func rejoin(_ join: GroupJoin, at index: Int, _ token: Int, _ nowMs: Int64) -> [GroupEffect] {
    let isUnchanged = members[index].protocols == join.protocols
    let isLeader = members[index].id == leader
    update(index, join, nowMs)
    let answersNow = isUnchanged && (state == .completingRebalance || (state == .stable && !isLeader))
    if answersNow { return [.answerJoin(token: token, currentJoinAnswer(for: members[index]))] }
    var effects: [GroupEffect] = []
    if let earlier = members[index].waitingJoin { effects.append(refused(earlier, .rebalanceInProgress, join.memberID)) }
    members[index].waitingJoin = token
    return effects + prepareRebalance(nowMs: nowMs)
  }

  private mutating func update(_ index: Int, _ join: GroupJoin, _ nowMs: Int64) {
    members[index].protocols = join.protocols
    members[index].sessionTimeoutMs = join.sessionTimeoutMs
    members[index].rebalanceTimeoutMs = join.rebalanceTimeoutMs
    members[index].clientID = join.clientID
    members[index].clientHost = join.clientHost
    members[index].deadlineMs = nowMs + Int64(join.sessionTimeoutMs)
  }

  private mutating func add(_ join: GroupJoin, id: String, _ token: Int, _ nowMs: Int64) -> [GroupEffect] {
    var member = GroupMember(
      id: id, instanceID: join.instanceID, clientID: join.clientID, clientHost: join.clientHost,
      sessionTimeoutMs: join.sessionTimeoutMs, rebalanceTimeoutMs: join.rebalanceTimeoutMs, protocols: join.protocols)
    member.deadlineMs = nowMs + Int64(join.sessionTimeoutMs)
    member.waitingJoin = token
    if members.isEmpty { protocolType = join.protocolType }
    if leader == nil { leader = id }
    members.append(member)
    return prepareRebalance(nowMs: nowMs)
  }

  func currentJoinAnswer(for member: GroupMember) -> GroupJoinAnswer {
    let name = protocolName ?? ""
    let everyone = members.map {
      GroupJoinAnswer.Member(id: $0.id, instanceID: $0.instanceID, metadata: $0.metadata(of: name))
    }
    return GroupJoinAnswer(
      generation: generation, protocolType: protocolType, protocolName: protocolName, leader: leader ?? "",
      memberID: member.id, members: member.id == leader ? everyone : [])
  }
}
