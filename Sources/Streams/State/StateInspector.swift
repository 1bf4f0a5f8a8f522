import Kafka
import SQL
import Windows

/// What is stored of a query over one source partition.
public struct StoredQueryState: Hashable, Sendable {
  public var partition: TopicPartition
  /// The next record to be processed.
  public var next: Int64?
  /// Microseconds since the epoch; -1 before the first record.
  public var streamTime: Int64
  public var openWindows: Int
}

/// Reads what workers have committed of a query's state, without disturbing them. Blocks.
public enum StateInspector {
  /// One entry per partition of the source; none where the query has never run.
  ///
  /// - Throws: when the changelog cannot be read to its end, or holds what this version does not know.
  public static func states(
    of plan: QueryPlan, application: String, _ kafka: KafkaConfiguration, patience: Duration = .seconds(30)
  ) throws -> [StoredQueryState] {
    let name = TopicPlan.changelog(application: application, source: plan.source.topic)
    let admin = try Admin(kafka)
    defer { admin.close() }
    guard let partitions = try admin.partitions(of: name) else { return [] }
    let reader = try ChangelogReader(kafka, patience: patience)
    // What cannot be closed here belongs to nobody else.
    defer { try? reader.close() }
    var states: [StoredQueryState] = []
    for (partition, restored) in try reader.read(partitions) {
      let stage = try SourceStage(source: plan.source, retention: 0, partition: partition.partition)
      let engine = try QueryEngine(plan, stage: stage)
      for (key, value) in restored.entries {
        guard case .query(plan.id, let own) = StateOwner.parse(key) else { continue }
        try engine.restore(key: own, value: value)
      }
      states.append(
        StoredQueryState(
          partition: TopicPartition(plan.source.topic, partition.partition), next: restored.position?.next,
          streamTime: engine.streamTime, openWindows: engine.openWindows))
    }
    return states.sorted { $0.partition < $1.partition }
  }
}
