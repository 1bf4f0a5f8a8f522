/// How the queries and topics behind the service are doing.
public struct MarketStats: Hashable, Sendable {
  public struct Query: Hashable, Sendable {
    public var id: String
    /// RUNNING, REBALANCING, PAUSED or UNRESPONSIVE.
    public var state: String
    /// Records of the source that it has not dealt with.
    public var lag: Int64
    /// Milliseconds; nil before the first record.
    public var streamTime: Int64?
    /// When its last commit was made, milliseconds; nil before the first.
    public var lastCommit: Int64?

    public init(id: String, state: String, lag: Int64, streamTime: Int64?, lastCommit: Int64?) {
      self.id = id
      self.state = state
      self.lag = lag
      self.streamTime = streamTime
      self.lastCommit = lastCommit
    }
  }

  public struct Partition: Hashable, Sendable {
    public var partition: Int32
    /// The offset after the last committed record.
    public var end: Int64
    /// Of a source: records that the slowest query has not dealt with. Of other topics: records that are not served yet.
    public var lag: Int64

    public init(partition: Int32, end: Int64, lag: Int64) {
      self.partition = partition
      self.end = end
      self.lag = lag
    }
  }

  public struct Topic: Hashable, Sendable {
    public var name: String
    public var partitions: [Partition]

    public init(name: String, partitions: [Partition]) {
      self.name = name
      self.partitions = partitions
    }
  }

  public struct Rates: Hashable, Sendable {
    public var tradesPerSecond = 0.0
    public var candlesPerSecond = 0.0
    public var latePerMinute = 0.0
    public var errorsPerMinute = 0.0

    public init() {}

    public init(tradesPerSecond: Double, candlesPerSecond: Double, latePerMinute: Double, errorsPerMinute: Double) {
      self.tradesPerSecond = tradesPerSecond
      self.candlesPerSecond = candlesPerSecond
      self.latePerMinute = latePerMinute
      self.errorsPerMinute = errorsPerMinute
    }
  }

  public var queries: [Query]
  public var topics: [Topic]

  public init(queries: [Query] = [], topics: [Topic] = []) {
    self.queries = queries
    self.topics = topics
  }
}
