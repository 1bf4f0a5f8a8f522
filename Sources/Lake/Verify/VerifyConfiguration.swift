import Kafka
import Logging

/// What is to be verified.
public struct VerifyConfiguration: Sendable {
  /// A candle query, as far as its results can be recomputed by independent code.
  public struct Query: Hashable, Sendable {
    /// The query's id in audit rows and late records, such as `CTAS_CANDLES_1M`.
    public var id: String
    public var sourceTopic: String
    public var sinkTopic: String
    public var lateTopic: String
    /// Microseconds.
    public var windowMicros: Int64
    /// Microseconds; nil where it is not known: then a candle that is missing is reported only if a later window has one.
    public var graceMicros: Int64?

    public init(
      id: String, sourceTopic: String, sinkTopic: String, lateTopic: String, windowMicros: Int64, graceMicros: Int64?
    ) {
      self.id = id
      self.sourceTopic = sourceTopic
      self.sinkTopic = sinkTopic
      self.lateTopic = lateTopic
      self.windowMicros = windowMicros
      self.graceMicros = graceMicros
    }
  }

  public var kafka: KafkaConfiguration
  /// Base addresses of the Schema Registry.
  public var registry: [String]
  /// The lake's folder.
  public var lake: String
  public var mappings: [TopicTable]
  /// Candle queries (EMIT FINAL, tumbling, no WHERE, the columns of the candle contract) to recompute.
  public var candleQueries: [Query]
  public var auditTopic: String
  /// How long a sink that is running may take to carry over what was in the topics when the check began.
  public var patience: Duration
  public var checks: Set<VerifyReport.Check>
  public var logger: Logger

  public init(
    kafka: KafkaConfiguration, registry: [String], lake: String, mappings: [TopicTable], candleQueries: [Query],
    auditTopic: String = "wick.audit", patience: Duration = .zero,
    checks: Set<VerifyReport.Check> = Set(VerifyReport.Check.allCases),
    logger: Logger = Logger(label: "wick.verify")
  ) {
    self.kafka = kafka
    self.registry = registry
    self.lake = lake
    self.mappings = mappings
    self.candleQueries = candleQueries
    self.auditTopic = auditTopic
    self.patience = patience
    self.checks = checks
    self.logger = logger
  }
}
