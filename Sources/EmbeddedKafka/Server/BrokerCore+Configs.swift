import Synchronization

/// Where the value of a setting comes from, as the protocol numbers it.
enum ConfigSource {
  static let topic: Int8 = 1
  static let staticBroker: Int8 = 4
  static let defaultConfig: Int8 = 5
}

/// Kinds of resources that have settings, as the protocol numbers them.
private enum ConfigResource {
  static let topic: Int8 = 2
  static let broker: Int8 = 4
}

extension BrokerCore {
  // MARK: DescribeConfigs

  func describeConfigs(_ request: DescribeConfigsRequest) -> DescribeConfigsResponse {
    var response = DescribeConfigsResponse()
    for resource in request.resources {
      var result = DescribeConfigsResponse.Result()
      result.type = resource.type
      result.name = resource.name
      do throws(Refusal) {
        let settings = try settings(resource.type, resource.name)
        // An empty list is all keys too, as in Kafka: some clients send it for want of null.
        let keys = resource.keys.flatMap { $0.isEmpty ? nil : Set($0) }
        result.configs = settings.filter { keys?.contains($0.name) ?? true }
      } catch {
        result.errorCode = error.code.rawValue
        result.errorMessage = error.message
      }
      response.results.append(result)
    }
    return response
  }

  private func settings(_ type: Int8, _ name: String) throws(Refusal) -> [DescribeConfigsResponse.Config] {
    switch type {
    case ConfigResource.topic:
      guard let topic = logs.topic(name) else { throw Refusal(.unknownTopicOrPartition, "no topic \(name)") }
      return topic.config.describe().map { setting in
        let isOverride = topic.overrides[setting.name] != nil
        return Self.setting(
          setting.name, setting.value, source: isOverride ? ConfigSource.topic : ConfigSource.defaultConfig, readOnly: false)
      }
    case ConfigResource.broker:
      guard name.isEmpty || name == "\(Self.nodeID)" else {
        throw Refusal(.invalidRequest, "no broker \(name); the only one is \(Self.nodeID)")
      }
      return brokerSettings().map { Self.setting($0.0, $0.1, source: ConfigSource.staticBroker, readOnly: true) }
    default: throw Refusal(.invalidRequest, "only topics (2) and the broker (4) have settings")
    }
  }

  private static func setting(
    _ name: String, _ value: String, source: Int8, readOnly: Bool
  ) -> DescribeConfigsResponse.Config {
    var config = DescribeConfigsResponse.Config()
    config.name = name
    config.value = value
    config.readOnly = readOnly
    config.isDefault = source == ConfigSource.defaultConfig
    config.source = source
    return config
  }

  private func brokerSettings() -> [(String, String)] {
    let address = advertised.withLock { $0 }
    let defaults = (try? configuration.logDefaults) ?? LogConfig()
    let sessions = configuration.groupSessionTimeoutRangeMs
    return [
      ("advertised.listeners", "PLAINTEXT://\(address.host):\(address.port)"),
      ("auto.create.topics.enable", "\(configuration.autoCreateTopics)"),
      ("broker.id", "\(Self.nodeID)"),
      ("compression.type", defaults.compressionType),
      ("default.replication.factor", "1"),
      ("group.initial.rebalance.delay.ms", "\(configuration.groupInitialRebalanceDelayMs)"),
      ("group.max.session.timeout.ms", "\(sessions.upperBound)"),
      ("group.min.session.timeout.ms", "\(sessions.lowerBound)"),
      ("listeners", "PLAINTEXT://\(configuration.host):\(address.port)"),
      ("log.dirs", configuration.dataDirectory),
      ("log.flush.interval.messages", defaults.flush == .always ? "1" : "\(Int64.max)"),
      ("log.retention.bytes", "\(defaults.retentionBytes)"),
      ("log.retention.ms", "\(defaults.retentionMs)"),
      ("log.segment.bytes", "\(defaults.segmentBytes)"),
      ("message.max.bytes", "\(defaults.maxMessageBytes)"),
      ("min.insync.replicas", "1"),
      ("node.id", "\(Self.nodeID)"),
      ("num.io.threads", "\(configuration.workerThreads)"),
      ("num.partitions", "\(configuration.defaultPartitions)"),
      ("offset.metadata.max.bytes", "\(Self.offsetMetadataLimit)"),
      ("offsets.topic.num.partitions", "1"),
      ("offsets.topic.replication.factor", "1"),
      ("socket.request.max.bytes", "\(RequestHeader.frameLimit)"),
      ("transaction.max.timeout.ms", "\(configuration.transactionMaxTimeoutMs)"),
      ("transaction.state.log.num.partitions", "1"),
      ("transaction.state.log.replication.factor", "1"),
    ]
  }

  // MARK: AlterConfigs

  func alterConfigs(_ request: AlterConfigsRequest) -> AlterConfigsResponse {
    var response = AlterConfigsResponse()
    for resource in request.resources {
      var result = AlterConfigsResponse.Result()
      result.type = resource.type
      result.name = resource.name
      do throws(Refusal) {
        _ = try alterable(resource.type, resource.name)
        let overrides = try overrides(resource.configs.map { ($0.name, $0.value) })
        try replace(resource.name, overrides, validateOnly: request.validateOnly)
      } catch {
        result.errorCode = error.code.rawValue
        result.errorMessage = error.message
      }
      response.results.append(result)
    }
    return response
  }

  func incrementalAlterConfigs(_ request: IncrementalAlterConfigsRequest) -> IncrementalAlterConfigsResponse {
    var response = IncrementalAlterConfigsResponse()
    for resource in request.resources {
      var result = IncrementalAlterConfigsResponse.Result()
      result.type = resource.type
      result.name = resource.name
      do throws(Refusal) {
        let topic = try alterable(resource.type, resource.name)
        var overrides = topic.overrides
        for change in resource.configs { try Self.apply(change, to: &overrides, topic.config) }
        try replace(resource.name, overrides, validateOnly: request.validateOnly)
      } catch {
        result.errorCode = error.code.rawValue
        result.errorMessage = error.message
      }
      response.results.append(result)
    }
    return response
  }

  private static func apply(
    _ change: IncrementalAlterConfigsRequest.Config, to overrides: inout [String: String], _ config: LogConfig
  ) throws(Refusal) {
    if change.operation == 1 {
      overrides[change.name] = nil
      return
    }
    guard let value = change.value else { throw Refusal(.invalidConfig, "\(change.name) needs a value") }
    let current = overrides[change.name] ?? config.describe().first { $0.name == change.name }?.value ?? ""
    var list = current.split(separator: ",").map(String.init)
    let items = value.split(separator: ",").map(String.init)
    switch change.operation {
    case 0: overrides[change.name] = value
    case 2, 3:
      guard change.name == "cleanup.policy" else { throw Refusal(.invalidConfig, "\(change.name) is not a list") }
      list.removeAll { items.contains($0) }
      if change.operation == 2 { list += items }
      overrides[change.name] = list.joined(separator: ",")
    default: throw Refusal(.invalidRequest, "unknown operation \(change.operation)")
    }
  }

  private func alterable(_ type: Int8, _ name: String) throws(Refusal) -> TopicMetadata {
    guard type == ConfigResource.topic else {
      throw Refusal(.invalidRequest, "only topic settings can be changed while running; the broker's are given at its start")
    }
    guard !Self.isInternal(name) else { throw Refusal(.invalidTopic, "the broker's own topics cannot be changed") }
    guard let topic = logs.topic(name) else { throw Refusal(.unknownTopicOrPartition, "no topic \(name)") }
    return topic
  }

  func overrides(_ settings: [(String, String?)]) throws(Refusal) -> [String: String] {
    var overrides: [String: String] = [:]
    for (name, value) in settings {
      guard let value else { throw Refusal(.invalidConfig, "\(name) needs a value") }
      overrides[name] = value
    }
    return overrides
  }

  func validated(_ overrides: [String: String]) throws(Refusal) -> LogConfig {
    do throws(LogError) {
      return try configuration.logDefaults.applying(overrides)
    } catch {
      throw Refusal(.invalidConfig, error.message)
    }
  }

  private func replace(_ topic: String, _ overrides: [String: String], validateOnly: Bool) throws(Refusal) {
    _ = try validated(overrides)
    guard !validateOnly else { return }
    try storage { () throws(LogError) in _ = try logs.setOverrides(topic, overrides) }
  }
}
