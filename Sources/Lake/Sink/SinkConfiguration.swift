import Kafka
import Logging

/// Which topics go to which tables, and how often.
public struct SinkConfiguration: Sendable {
  public var kafka: KafkaConfiguration
  /// Base addresses of the Schema Registry.
  public var registry: [String]
  /// The lake's folder.
  public var lake: String
  public var mappings: [TopicTable]
  /// The consumer group under which offsets are published after each commit, for tools that show lag; the tables decide where
  /// to go on.
  public var group: String
  /// The longest time rows wait for their commit.
  public var commitInterval: Duration
  /// So many rows are committed before that time is up.
  public var commitRows: Int
  /// Stop when everything is committed that was in the topics at the start.
  public var untilEnd: Bool
  /// Whether commits survive a power cut.
  public var durable: Bool
  /// How the lake is kept small meanwhile, and how often; nil: not at all.
  public var maintenance: (options: MaintenanceOptions, every: Duration)?
  public var logger: Logger

  /// - Parameter commitInterval: 5 s suits a lake that is read by queries; a demonstration wants 1 s.
  public init(
    kafka: KafkaConfiguration, registry: [String], lake: String, mappings: [TopicTable], group: String = "wick-sink",
    commitInterval: Duration = .seconds(5), commitRows: Int = 4_000_000, untilEnd: Bool = false, durable: Bool = true,
    logger: Logger = Logger(label: "wick.sink")
  ) {
    self.kafka = kafka
    self.registry = registry
    self.lake = lake
    self.mappings = mappings
    self.group = group
    self.commitInterval = commitInterval
    self.commitRows = commitRows
    self.untilEnd = untilEnd
    self.durable = durable
    self.logger = logger
  }
}

/// What a sink has done so far.
public struct SinkSummary: Hashable, Sendable {
  /// Rows committed, by table name.
  public var rows: [String: Int64] = [:]
  /// Records that could not be decoded, now rows of `bronze.invalid`; counted in `rows` there too.
  public var undecodable: Int64 = 0
  public var commits = 0
  /// The largest time that a commit of this run has put into a table, by table name; microseconds since the epoch.
  public var newestTimes: [String: Int64] = [:]
  /// Records read, whether committed yet or not.
  public var consumed: Int64 = 0

  public init() {}
}
