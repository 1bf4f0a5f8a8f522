import CRdKafka

/// Who is in a consumer group now.
public struct GroupState: Hashable, Sendable {
  public var id: String
  /// As Kafka names it: Stable, PreparingRebalance, CompletingRebalance, Empty, Dead.
  public var name: String
  /// Members that the coordinator still counts, the partitions of each.
  public var members: [[TopicPartition]]
}

extension Admin {
  /// The present state of groups. One that does not exist is Dead and has no members.
  public func states(ofGroups groups: [String]) throws(KafkaError) -> [GroupState] {
    var states: [GroupState] = []
    // One by one: a group whose coordinator does not answer says nothing about the others.
    for group in groups { states.append(try state(ofGroup: group)) }
    return states
  }

  private func state(ofGroup group: String) throws(KafkaError) -> GroupState {
    try request("describe group \(group)") { options, queue in
      group.withCString { name in
        var names: [UnsafePointer<CChar>?] = [name]
        names.withUnsafeMutableBufferPointer {
          rd_kafka_DescribeConsumerGroups(handle.pointer, $0.baseAddress, 1, options, queue)
        }
      }
    } _: { event throws(KafkaError) in
      var count = 0
      let result = rd_kafka_event_DescribeConsumerGroups_result(event)
      guard let list = rd_kafka_DescribeConsumerGroups_result_groups(result, &count), count > 0, let first = list[0] else {
        return GroupState(id: group, name: "Dead", members: [])
      }
      if let error = rd_kafka_ConsumerGroupDescription_error(first), rd_kafka_error_code(error).rawValue != 0 {
        let code = rd_kafka_error_code(error)
        if code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND { return GroupState(id: group, name: "Dead", members: []) }
        throw KafkaError(code, "describe group \(group)", reason: String(cString: rd_kafka_error_string(error)))
      }
      let name = String(cString: rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(first)))
      let members = (0..<rd_kafka_ConsumerGroupDescription_member_count(first)).map { index in
        Self.partitions(of: rd_kafka_ConsumerGroupDescription_member(first, index))
      }
      return GroupState(id: group, name: name, members: members)
    }
  }

  private static func partitions(of member: OpaquePointer?) -> [TopicPartition] {
    guard let assignment = rd_kafka_MemberDescription_assignment(member),
      let list = rd_kafka_MemberAssignment_partitions(assignment)
    else { return [] }
    return (0..<Int(list.pointee.cnt)).map { index in
      let one = list.pointee.elems[index]
      return TopicPartition(one.topic.map { String(cString: $0) } ?? "", one.partition)
    }.sorted()
  }
}
