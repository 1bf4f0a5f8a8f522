/// A persistent query, checked against its source: all that an engine needs to run it.
public struct QueryPlan: Hashable, Sendable {
  /// Stable name: `CTAS_` or `CSAS_` plus the sink's name, so that state finds its query again after a restart.
  public var id: String
  public var source: SourcePlan
  public var sink: SinkPlan
  /// WHERE: a record is kept when this is TRUE (NULL counts as not).
  public var filter: Expression?
  /// Nil for a stateless projection (CREATE STREAM … AS SELECT).
  public var aggregation: AggregationPlan?
  /// The sink's columns, in order, key columns included. Over source columns without, over groups with an aggregation.
  public var projection: [Output]

  public struct Output: Hashable, Sendable {
    public var field: Field
    public var expression: Expression

    public init(field: Field, expression: Expression) {
      self.field = field
      self.expression = expression
    }
  }

  public init(
    id: String, source: SourcePlan, sink: SinkPlan, filter: Expression?, aggregation: AggregationPlan?,
    projection: [Output]
  ) {
    self.id = id
    self.source = source
    self.sink = sink
    self.filter = filter
    self.aggregation = aggregation
    self.projection = projection
  }
}

/// Serialisation of keys and values on a topic.
public enum DataFormat: String, Hashable, Sendable, CaseIterable {
  case avro = "AVRO"
  case json = "JSON"
  case delimited = "DELIMITED"
  case kafka = "KAFKA"
  case none = "NONE"
}

/// CREATE STREAM over a topic, with the rules every query that reads it shares.
public struct SourcePlan: Hashable, Sendable {
  public var name: String
  public var topic: String
  public var keyFormat: DataFormat
  public var valueFormat: DataFormat
  /// Key columns and value columns, in declaration order.
  public var columns: [Field]
  /// TIMESTAMP property: index of the column that is the event time; nil means the record's own timestamp.
  public var timestampColumn: Int?
  /// DEDUPLICATE_BY: indexes of the columns that identify a record; empty when duplicates are not looked for.
  public var deduplicateBy: [Int]
  /// DEDUPLICATE_WITHIN, microseconds of event time.
  public var deduplicateWithin: Int64
  /// MAX_FUTURE_SKEW, microseconds: how far event time may lie ahead of the record's own timestamp; nil = any.
  public var maxFutureSkew: Int64?
  /// IDLE_CLOSE, microseconds of wall time; nil = never.
  public var idleClose: Int64?
  /// INVALID_TOPIC: where records go that no query can use, with the reason. Default: `<topic up to the first dot>.invalid`.
  public var invalidTopic: String
  /// PARTITIONS, for creating the topic where it does not exist.
  public var partitions: Int?
  /// REPLICAS, likewise.
  public var replicas: Int?

  public init(
    name: String, topic: String, keyFormat: DataFormat, valueFormat: DataFormat, columns: [Field],
    timestampColumn: Int?, deduplicateBy: [Int], deduplicateWithin: Int64, maxFutureSkew: Int64?, idleClose: Int64?,
    invalidTopic: String, partitions: Int?, replicas: Int? = nil
  ) {
    self.name = name
    self.topic = topic
    self.keyFormat = keyFormat
    self.valueFormat = valueFormat
    self.columns = columns
    self.timestampColumn = timestampColumn
    self.deduplicateBy = deduplicateBy
    self.deduplicateWithin = deduplicateWithin
    self.maxFutureSkew = maxFutureSkew
    self.idleClose = idleClose
    self.invalidTopic = invalidTopic
    self.partitions = partitions
    self.replicas = replicas
  }
}

/// Where a query writes.
public struct SinkPlan: Hashable, Sendable {
  public var name: String
  public var topic: String
  public var keyFormat: DataFormat
  public var valueFormat: DataFormat
  /// Whether this is a TABLE (keyed changes) or a STREAM.
  public var isTable: Bool
  /// LATE_TOPIC: where late records go. Default: `<source topic up to the first dot>.late`.
  public var lateTopic: String
  /// PARTITIONS, for creating the topic where it does not exist.
  public var partitions: Int?
  /// REPLICAS, likewise.
  public var replicas: Int?

  public init(
    name: String, topic: String, keyFormat: DataFormat, valueFormat: DataFormat, isTable: Bool, lateTopic: String,
    partitions: Int?, replicas: Int? = nil
  ) {
    self.name = name
    self.topic = topic
    self.keyFormat = keyFormat
    self.valueFormat = valueFormat
    self.isTable = isTable
    self.lateTopic = lateTopic
    self.partitions = partitions
    self.replicas = replicas
  }
}

/// GROUP BY with its window and aggregates.
public struct AggregationPlan: Hashable, Sendable {
  /// Over source columns. A record in which any of these is NULL belongs to no group and is counted as `null_key`.
  public var groupBy: [Expression]
  public var window: WindowPlan
  public var aggregates: [AggregateCall]
  /// Over groups and aggregates.
  public var having: Expression?
  public var emit: Emit

  public enum Emit: Hashable, Sendable {
    /// Each closed window once.
    case final
    /// The current value of each touched window at each commit.
    case changes
  }

  public init(
    groupBy: [Expression], window: WindowPlan, aggregates: [AggregateCall], having: Expression?, emit: Emit
  ) {
    self.groupBy = groupBy
    self.window = window
    self.aggregates = aggregates
    self.having = having
    self.emit = emit
  }
}

/// Epoch-aligned windows `[start, start + size)`, one every `advance`. All in microseconds.
public struct WindowPlan: Hashable, Sendable {
  public var size: Int64
  /// Equal to `size` for tumbling windows.
  public var advance: Int64
  /// A window is late when `end <= stream time - grace`.
  public var grace: Int64

  public init(size: Int64, advance: Int64, grace: Int64) {
    self.size = size
    self.advance = advance
    self.grace = grace
  }
}

/// One aggregate function over expressions of the source's columns.
public struct AggregateCall: Hashable, Sendable {
  public var function: AggregateFunction
  public var arguments: [Expression]
  public var type: SQLType

  public init(function: AggregateFunction, arguments: [Expression], type: SQLType) {
    self.function = function
    self.arguments = arguments
    self.type = type
  }
}

/// Aggregates over one group of one window. NULL arguments are ignored, except by `countAll`.
public enum AggregateFunction: String, Hashable, Sendable, CaseIterable {
  /// COUNT(*): BIGINT.
  case countAll = "COUNT(*)"
  /// COUNT(x): BIGINT.
  case count = "COUNT"
  /// SUM(x): BIGINT for integers, DOUBLE, DECIMAL(38, s).
  case sum = "SUM"
  case min = "MIN"
  case max = "MAX"
  /// AVG(x): DOUBLE.
  case average = "AVG"
  /// FIRST_BY(value, order…): the value whose order columns are smallest (event time, then the tie-break).
  case firstBy = "FIRST_BY"
  /// LAST_BY(value, order…): the value whose order columns are largest.
  case lastBy = "LAST_BY"
  /// EARLIEST_BY_OFFSET(x): by partition offset.
  case earliestByOffset = "EARLIEST_BY_OFFSET"
  /// LATEST_BY_OFFSET(x): by partition offset.
  case latestByOffset = "LATEST_BY_OFFSET"
  /// VWAP(price, quantity): DECIMAL(38, 16), the exact quotient rounded half to even at digit 16; NULL when the quantity is 0.
  case vwap = "VWAP"
  /// VAR_SAMP(x): DOUBLE, from exact sums, so the same in any order of arrival; NULL with fewer than two values.
  case varianceSample = "VAR_SAMP"
  /// STDDEV_SAMP(x): DOUBLE, the square root of VAR_SAMP (ksqlDB returns the variance under this name).
  case standardDeviationSample = "STDDEV_SAMP"
}
