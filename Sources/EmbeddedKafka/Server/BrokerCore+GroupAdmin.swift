extension BrokerCore {
  func describeGroups(_ request: DescribeGroupsRequest) -> DescribeGroupsResponse {
    var response = DescribeGroupsResponse()
    response.groups = request.groups.map { name in
      var group = DescribeGroupsResponse.Group()
      group.groupID = name
      guard let machine = groups.machine(name) else {
        let hasOffsets = offsets.read { $0.hasOffsets(name) }
        group.state = (hasOffsets ? GroupState.empty : GroupState.dead).rawValue
        return group
      }
      group.state = machine.state.rawValue
      group.protocolType = machine.protocolType ?? ""
      let isStable = machine.state == .stable
      group.protocolData = isStable ? machine.protocolName ?? "" : ""
      group.members = machine.members.map { Self.describe($0, isStable ? machine.protocolName : nil) }
      return group
    }
    return response
  }

  private static func describe(_ member: GroupMember, _ protocolName: String?) -> DescribeGroupsResponse.Member {
    DescribeGroupsResponse.Member(
      memberID: member.id, instanceID: member.instanceID, clientID: member.clientID, clientHost: member.clientHost,
      metadata: protocolName.map { member.metadata(of: $0) } ?? [], assignment: protocolName == nil ? [] : member.assignment)
  }

  func listGroups() -> ListGroupsResponse {
    var response = ListGroupsResponse()
    response.groups = groups.list().map { ListGroupsResponse.Group(groupID: $0.group, protocolType: $0.protocolType) }
    return response
  }

  func deleteGroups(_ request: DeleteGroupsRequest) -> DeleteGroupsResponse {
    var response = DeleteGroupsResponse()
    response.results = request.groups.map { name in
      DeleteGroupsResponse.Result(groupID: name, errorCode: groups.delete(name).rawValue)
    }
    return response
  }

  /// Deletes offsets of a group whose members do not read the topic; the broker does not parse subscriptions, so any member of
  /// a consumer group protects all its topics.
  func offsetDelete(_ request: OffsetDeleteRequest) -> OffsetDeleteResponse {
    var response = OffsetDeleteResponse()
    let machine = groups.machine(request.groupID)
    guard machine != nil || offsets.read({ $0.hasOffsets(request.groupID) }) else {
      response.errorCode = ErrorCode.groupIDNotFound.rawValue
      return response
    }
    var error = ErrorCode.none
    if machine?.members.isEmpty == false { error = .groupSubscribedToTopic }
    if error == .none {
      let partitions = request.topics.flatMap { topic in
        topic.partitions.map { TopicPartition(topic: topic.name, partition: $0.index) }
      }
      do throws(ErrorCode) { try offsets.delete(request.groupID, partitions) } catch let failure { error = failure }
    }
    response.topics = request.topics.map { topic in
      OffsetDeleteResponse.Topic(
        name: topic.name,
        partitions: topic.partitions.map { OffsetDeleteResponse.Partition(index: $0.index, errorCode: error.rawValue) })
    }
    return response
  }
}
