import Kafka
import Logging

/// Where and how queries run.
public struct StreamsConfiguration: Sendable {
  /// The cluster that holds sources, sinks, state and offsets.
  public var kafka: KafkaConfiguration
  /// Names the consumer group and the state's topics. Instances of one application share the work.
  public var application: String
  /// Tells instances of one application apart. Stable across restarts, so that a restart finishes at once what its
  /// predecessor left open; used by no other instance at the same time.
  public var instance: String
  /// Threads, each with its own consumer and transactional producer. More than there are partitions stay idle.
  public var workers: Int
  /// How long results wait before they are committed.
  public var commitInterval: Duration
  /// Commits earlier after this many records, so that a replay at full speed keeps its transactions small.
  public var commitRecords: Int
  /// The most records taken from the consumer at a time.
  public var pollRecords: Int
  /// Stops at the offsets that were the ends when the run began.
  public var untilEnd: Bool
  /// With `untilEnd`: closes every window still open, as if time had ended.
  public var final: Bool
  /// A folder of contracts, `<subject>/<version>.avsc`, for sinks whose subject is not registered yet.
  public var contractsDirectory: String?
  /// Where audit rows go. Applications may share it.
  public var auditTopic: String
  /// The replication of topics that are created; -1 lets the cluster decide.
  public var replication: Int
  /// After which the cluster gives up a transaction whose worker has vanished. Longer than any commit takes.
  public var transactionTimeout: Duration
  /// How long a call to the cluster is repeated before it counts as failed.
  public var callTimeout: Duration
  /// Failures in a row, without a commit in between, after which a worker gives up; also how often it may be fenced, less than
  /// a transaction timeout apart.
  public var failureLimit: Int
  /// Whether the group remembers each worker by name, so that one that was killed resumes at once when it is started again.
  /// A worker that leaves for good then keeps its partitions until the session timeout.
  public var hasStaticMembership: Bool
  public var logger: Logger

  public init(
    kafka: KafkaConfiguration, application: String = "wick", instance: String = "main", workers: Int = 1,
    commitInterval: Duration = .milliseconds(100), commitRecords: Int = 500_000, pollRecords: Int = 8192,
    untilEnd: Bool = false, final: Bool = false, contractsDirectory: String? = nil, auditTopic: String = "wick.audit",
    replication: Int = -1,
    transactionTimeout: Duration = .seconds(60), callTimeout: Duration = .seconds(30), failureLimit: Int = 8,
    hasStaticMembership: Bool = true,
    logger: Logger = Logger(label: "wick.streams")
  ) {
    self.kafka = kafka
    self.application = application
    self.instance = instance
    self.workers = workers
    self.commitInterval = commitInterval
    self.commitRecords = commitRecords
    self.pollRecords = pollRecords
    self.untilEnd = untilEnd
    self.final = final
    self.contractsDirectory = contractsDirectory
    self.auditTopic = auditTopic
    self.replication = replication
    self.transactionTimeout = transactionTimeout
    self.callTimeout = callTimeout
    self.failureLimit = failureLimit
    self.hasStaticMembership = hasStaticMembership
    self.logger = logger
  }
}
