import Logging

/// How to reach a cluster: what every client is built from.
public struct KafkaConfiguration: Sendable {
  /// `host:port`, comma-separated.
  public var bootstrap: String
  /// Shown in the broker's logs. Kept to 48 bytes, since librdkafka before 2.5.0 crashes on long ids in flexible requests
  /// (#4689).
  public var clientID: String
  /// Further librdkafka settings by their own names, such as `security.protocol` or `session.timeout.ms`.
  ///
  /// Settings that a client of this module decides itself (`isolation.level`, `transactional.id`, …) are refused as bad input.
  public var settings: [String: String]
  /// Where librdkafka's own log lines go.
  public var logger: Logger
  /// Given librdkafka's statistics as JSON, on the thread that polls the client, every `statistics.interval.ms` (5 s unless
  /// that is set). Nil has none made.
  public var statistics: (@Sendable (_ json: String) -> Void)?

  public init(
    bootstrap: String, clientID: String = "wick", settings: [String: String] = [:],
    logger: Logger = Logger(label: "wick.kafka")
  ) {
    self.bootstrap = bootstrap
    self.clientID = clientID
    self.settings = settings
    self.logger = logger
  }
}

/// A partition of a topic.
public struct TopicPartition: Hashable, Sendable, Comparable, CustomStringConvertible {
  public var topic: String
  public var partition: Int32

  public init(_ topic: String, _ partition: Int32) {
    self.topic = topic
    self.partition = partition
  }

  public var description: String { "\(topic)[\(partition)]" }

  public static func < (a: Self, b: Self) -> Bool {
    a.topic == b.topic ? a.partition < b.partition : a.topic < b.topic
  }
}

/// A record header. Names may repeat; a nil value is legal and differs from an empty one.
public struct RecordHeader: Hashable, Sendable {
  public var name: String
  public var value: [UInt8]?

  public init(_ name: String, _ value: [UInt8]?) {
    self.name = name
    self.value = value
  }

  public init(_ name: String, _ text: String) {
    self.init(name, Array(text.utf8))
  }
}
