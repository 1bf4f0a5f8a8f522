import Foundation
import Synchronization

extension BrokerCore {
  /// Brokers, topics and partitions; creates unknown topics where the client and the broker allow it.
  func metadata(_ request: MetadataRequest, _ version: Int16) -> MetadataResponse {
    var response = MetadataResponse()
    response.brokers = [broker()]
    response.clusterID = clusterID
    response.controllerID = Self.nodeID
    guard let asked = request.topics, !(version == 0 && asked.isEmpty) else {
      response.topics = logs.topics.map { describe($0) }
      return response
    }
    response.topics = asked.map { topic in describe(topic, mayCreate: request.allowAutoTopicCreation) }
    return response
  }

  private func broker() -> MetadataResponse.Broker {
    var broker = MetadataResponse.Broker()
    let address = advertised.withLock { $0 }
    broker.nodeID = Self.nodeID
    broker.host = address.host
    broker.port = address.port
    return broker
  }

  private func describe(_ asked: MetadataRequest.Topic, mayCreate: Bool) -> MetadataResponse.Topic {
    var name = asked.name
    if name == nil, asked.id != WireUUID() { name = logs.topics.first { WireUUID($0.id) == asked.id }?.name }
    do throws(ErrorCode) {
      guard let name else { throw .unknownTopicOrPartition }
      return describe(try topic(name, mayCreate: mayCreate))
    } catch {
      var topic = MetadataResponse.Topic()
      topic.errorCode = error.rawValue
      topic.name = name ?? ""
      topic.id = asked.id
      return topic
    }
  }

  private func topic(_ name: String, mayCreate: Bool) throws(ErrorCode) -> TopicMetadata {
    if let known = logs.topic(name) { return known }
    guard Self.isLegal(topic: name) else { throw .invalidTopic }
    guard mayCreate, configuration.autoCreateTopics else { throw .unknownTopicOrPartition }
    return try create(name, partitions: configuration.defaultPartitions, overrides: [:], orKnown: true)
  }

  private func describe(_ known: TopicMetadata) -> MetadataResponse.Topic {
    var topic = MetadataResponse.Topic()
    topic.name = known.name
    topic.id = WireUUID(known.id)
    topic.isInternal = Self.isInternal(known.name)
    if isWithoutLeaders(known.name) {
      topic.errorCode = ErrorCode.leaderNotAvailable.rawValue
      return topic
    }
    topic.partitions = (0..<known.partitionCount).map { index in
      var partition = MetadataResponse.Partition()
      partition.index = index
      partition.leaderID = Self.nodeID
      partition.leaderEpoch = logs.log(TopicPartition(topic: known.name, partition: index))?.leaderEpoch ?? -1
      partition.replicas = [Self.nodeID]
      partition.inSyncReplicas = [Self.nodeID]
      return partition
    }
    return topic
  }

  /// The cluster id and the one broker.
  func describeCluster() -> DescribeClusterResponse {
    var response = DescribeClusterResponse()
    let broker = broker()
    response.clusterID = clusterID
    response.controllerID = Self.nodeID
    var described = DescribeClusterResponse.Broker()
    described.nodeID = broker.nodeID
    described.host = broker.host
    described.port = broker.port
    response.brokers = [described]
    return response
  }

  /// Topic names as Kafka allows them: 1 to 249 of letters, digits, `.`, `_` and `-`, but not `.` or `..`.
  static func isLegal(topic name: String) -> Bool {
    let allowed = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
      default: false
      }
    }
    return allowed && (1...249).contains(name.utf8.count) && name != "." && name != ".."
  }
}

extension WireUUID {
  init(_ uuid: UUID) {
    let (high, low) = withUnsafeBytes(of: uuid.uuid) { bytes in
      (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }
    self.init(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
  }
}
