import Contracts
import Kafka
import SQL

/// Lets tests fail a step as the cluster would, or abandon the worker there as a crash would.
typealias Interceptor = @Sendable (_ action: CheckpointAction, _ isAfter: Bool) throws -> Void

/// All that is settled before the workers start, and what they share.
struct RunContext: Sendable {
  let configuration: StreamsConfiguration
  let store: any SchemaStore
  let topology: Topology
  let sinks: [SinkBinding]
  let auditSchemaID: Int32
  /// With `untilEnd`: where reading stops.
  let bounds: Bounds?
  let board: ProgressBoard
  let stop: StopHandle
  /// For tests: called before and after each step of the protocol, and may fail it.
  let interceptor: Interceptor?

  var sourceTopics: [String] { topology.topics }

  func transactionalID(worker: Int) -> String {
    "\(configuration.application)-\(configuration.instance)-\(worker)"
  }

  /// The settings of a worker's consumer.
  func consumerConfiguration(worker: Int) -> KafkaConfiguration {
    var kafka = configuration.kafka
    func prefer(_ name: String, _ value: String) {
      if kafka.settings[name] == nil { kafka.settings[name] = value }
    }
    // A worker that is killed and started again takes its partitions back at once, not after the session timeout (KIP-345).
    if configuration.hasStaticMembership { prefer("group.instance.id", transactionalID(worker: worker)) }
    prefer("session.timeout.ms", "6000")
    prefer("heartbeat.interval.ms", "1500")
    prefer("fetch.wait.max.ms", "100")
    return kafka
  }
}
