import CRdKafka

extension Admin {
  /// The ids of the cluster's consumer groups.
  public func groups() throws(KafkaError) -> [String] {
    try request("list groups") { options, queue in
      rd_kafka_ListConsumerGroups(handle.pointer, options, queue)
    } _: { event throws(KafkaError) in
      let result = rd_kafka_event_ListConsumerGroups_result(event)
      var errors = 0
      if let list = rd_kafka_ListConsumerGroups_result_errors(result, &errors), errors > 0, let first = list[0] {
        throw KafkaError(
          rd_kafka_error_code(first), "list groups", reason: String(cString: rd_kafka_error_string(first)))
      }
      var count = 0
      guard let list = rd_kafka_ListConsumerGroups_result_valid(result, &count) else { return [] }
      return (0..<count).compactMap { rd_kafka_ConsumerGroupListing_group_id(list[$0]).map { String(cString: $0) } }
    }
  }

  /// Deletes groups with their offsets. One that does not exist is fine; one with members is not.
  public func delete(groups: [String]) throws(KafkaError) {
    guard !groups.isEmpty else { return }
    var requests: [OpaquePointer?] = groups.map { rd_kafka_DeleteGroup_new($0) }
    defer { for case let request? in requests { rd_kafka_DeleteGroup_destroy(request) } }
    let count = requests.count
    try request("delete groups") { options, queue in
      requests.withUnsafeMutableBufferPointer {
        rd_kafka_DeleteGroups(handle.pointer, $0.baseAddress, count, options, queue)
      }
    } _: { event throws(KafkaError) in
      var results = 0
      let list = rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event), &results)
      for index in 0..<results {
        guard let error = rd_kafka_group_result_error(list?[index]) else { continue }
        let code = rd_kafka_error_code(error)
        if code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND { continue }
        throw KafkaError(code, "delete group", reason: String(cString: rd_kafka_error_string(error)))
      }
    }
  }
}
