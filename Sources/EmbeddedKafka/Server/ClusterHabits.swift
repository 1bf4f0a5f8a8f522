import Synchronization

/// What a cluster does later or more strictly than one process has to. A client that is right against `prompt` alone may still lean on
/// it, so tests can ask for `cluster`, which is how Apache Kafka and Redpanda behave out of the box.
public struct ClusterHabits: Equatable, Sendable {
  /// Milliseconds between the answer to EndTxn and the transaction's markers. Until then its records are not visible and the next
  /// transaction of the same producer is told CONCURRENT_TRANSACTIONS.
  public var markersLateMs: Int64 = 0
  /// Milliseconds during which a new topic has no leader.
  public var topicsLateMs: Int64 = 0
  /// Milliseconds after the start during which no coordinator is known, and then as many again in which it reads its log.
  public var coordinatorsLateMs: Int64 = 0

  /// No delays: what one process can do.
  public static let prompt = ClusterHabits()

  /// The delays of a small cluster in good health.
  public static let cluster = ClusterHabits(markersLateMs: 40, topicsLateMs: 300, coordinatorsLateMs: 500)
}

extension EmbeddedBroker.Configuration {
  /// This configuration with the delays and the default limits of a cluster: session time-outs of at least six seconds, three seconds
  /// of patience with an empty group, and no topics created on demand.
  public var likeCluster: Self {
    var configuration = self
    configuration.habits = .cluster
    configuration.groupInitialRebalanceDelayMs = 3_000
    configuration.groupSessionTimeoutRangeMs = 6_000...1_800_000
    configuration.autoCreateTopics = false
    return configuration
  }
}

extension BrokerCore {
  /// COORDINATOR_NOT_AVAILABLE shortly after the start, none later.
  var coordinatorSearch: ErrorCode { sinceStartMs < configuration.habits.coordinatorsLateMs ? .coordinatorNotAvailable : .none }

  /// COORDINATOR_LOAD_IN_PROGRESS for a while after the coordinator could be found, none later.
  var coordinatorLoad: ErrorCode {
    sinceStartMs < 2 * configuration.habits.coordinatorsLateMs ? .coordinatorLoadInProgress : .none
  }

  private var sinceStartMs: Int64 { clock.monotonicMs() - startedMs }

  /// Whether a topic was created so recently that a cluster would still be choosing its leaders.
  func isWithoutLeaders(_ topic: String) -> Bool {
    let late = configuration.habits.topicsLateMs
    guard late > 0, let created = createdMs.withLock({ $0[topic] }) else { return false }
    return clock.monotonicMs() - created < late
  }
}
