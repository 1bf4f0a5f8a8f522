import CrashPoints
import Logging
import Synchronization

extension BrokerCore {
  /// The most partitions that one topic may have.
  private static let partitionLimit: Int32 = 10_000

  /// Creates a topic; with `orKnown`, one that exists by now is as good.
  func create(
    _ name: String, partitions: Int32, overrides: [String: String], orKnown: Bool
  ) throws(ErrorCode) -> TopicMetadata {
    let result: Result<TopicMetadata, ErrorCode> = topicLock.withLock { _ in
      if let known = logs.topic(name) { return orKnown ? .success(known) : .failure(.topicAlreadyExists) }
      do throws(LogError) {
        CrashPoint.hit("broker.topic.create", .before)
        let created = try logs.createTopic(name, partitions: partitions, overrides: overrides)
        if configuration.habits.topicsLateMs > 0 { createdMs.withLock { $0[name] = clock.monotonicMs() } }
        CrashPoint.hit("broker.topic.create", .after)
        return .success(created)
      } catch {
        logger.warning("topic not created", metadata: ["topic": "\(name)", "error": "\(error)"])
        return .failure(ErrorCode(rawValue: error.kafkaErrorCode) ?? .unknownServerError)
      }
    }
    return try result.get()
  }

  // MARK: CreateTopics

  func createTopics(_ request: CreateTopicsRequest) -> CreateTopicsResponse {
    var response = CreateTopicsResponse()
    let counts = Dictionary(request.topics.map { ($0.name, 1) }, uniquingKeysWith: +)
    for topic in request.topics {
      var answer = CreateTopicsResponse.Topic()
      answer.name = topic.name
      do throws(Refusal) {
        guard counts[topic.name] == 1 else { throw Refusal(.invalidRequest, "the topic is named twice") }
        try create(topic, validateOnly: request.validateOnly, &answer)
      } catch {
        answer.errorCode = error.code.rawValue
        answer.errorMessage = error.message
      }
      response.topics.append(answer)
    }
    return response
  }

  private func create(
    _ topic: CreateTopicsRequest.Topic, validateOnly: Bool, _ answer: inout CreateTopicsResponse.Topic
  ) throws(Refusal) {
    let partitions = try partitionCount(topic)
    guard Self.isLegal(topic: topic.name), !Self.isInternal(topic.name) else {
      throw Refusal(.invalidTopic, "not a legal topic name; use up to 249 letters, digits, '.', '_' and '-'")
    }
    guard logs.topic(topic.name) == nil else { throw Refusal(.topicAlreadyExists, "topic \(topic.name) already exists") }
    let overrides = try overrides(topic.configs.map { ($0.name, $0.value) })
    let config = try validated(overrides)
    if !validateOnly {
      do throws(ErrorCode) {
        _ = try create(topic.name, partitions: partitions, overrides: overrides, orKnown: false)
      } catch {
        throw Refusal(error, "topic \(topic.name) was not created; the broker's log says why")
      }
    }
    answer.partitionCount = partitions
    answer.replicationFactor = 1
    answer.configs = config.describe().map { setting in
      var config = CreateTopicsResponse.Config()
      config.name = setting.name
      config.value = setting.value
      config.source = overrides[setting.name] == nil ? ConfigSource.defaultConfig : ConfigSource.topic
      return config
    }
  }

  private func partitionCount(_ topic: CreateTopicsRequest.Topic) throws(Refusal) -> Int32 {
    if !topic.assignments.isEmpty {
      let indexes = topic.assignments.map(\.partition).sorted()
      let isHere = topic.assignments.allSatisfy { $0.brokerIDs == [Self.nodeID] }
      guard isHere, indexes == (0..<Int32(indexes.count)).map({ $0 }) else {
        throw Refusal(.invalidReplicaAssignment, "every partition must be on the only broker, \(Self.nodeID)")
      }
      return Int32(indexes.count)
    }
    guard topic.replicationFactor == 1 || topic.replicationFactor == -1 else {
      throw Refusal(.invalidReplicationFactor, "replication factor must be 1: there is one broker")
    }
    guard topic.partitionCount != -1 else { return configuration.defaultPartitions }
    guard (1...Self.partitionLimit).contains(topic.partitionCount) else {
      throw Refusal(.invalidPartitions, "a topic has 1 to \(Self.partitionLimit) partitions")
    }
    return topic.partitionCount
  }

  // MARK: DeleteTopics and CreatePartitions

  func deleteTopics(_ request: DeleteTopicsRequest) -> DeleteTopicsResponse {
    var response = DeleteTopicsResponse()
    for name in request.names {
      var result = DeleteTopicsResponse.Result()
      result.name = name
      result.errorCode = delete(name).rawValue
      response.results.append(result)
    }
    return response
  }

  private func delete(_ name: String) -> ErrorCode {
    guard !Self.isInternal(name) else { return .invalidTopic }
    guard let topic = logs.topic(name) else { return .unknownTopicOrPartition }
    let error: ErrorCode = topicLock.withLock { _ in
      do throws(LogError) {
        CrashPoint.hit("broker.topic.delete", .before)
        try logs.deleteTopic(name)
        CrashPoint.hit("broker.topic.delete", .after)
        return .none
      } catch {
        logger.warning("topic not deleted", metadata: ["topic": "\(name)", "error": "\(error)"])
        return ErrorCode(rawValue: error.kafkaErrorCode) ?? .unknownServerError
      }
    }
    for index in 0..<topic.partitionCount { purgatory.wake(TopicPartition(topic: name, partition: index)) }
    return error
  }

  func createPartitions(_ request: CreatePartitionsRequest) -> CreatePartitionsResponse {
    var response = CreatePartitionsResponse()
    for topic in request.topics {
      var result = CreatePartitionsResponse.Result()
      result.name = topic.name
      do throws(Refusal) {
        try grow(topic, validateOnly: request.validateOnly)
      } catch {
        result.errorCode = error.code.rawValue
        result.errorMessage = error.message
      }
      response.results.append(result)
    }
    return response
  }

  private func grow(_ topic: CreatePartitionsRequest.Topic, validateOnly: Bool) throws(Refusal) {
    guard !Self.isInternal(topic.name) else { throw Refusal(.invalidTopic, "the broker's own topics cannot be changed") }
    guard let known = logs.topic(topic.name) else { throw Refusal(.unknownTopicOrPartition, "no topic \(topic.name)") }
    guard topic.count > known.partitionCount, topic.count <= Self.partitionLimit else {
      throw Refusal(.invalidPartitions, "topic \(topic.name) has \(known.partitionCount) partitions and can only grow")
    }
    if let assignments = topic.assignments {
      let isHere = assignments.allSatisfy { $0.brokerIDs == [Self.nodeID] }
      guard isHere, assignments.count == Int(topic.count - known.partitionCount) else {
        throw Refusal(.invalidReplicaAssignment, "every new partition must be on the only broker, \(Self.nodeID)")
      }
    }
    guard !validateOnly else { return }
    try storage { () throws(LogError) in _ = try logs.addPartitions(topic.name, total: topic.count) }
  }

  /// Runs a change of topics, one at a time.
  func storage(_ body: () throws(LogError) -> Void) throws(Refusal) {
    let result: Result<Void, LogError> = topicLock.withLock { _ in
      do throws(LogError) { return .success(try body()) } catch { return .failure(error) }
    }
    do throws(LogError) {
      try result.get()
    } catch {
      throw Refusal(ErrorCode(rawValue: error.kafkaErrorCode) ?? .unknownServerError, error.message)
    }
  }
}

/// Why an administrative request was not carried out, as told to the client.
struct Refusal: Error {
  let code: ErrorCode
  let message: String

  init(_ code: ErrorCode, _ message: String) {
    self.code = code
    self.message = message
  }
}
