import Testing

@testable import EmbeddedKafka

@Suite struct GroupStateMachineTests {
  func join(
    _ memberID: String, fresh: String = "new", instance: String? = nil, protocols: [String] = ["range"],
    type: String = "consumer", metadata: [UInt8] = [1], requiresMemberID: Bool = false
  ) -> GroupJoin {
    GroupJoin(
      memberID: memberID, instanceID: instance, clientID: "c", clientHost: "/h", sessionTimeoutMs: 1000,
      rebalanceTimeoutMs: 5000, protocolType: type, protocols: protocols.map { GroupProtocolOffer(name: $0, metadata: metadata) },
      freshMemberID: fresh, requiresMemberID: requiresMemberID)
  }

  func sync(_ memberID: String, _ generation: Int32, _ assignments: [String: [UInt8]] = [:]) -> SyncGroupRequest {
    var request = SyncGroupRequest()
    request.groupID = "g"
    request.memberID = memberID
    request.generationID = generation
    request.assignments = assignments.sorted { $0.key < $1.key }.map {
      SyncGroupRequest.Assignment(memberID: $0.key, assignment: $0.value)
    }
    return request
  }

  func joins(_ effects: [GroupEffect]) -> [Int: GroupJoinAnswer] {
    effects.reduce(into: [:]) { if case .answerJoin(let token, let answer) = $1 { $0[token] = answer } }
  }

  func syncs(_ effects: [GroupEffect]) -> [Int: GroupSyncAnswer] {
    effects.reduce(into: [:]) { if case .answerSync(let token, let answer) = $1 { $0[token] = answer } }
  }

  /// A stable group of `a` (leader) and `b` in generation 2.
  func stableGroup() -> GroupStateMachine {
    var group = GroupStateMachine(groupID: "g")
    _ = group.join(join("", fresh: "a"), token: 1, nowMs: 0)
    _ = group.join(join("", fresh: "b"), token: 2, nowMs: 0)
    _ = group.join(join("a"), token: 3, nowMs: 0)
    _ = group.sync(sync("b", 2), token: 4, nowMs: 0)
    _ = group.sync(sync("a", 2, ["a": [1], "b": [2]]), token: 5, nowMs: 0)
    return group
  }

  @Test func `a first member leads generation 1 and learns the members`() {
    var group = GroupStateMachine(groupID: "g")
    let answer = joins(group.join(join("", fresh: "a"), token: 1, nowMs: 0))[1]
    #expect(answer?.generation == 1 && answer?.leader == "a" && answer?.memberID == "a" && answer?.protocolName == "range")
    #expect(answer?.members.map(\.id) == ["a"])
    #expect(group.state == .completingRebalance)
  }

  @Test func `new members come back with their id where the version asks for it`() {
    var group = GroupStateMachine(groupID: "g")
    let refused = joins(group.join(join("", fresh: "a", requiresMemberID: true), token: 1, nowMs: 0))[1]
    #expect(refused?.error == .memberIDRequired && refused?.memberID == "a")
    #expect(joins(group.join(join("stranger"), token: 2, nowMs: 0))[2]?.error == .unknownMemberID)
    #expect(joins(group.join(join("a"), token: 3, nowMs: 0))[3]?.error == ErrorCode.none)
  }

  @Test func `an id that was given out and never used is forgotten after a session`() {
    var group = GroupStateMachine(groupID: "g")
    _ = group.join(join("", fresh: "a", requiresMemberID: true), token: 1, nowMs: 0)
    #expect(group.nextDeadlineMs == 1000)
    _ = group.tick(nowMs: 1000)
    #expect(joins(group.join(join("a"), token: 2, nowMs: 1000))[2]?.error == .unknownMemberID)
  }

  @Test func `a second member waits until the first has joined anew`() {
    var group = GroupStateMachine(groupID: "g")
    _ = group.join(join("", fresh: "a"), token: 1, nowMs: 0)
    _ = group.sync(sync("a", 1, ["a": [9]]), token: 2, nowMs: 0)
    #expect(group.state == .stable)
    #expect(group.join(join("", fresh: "b"), token: 3, nowMs: 10).isEmpty)
    #expect(group.heartbeat(memberID: "a", instanceID: nil, generation: 1, nowMs: 20) == .rebalanceInProgress)
    let answers = joins(group.join(join("a"), token: 4, nowMs: 30))
    #expect(answers[3]?.generation == 2 && answers[3]?.members == [])
    #expect(answers[4]?.generation == 2 && answers[4]?.members.map(\.id) == ["a", "b"])
  }

  @Test func `followers wait for the leader's assignment, which is stored before anybody is answered`() {
    var group = GroupStateMachine(groupID: "g")
    _ = group.join(join("", fresh: "a"), token: 1, nowMs: 0)
    _ = group.join(join("", fresh: "b"), token: 2, nowMs: 0)
    _ = group.join(join("a"), token: 3, nowMs: 0)
    #expect(group.sync(sync("b", 2), token: 4, nowMs: 0).isEmpty)
    let effects = group.sync(sync("a", 2, ["a": [1], "b": [2]]), token: 5, nowMs: 0)
    guard case .store(let snapshot) = effects.first else { return #expect(Bool(false), "not stored first: \(effects)") }
    #expect(snapshot.members.map(\.assignment) == [[1], [2]])
    #expect(syncs(effects)[4]?.assignment == [2])
    #expect(syncs(effects)[5]?.assignment == [1])
    #expect(syncs(group.sync(sync("b", 2), token: 6, nowMs: 0))[6]?.assignment == [2])
  }

  @Test(
    arguments: [
      ("a", nil, Int32(2), ErrorCode.none), ("a", nil, 1, .illegalGeneration), ("x", nil, 2, .unknownMemberID),
      ("", nil, 2, .unknownMemberID), ("a", "i", 2, .unknownMemberID),
    ] as [(String, String?, Int32, ErrorCode)])
  func `heartbeats and commits name their generation`(
    _ member: String, _ instance: String?, _ generation: Int32, _ error: ErrorCode
  ) {
    var group = stableGroup()
    #expect(group.heartbeat(memberID: member, instanceID: instance, generation: generation, nowMs: 0) == error)
    for isTransactional in [false, true] {
      let answer = group.checkCommit(
        memberID: member, instanceID: instance, generation: generation, isTransactional: isTransactional, nowMs: 0)
      #expect(answer == error)
    }
  }

  @Test func `commits without membership are for empty groups, or transactions of old clients`() {
    var group = stableGroup()
    func check(_ isTransactional: Bool) -> ErrorCode {
      group.checkCommit(memberID: "", instanceID: nil, generation: -1, isTransactional: isTransactional, nowMs: 0)
    }
    #expect(check(false) == .unknownMemberID)
    #expect(check(true) == ErrorCode.none)
    group = GroupStateMachine(groupID: "g")
    #expect(check(false) == ErrorCode.none)
  }

  @Test func `a silent member is removed after its session and the others rebalance`() {
    var group = stableGroup()
    #expect(group.heartbeat(memberID: "a", instanceID: nil, generation: 2, nowMs: 900) == ErrorCode.none)
    #expect(group.tick(nowMs: 999).isEmpty)
    _ = group.tick(nowMs: 1000)
    #expect(group.state == .preparingRebalance && group.members.map(\.id) == ["a"])
    let answer = joins(group.join(join("a"), token: 9, nowMs: 1100))[9]
    #expect(answer?.generation == 3 && answer?.members.map(\.id) == ["a"])
  }

  @Test func `a member that does not come to a rebalance is left behind`() {
    var group = stableGroup()
    _ = group.join(join("a"), token: 6, nowMs: 100)
    #expect(group.heartbeat(memberID: "b", instanceID: nil, generation: 2, nowMs: 4999) == .rebalanceInProgress)
    let answer = joins(group.tick(nowMs: 5100))[6]
    #expect(answer?.generation == 3 && answer?.members.map(\.id) == ["a"])
    #expect(group.heartbeat(memberID: "b", instanceID: nil, generation: 2, nowMs: 5200) == .unknownMemberID)
  }

  @Test func `a leader that joins but never assigns is removed`() {
    var group = GroupStateMachine(groupID: "g")
    _ = group.join(join("", fresh: "a"), token: 1, nowMs: 0)
    _ = group.join(join("", fresh: "b"), token: 2, nowMs: 0)
    _ = group.join(join("a"), token: 3, nowMs: 0)
    _ = group.sync(sync("b", 2), token: 4, nowMs: 0)
    for now in stride(from: Int64(500), through: 4500, by: 500) {
      #expect(group.heartbeat(memberID: "a", instanceID: nil, generation: 2, nowMs: now) == ErrorCode.none)
    }
    let effects = group.tick(nowMs: 5000)
    #expect(syncs(effects)[4]?.error == .rebalanceInProgress)
    #expect(group.members.map(\.id) == ["b"])
  }

  @Test func `rebalance tells those who wait for an assignment`() {
    var group = GroupStateMachine(groupID: "g")
    _ = group.join(join("", fresh: "a"), token: 1, nowMs: 0)
    _ = group.join(join("", fresh: "b"), token: 2, nowMs: 0)
    _ = group.join(join("a"), token: 3, nowMs: 0)
    _ = group.sync(sync("b", 2), token: 4, nowMs: 0)
    let effects = group.join(join("", fresh: "c"), token: 5, nowMs: 0)
    #expect(syncs(effects) == [4: GroupSyncAnswer(error: .rebalanceInProgress)])
    #expect(syncs(group.sync(sync("a", 2), token: 6, nowMs: 0))[6]?.error == .rebalanceInProgress)
  }

  @Test func `leaving rebalances, and the last one leaves an empty group with its generation kept`() {
    var group = stableGroup()
    let (error, _) = group.leave(memberID: "b", instanceID: nil, nowMs: 0)
    #expect(error == ErrorCode.none && group.state == .preparingRebalance)
    let (last, effects) = group.leave(memberID: "a", instanceID: nil, nowMs: 0)
    #expect(last == ErrorCode.none && group.state == .empty)
    #expect(effects == [.store(group.snapshot)])
    #expect(group.leave(memberID: "a", instanceID: nil, nowMs: 0).0 == .unknownMemberID)
    #expect(joins(group.join(join("", fresh: "z"), token: 9, nowMs: 0))[9]?.generation == 4)
  }

  @Test func `protocol is the one all support and most prefer`() {
    var group = GroupStateMachine(groupID: "g", initialDelayMs: 10)
    _ = group.join(join("", fresh: "a", protocols: ["x", "y", "z"]), token: 1, nowMs: 0)
    _ = group.join(join("", fresh: "b", protocols: ["y", "z"]), token: 2, nowMs: 0)
    _ = group.join(join("", fresh: "c", protocols: ["z", "y"]), token: 3, nowMs: 0)
    let refused = joins(group.join(join("", fresh: "d", protocols: ["x"]), token: 4, nowMs: 0))[4]
    #expect(refused?.error == .inconsistentGroupProtocol)
    let other = joins(group.join(join("", fresh: "e", protocols: ["y"], type: "connect"), token: 5, nowMs: 0))[5]
    #expect(other?.error == .inconsistentGroupProtocol)
    let answers = joins(group.tick(nowMs: 10))
    #expect(answers.count == 3 && answers.values.allSatisfy { $0.protocolName == "y" && $0.generation == 1 })
  }

  @Test func `a follower that repeats its join gets its generation, the leader starts a new one`() {
    var group = stableGroup()
    #expect(joins(group.join(join("b"), token: 7, nowMs: 0))[7]?.generation == 2)
    #expect(group.state == .stable)
    #expect(group.join(join("a"), token: 8, nowMs: 0).isEmpty)
    #expect(group.state == .preparingRebalance)
    var changed = stableGroup()
    #expect(changed.join(join("b", metadata: [7]), token: 9, nowMs: 0).isEmpty)
    #expect(changed.state == .preparingRebalance)
  }

  @Test func `a static member returns under a new id without a rebalance, and fences its old self`() {
    var group = GroupStateMachine(groupID: "g")
    _ = group.join(join("", fresh: "a", instance: "i"), token: 1, nowMs: 0)
    _ = group.sync(sync("a", 1, ["a": [5]]), token: 2, nowMs: 0)
    let answer = joins(group.join(join("", fresh: "a2", instance: "i"), token: 3, nowMs: 0))[3]
    #expect(answer?.error == ErrorCode.none && answer?.generation == 1 && answer?.memberID == "a2" && answer?.leader == "a")
    #expect(group.state == .stable)
    #expect(group.heartbeat(memberID: "a", instanceID: "i", generation: 1, nowMs: 0) == .fencedInstanceID)
    #expect(syncs(group.sync(sync("a2", 1), token: 4, nowMs: 0))[4]?.assignment == [5])
    #expect(joins(group.join(join("a", instance: "i"), token: 5, nowMs: 0))[5]?.error == .fencedInstanceID)
  }

  @Test func `a static member that leaves a parked join is told that it was replaced`() {
    var group = stableGroup()
    _ = group.join(join("", fresh: "s", instance: "i"), token: 6, nowMs: 0)
    let effects = group.join(join("", fresh: "s2", instance: "i"), token: 7, nowMs: 0)
    #expect(joins(effects)[6]?.error == .fencedInstanceID)
  }

  @Test func `restored groups keep members, generation and assignments for one more session`() {
    let group = stableGroup()
    var restored = GroupStateMachine(groupID: "g", initialDelayMs: 0, restored: group.snapshot, nowMs: 50_000)
    #expect(restored.snapshot == group.snapshot)
    #expect(restored.heartbeat(memberID: "b", instanceID: nil, generation: 2, nowMs: 50_500) == ErrorCode.none)
    #expect(syncs(restored.sync(sync("b", 2), token: 1, nowMs: 50_500))[1]?.assignment == [2])
    _ = restored.tick(nowMs: 51_000)
    #expect(restored.members.map(\.id) == ["b"])
  }
}
