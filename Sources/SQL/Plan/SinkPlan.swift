/// Where a query writes.
public struct SinkPlan: Hashable, Sendable {
  public var name: String
  public var topic: String
  public var keyFormat: DataFormat
  public var valueFormat: DataFormat
  public var options: FormatOptions
  /// Whether this is a TABLE (keyed changes) or a STREAM.
  public var isTable: Bool
  /// Whether keys carry a window: those of windowed aggregations, and of queries over windowed sources.
  public var window: KeyWindow?
  /// TIMESTAMP property: index of the output that becomes the timestamp of the written record; nil for the event time.
  public var timestampColumn: Int?
  /// TIMESTAMP_FORMAT, where that output is a STRING.
  public var timestampFormat: String?
  /// LATE_TOPIC: where late records go. Default: `<source topic up to the first dot>.late`.
  public var lateTopic: String
  /// PARTITIONS, for creating the topic where it does not exist.
  public var partitions: Int?
  /// REPLICAS, likewise.
  public var replicas: Int?

  public init(
    name: String, topic: String, keyFormat: DataFormat, valueFormat: DataFormat, options: FormatOptions = FormatOptions(),
    isTable: Bool, window: KeyWindow? = nil, timestampColumn: Int? = nil, timestampFormat: String? = nil, lateTopic: String,
    partitions: Int?, replicas: Int? = nil
  ) {
    self.name = name
    self.topic = topic
    self.keyFormat = keyFormat
    self.valueFormat = valueFormat
    self.options = options
    self.isTable = isTable
    self.window = window
    self.timestampColumn = timestampColumn
    self.timestampFormat = timestampFormat
    self.lateTopic = lateTopic
    self.partitions = partitions
    self.replicas = replicas
  }
}
