extension EmbeddedBroker {
  /// When acknowledged records are on the disk.
  public enum Fsync: Equatable, Sendable {
    /// Before they are acknowledged: survives a loss of power.
    case always
    /// Within so many milliseconds: a crash of the process loses nothing, a loss of power at most the last interval.
    case interval(milliseconds: Int64)
  }

  /// How to run a broker.
  public struct Configuration: Sendable {
    /// Address to listen on.
    public var host: String
    /// Port to listen on; 0 lets the system choose.
    public var port: Int
    /// Host name given to clients; nil for `host`.
    public var advertisedHost: String?
    /// Folder for all data; created when missing.
    public var dataDirectory: String
    /// When acknowledged records are on the disk.
    public var fsync: Fsync
    /// Partitions of topics created without a number.
    public var defaultPartitions: Int32
    /// Whether a client that asks for an unknown topic may create it; the client has to allow it as well.
    public var autoCreateTopics: Bool
    /// How long the first rebalance of an empty group waits for more members, in milliseconds.
    public var groupInitialRebalanceDelayMs: Int64 = 50
    /// Accepted session time-outs of group members, in milliseconds.
    public var groupSessionTimeoutRangeMs: ClosedRange<Int32> = 100...1_800_000
    /// Longest transaction a producer may ask for, in milliseconds.
    public var transactionMaxTimeoutMs: Int32 = 900_000
    /// Delays to answer with; none unless clients are to be tried.
    public var habits = ClusterHabits.prompt
    /// Threads that wait for the disk on behalf of requests.
    public var workerThreads = 8
    /// Time between two rounds of retention and compaction, in milliseconds.
    public var maintenanceIntervalMs: Int64 = 60_000
    /// Topic settings, by Kafka's names, for topics that do not set their own.
    public var topicDefaults: [String: String] = [:]

    /// A configuration for one machine: local address, durable against loss of power, topics created on demand.
    public init(
      host: String = "127.0.0.1", port: Int = 9092, advertisedHost: String? = nil, dataDirectory: String,
      fsync: Fsync = .always, defaultPartitions: Int32 = 1, autoCreateTopics: Bool = true
    ) {
      self.host = host
      self.port = port
      self.advertisedHost = advertisedHost
      self.dataDirectory = dataDirectory
      self.fsync = fsync
      self.defaultPartitions = defaultPartitions
      self.autoCreateTopics = autoCreateTopics
    }

    var logDefaults: LogConfig {
      get throws(LogError) {
        var config = try LogConfig().applying(topicDefaults)
        switch fsync {
        case .always: config.flush = .always
        case .interval(let milliseconds): config.flush = .interval(milliseconds: milliseconds)
        }
        return config
      }
    }
  }
}
