/// A persistent query, checked against its source: all that an engine needs to run it.
///
/// The order of its parts: the source's record, joined with the table, filtered by WHERE, then grouped or projected.
public struct QueryPlan: Hashable, Sendable {
  /// Stable name: `CTAS_` or `CSAS_` plus the sink's name, so that state finds its query again after a restart.
  public var id: String
  public var source: SourcePlan
  public var sink: SinkPlan
  /// The table that each record of the source is joined with. Its columns follow those of the source:
  /// `Expression.column(source.columns.count + i)` is its column `i`.
  public var join: JoinPlan?
  /// WHERE: a record is kept when this is TRUE (NULL counts as not).
  public var filter: Expression?
  /// PARTITION BY of a query without GROUP BY, over the columns of source and join: the new key, which the key columns of the
  /// projection hold too. Nil where the source's key is kept. Empty for PARTITION BY NULL: records without a key.
  public var partitionBy: [Expression]?
  /// Nil for a stateless projection (CREATE STREAM … AS SELECT).
  public var aggregation: AggregationPlan?
  /// FROM a windowed table that another query fills: its windows are merged instead of reading the source again. `source`,
  /// `groupBy` and `aggregates` are then those of that query, so that the plan says in full what is computed.
  public var rollUp: RollUpPlan?
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
    id: String, source: SourcePlan, sink: SinkPlan, join: JoinPlan? = nil, filter: Expression?,
    partitionBy: [Expression]? = nil, aggregation: AggregationPlan?, rollUp: RollUpPlan? = nil, projection: [Output]
  ) {
    self.id = id
    self.source = source
    self.sink = sink
    self.join = join
    self.filter = filter
    self.partitionBy = partitionBy
    self.aggregation = aggregation
    self.rollUp = rollUp
    self.projection = projection
  }

  /// The columns that expressions count: those of the source, then those of the joined table.
  public var columns: [Field] { source.columns + (join?.table.columns ?? []) }
}

/// GROUP BY with its window and aggregates.
public struct AggregationPlan: Hashable, Sendable {
  /// Over the columns of source and join. A record in which any of these is NULL belongs to no group and is counted as
  /// `null_key`.
  public var groupBy: [Expression]
  public var window: WindowPlan
  public var aggregates: [AggregateCall]
  /// Over groups and aggregates.
  public var having: Expression?
  public var emit: Emit
  /// Where records pass through on the way to the partition of their group; nil where the source's partitions hold whole
  /// groups already.
  public var repartition: Repartition?
  /// FILL PREVIOUS: rows for windows in which a group has no record. Nil for none. Only with `.final` over tumbling windows.
  public var fill: FillPlan?

  public enum Emit: Hashable, Sendable {
    /// Each closed window once.
    case final
    /// The current value of each touched window at each commit.
    case changes
  }

  public init(
    groupBy: [Expression], window: WindowPlan, aggregates: [AggregateCall], having: Expression?, emit: Emit,
    repartition: Repartition? = nil, fill: FillPlan? = nil
  ) {
    self.groupBy = groupBy
    self.window = window
    self.aggregates = aggregates
    self.having = having
    self.emit = emit
    self.repartition = repartition
    self.fill = fill
  }
}

/// One aggregate function over expressions of the source's columns.
public struct AggregateCall: Hashable, Sendable {
  public var function: AggregateFunction
  public var arguments: [Expression]
  /// Constants after the arguments: how many values, whether NULLs are ignored. See the functions.
  public var parameters: [Literal]
  public var type: SQLType

  public init(function: AggregateFunction, arguments: [Expression], parameters: [Literal] = [], type: SQLType) {
    self.function = function
    self.arguments = arguments
    self.parameters = parameters
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
  /// EARLIEST_BY_OFFSET(x): by partition offset. Parameters: none; or FALSE, and a NULL counts as a value; or a count n, or n
  /// and FALSE, for an ARRAY of the first n values, oldest first.
  case earliestByOffset = "EARLIEST_BY_OFFSET"
  /// LATEST_BY_OFFSET(x): by partition offset. Parameters as above, for the last n values, oldest first.
  case latestByOffset = "LATEST_BY_OFFSET"
  /// VWAP(price, quantity): DECIMAL(38, 16), the exact quotient rounded half to even at digit 16; NULL when the quantity is 0.
  case vwap = "VWAP"
  /// VAR_SAMP(x): DOUBLE, from exact sums, so the same in any order of arrival; NULL with fewer than two values.
  case varianceSample = "VAR_SAMP"
  /// STDDEV_SAMP(x): DOUBLE, the square root of VAR_SAMP (ksqlDB returns the variance under this name).
  case standardDeviationSample = "STDDEV_SAMP"
  /// TOPK(x, other…), parameter n: ARRAY of the n largest values, largest first; with other arguments an ARRAY of
  /// STRUCT<sort_col, col0, …>. Of equal values the earlier stays.
  case topK = "TOPK"
  /// TOPKDISTINCT(x), parameter n: ARRAY of the n largest different values, largest first.
  case topKDistinct = "TOPKDISTINCT"
  /// COLLECT_LIST(x): ARRAY of all values in the order of offsets, NULLs too; of the first n where the parameter n is given, else
  /// of the first 1000.
  case collectList = "COLLECT_LIST"
  /// COLLECT_SET(x): ARRAY of the different values in the order of their first offsets, NULL too; limited as above.
  case collectSet = "COLLECT_SET"
  /// COUNT_DISTINCT(x, …): BIGINT, exact.
  case countDistinct = "COUNT_DISTINCT"
  /// CORRELATION(x, y): DOUBLE, Pearson's coefficient over rows in which both are there.
  case correlation = "CORRELATION"
  /// HISTOGRAM(text): MAP<STRING, BIGINT> of how often each value came.
  case histogram = "HISTOGRAM"
  /// ATTR(x): the value that all rows have, NULL when they differ. A NULL counts as a value.
  case attribute = "ATTR"
  /// SUM_LIST(array): the sum of all elements of all arrays: BIGINT, DOUBLE or DECIMAL(38, s).
  case sumList = "SUM_LIST"
  /// REALIZED_VOL(price, order…): DOUBLE, the square root of the sum of squared logarithmic returns between neighbours in the
  /// order of the columns; NULL with fewer than two prices.
  case realizedVolatility = "REALIZED_VOL"
}
