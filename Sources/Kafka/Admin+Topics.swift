import CRdKafka

/// A topic to be created.
public struct TopicSpecification: Sendable {
  public var name: String
  public var partitions: Int
  /// -1 lets the cluster decide.
  public var replication: Int
  /// Kafka's topic settings, such as `cleanup.policy`.
  public var settings: [String: String]

  public init(_ name: String, partitions: Int, replication: Int = -1, settings: [String: String] = [:]) {
    self.name = name
    self.partitions = partitions
    self.replication = replication
    self.settings = settings
  }
}

extension Admin {
  /// Creates topics, and waits until they can be seen. One that exists is left as it is.
  public func create(_ topics: [TopicSpecification]) throws(KafkaError) {
    guard !topics.isEmpty else { return }
    var requests: [OpaquePointer?] = []
    defer { for case let request? in requests { rd_kafka_NewTopic_destroy(request) } }
    for topic in topics { requests.append(try newTopic(topic)) }
    let count = requests.count
    try request("create topics") { options, queue in
      requests.withUnsafeMutableBufferPointer {
        rd_kafka_CreateTopics(handle.pointer, $0.baseAddress, count, options, queue)
      }
    } _: { event throws(KafkaError) in
      var results = 0
      let list = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &results)
      try check(list, results, "create topic", tolerating: .topicAlreadyExists)
    }
    try awaitTopics { all in topics.allSatisfy { all[$0.name] != nil } }
  }

  /// Deletes topics, and waits until they can no longer be seen. One that does not exist is fine.
  public func delete(topics: [String]) throws(KafkaError) {
    guard !topics.isEmpty else { return }
    var requests: [OpaquePointer?] = topics.map { rd_kafka_DeleteTopic_new($0) }
    defer { for case let request? in requests { rd_kafka_DeleteTopic_destroy(request) } }
    let count = requests.count
    try request("delete topics") { options, queue in
      requests.withUnsafeMutableBufferPointer {
        rd_kafka_DeleteTopics(handle.pointer, $0.baseAddress, count, options, queue)
      }
    } _: { event throws(KafkaError) in
      var results = 0
      let list = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &results)
      try check(list, results, "delete topic", tolerating: .unknownTopicOrPartition)
    }
    try awaitTopics { all in topics.allSatisfy { all[$0] == nil } }
  }

  /// A topic's settings in force, defaults included.
  public func settings(ofTopic topic: String) throws(KafkaError) -> [String: String] {
    guard let resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic) else {
      throw .badInput("describe \(topic)", "not a topic name")
    }
    defer { rd_kafka_ConfigResource_destroy(resource) }
    var list: [OpaquePointer?] = [resource]
    return try request("describe topic \(topic)") { options, queue in
      list.withUnsafeMutableBufferPointer {
        rd_kafka_DescribeConfigs(handle.pointer, $0.baseAddress, 1, options, queue)
      }
    } _: { event throws(KafkaError) in
      var count = 0
      let result = rd_kafka_event_DescribeConfigs_result(event)
      guard let resources = rd_kafka_DescribeConfigs_result_resources(result, &count), count > 0 else { return [:] }
      let code = rd_kafka_ConfigResource_error(resources[0])
      let reason = rd_kafka_ConfigResource_error_string(resources[0]).map { String(cString: $0) }
      if code.rawValue != 0 { throw KafkaError(code, "describe topic \(topic)", reason: reason) }
      return entries(of: resources[0])
    }
  }

  private func entries(of resource: OpaquePointer?) -> [String: String] {
    var count = 0
    guard let entries = rd_kafka_ConfigResource_configs(resource, &count) else { return [:] }
    var settings: [String: String] = [:]
    for index in 0..<count {
      guard let name = rd_kafka_ConfigEntry_name(entries[index]) else { continue }
      settings[String(cString: name)] = rd_kafka_ConfigEntry_value(entries[index]).map { String(cString: $0) } ?? ""
    }
    return settings
  }

  private func newTopic(_ topic: TopicSpecification) throws(KafkaError) -> OpaquePointer? {
    guard Self.isLegal(topicName: topic.name) else {
      throw .badInput(
        "create topic '\(topic.name)'", "a topic's name has 1 to 249 letters, digits, dots, dashes or underscores")
    }
    var text = [CChar](repeating: 0, count: 256)
    let pointer = rd_kafka_NewTopic_new(
      topic.name, Int32(clamping: topic.partitions), Int32(clamping: topic.replication), &text, text.count)
    guard let pointer else { throw .badInput("create topic \(topic.name)", ClientHandle.string(text)) }
    for (name, value) in topic.settings { rd_kafka_NewTopic_set_config(pointer, name, value) }
    return pointer
  }

  static func isLegal(topicName name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard (1...249).contains(bytes.count), name != ".", name != ".." else { return false }
    return bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
  }

  // An answered create or delete need not show at once on every broker.
  private func awaitTopics(_ condition: ([String: Int]) -> Bool) throws(KafkaError) {
    let deadline = Deadline(after: timeout)
    while true {
      if condition(try topics()) { return }
      if deadline.hasPassed {
        throw KafkaError(
          code: .timedOut, operation: "await topics", reason: "the change did not show in time", recovery: .unavailable)
      }
      Blocking.pause(milliseconds: 10)
    }
  }
}
