import Foundation

extension BrokerCore {
  static let offsetMetadataLimit = 4096

  // MARK: Membership

  func joinGroup(_ call: Call) throws(WireError) {
    let request = try call.decode(JoinGroupRequest.self)
    guard !request.groupID.isEmpty else { return refuse(call, .invalidGroupID, request.memberID) }
    guard coordinatorLoad == .none else { return refuse(call, coordinatorLoad, request.memberID) }
    guard configuration.groupSessionTimeoutRangeMs.contains(request.sessionTimeoutMs) else {
      return refuse(call, .invalidSessionTimeout, request.memberID)
    }
    let clientID = call.header.clientID ?? ""
    let join = GroupJoin(
      memberID: request.memberID, instanceID: request.instanceID, clientID: clientID, clientHost: call.clientHost,
      sessionTimeoutMs: request.sessionTimeoutMs,
      rebalanceTimeoutMs: request.rebalanceTimeoutMs < 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
      protocolType: request.protocolType,
      protocols: request.protocols.map { GroupProtocolOffer(name: $0.name, metadata: $0.metadata) },
      freshMemberID: "\(request.instanceID ?? clientID)-\(UUID().uuidString.lowercased())",
      requiresMemberID: call.version >= 4 && request.instanceID == nil)
    groups.join(request.groupID, join) { answer in
      call.answer(JoinGroupRequest.self, JoinGroupResponse(answer, version: call.version))
    }
  }

  private func refuse(_ call: Call, _ error: ErrorCode, _ memberID: String) {
    let answer = GroupJoinAnswer(error: error, memberID: memberID)
    call.answer(JoinGroupRequest.self, JoinGroupResponse(answer, version: call.version))
  }

  func syncGroup(_ call: Call) throws(WireError) {
    groups.sync(try call.decode(SyncGroupRequest.self)) { answer in
      var response = SyncGroupResponse()
      response.errorCode = answer.error.rawValue
      response.protocolType = answer.protocolType
      response.protocolName = answer.protocolName
      response.assignment = answer.assignment
      call.answer(SyncGroupRequest.self, response)
    }
  }

  func heartbeat(_ request: HeartbeatRequest) -> HeartbeatResponse {
    var response = HeartbeatResponse()
    response.errorCode = groups.heartbeat(request).rawValue
    return response
  }

  func leaveGroup(_ request: LeaveGroupRequest, _ version: Int16) -> LeaveGroupResponse {
    var response = LeaveGroupResponse()
    guard version >= 3 else {
      response.errorCode = groups.leave(request.groupID, memberID: request.memberID, instanceID: nil).rawValue
      return response
    }
    response.members = request.members.map { member in
      var answer = LeaveGroupResponse.Member()
      answer.memberID = member.memberID
      answer.instanceID = member.instanceID
      answer.errorCode =
        groups.leave(request.groupID, memberID: member.memberID, instanceID: member.instanceID).rawValue
      return answer
    }
    return response
  }

  // MARK: Offsets

  /// Why one offset cannot be committed, whatever the group's state; `none` if it can.
  func refusal(of commit: OffsetStore.Commit) -> ErrorCode {
    if logs.log(commit.partition) == nil { return .unknownTopicOrPartition }
    return commit.metadata.utf8.count > Self.offsetMetadataLimit ? .offsetMetadataTooLarge : .none
  }

  func offsetCommit(_ request: OffsetCommitRequest) -> OffsetCommitResponse {
    var commits: [OffsetStore.Commit] = []
    var response = OffsetCommitResponse()
    for topic in request.topics {
      var answered = OffsetCommitResponse.Topic()
      answered.name = topic.name
      for partition in topic.partitions {
        var answer = OffsetCommitResponse.Partition()
        answer.index = partition.index
        let commit = OffsetStore.Commit(
          partition: TopicPartition(topic: topic.name, partition: partition.index), offset: partition.offset,
          leaderEpoch: partition.leaderEpoch, metadata: partition.metadata ?? "")
        answer.errorCode = refusal(of: commit).rawValue
        if answer.errorCode == 0 { commits.append(commit) }
        answered.partitions.append(answer)
      }
      response.topics.append(answered)
    }
    let error = commit(commits, request)
    guard error != .none else { return response }
    for topic in response.topics.indices {
      for partition in response.topics[topic].partitions.indices {
        let isFine = response.topics[topic].partitions[partition].errorCode == 0
        if isFine { response.topics[topic].partitions[partition].errorCode = error.rawValue }
      }
    }
    return response
  }

  private func commit(_ commits: [OffsetStore.Commit], _ request: OffsetCommitRequest) -> ErrorCode {
    let error = groups.checkCommit(
      request.groupID, memberID: request.memberID, instanceID: request.instanceID, generation: request.generationID,
      isTransactional: false)
    guard error == .none, !commits.isEmpty else { return error }
    do throws(ErrorCode) {
      try offsets.commit(request.groupID, commits)
      return .none
    } catch {
      return error
    }
  }

  func offsetFetch(_ request: OffsetFetchRequest, _ version: Int16) -> OffsetFetchResponse {
    var response = OffsetFetchResponse()
    let state = offsets.current
    guard version >= 8 else {
      let topics = version < 2 ? request.topics ?? [] : request.topics
      response.errorCode = coordinatorLoad.rawValue
      response.topics = committed(request.groupID, topics, request.requireStable, state)
      return response
    }
    response.groups = request.groups.map { group in
      var answer = OffsetFetchResponse.Group()
      answer.groupID = group.groupID
      answer.errorCode = coordinatorLoad.rawValue
      answer.topics = committed(group.groupID, group.topics, request.requireStable, state)
      return answer
    }
    return response
  }

  private func committed(
    _ group: String, _ topics: [OffsetFetchRequest.Topic]?, _ requireStable: Bool, _ state: OffsetsState
  ) -> [OffsetFetchResponse.Topic] {
    let offsets = state.committed[group] ?? [:]
    let asked =
      topics
      ?? Dictionary(grouping: offsets.keys, by: \.topic).sorted { $0.key < $1.key }.map { name, partitions in
        OffsetFetchRequest.Topic(name: name, partitions: partitions.map(\.partition).sorted())
      }
    return asked.map { topic in
      var answered = OffsetFetchResponse.Topic()
      answered.name = topic.name
      answered.partitions = topic.partitions.map { index in
        var answer = OffsetFetchResponse.Partition()
        answer.index = index
        let place = TopicPartition(topic: topic.name, partition: index)
        if requireStable, state.isPending(group, place) {
          answer.errorCode = ErrorCode.unstableOffsetCommit.rawValue
        } else if let offset = offsets[place] {
          answer.offset = offset.offset
          answer.leaderEpoch = offset.leaderEpoch
          answer.metadata = offset.metadata
        }
        return answer
      }
      return answered
    }
  }
}

extension JoinGroupResponse {
  init(_ answer: GroupJoinAnswer, version: Int16) {
    self.init()
    errorCode = answer.error.rawValue
    generationID = answer.generation
    protocolType = answer.protocolType
    protocolName = version >= 7 ? answer.protocolName : answer.protocolName ?? ""
    leader = answer.leader
    memberID = answer.memberID
    members = answer.members.map { Member(memberID: $0.id, instanceID: $0.instanceID, metadata: $0.metadata) }
  }
}
