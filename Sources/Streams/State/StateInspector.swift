import Kafka
import SQL
import Windows

/// What is stored of a query over one partition.
public struct StoredQueryState: Hashable, Sendable {
  /// Of the topic that the query's windows read: its source, or where its records pass through.
  public var partition: TopicPartition
  /// The next record to be processed.
  public var next: Int64?
  /// Microseconds since the epoch; -1 before the first record.
  public var streamTime: Int64
  public var openWindows: Int
}

/// Reads what workers have committed of a query's state, without disturbing them. Blocks.
public enum StateInspector {
  /// One entry per partition; none where the query has never run.
  ///
  /// - Parameter plans: all queries of the application.
  /// - Throws: when the changelog cannot be read to its end, or holds what this version does not know.
  public static func states(
    of id: String, among plans: [QueryPlan], application: String, _ kafka: KafkaConfiguration, patience: Duration = .seconds(30)
  ) throws -> [StoredQueryState] {
    let topology = try Topology(plans, application: application)
    guard let plan = topology.plans.last(where: { $0.id == id }) else { return [] }
    let name = TopicPlan.changelog(application: application, source: plan.source.topic)
    let admin = try Admin(kafka)
    defer { admin.close() }
    guard let partitions = try admin.partitions(of: name) else { return [] }
    let reader = try ChangelogReader(kafka, patience: patience)
    // What cannot be closed here belongs to nobody else.
    defer { try? reader.close() }
    var states: [StoredQueryState] = []
    for (partition, restored) in try reader.read(partitions) {
      let engine = try engine(plan, topology, restored)
      states.append(
        StoredQueryState(
          partition: TopicPartition(plan.source.topic, partition.partition), next: restored.position?.next,
          streamTime: engine.streamTime, openWindows: engine.openWindows))
    }
    return states.sorted { $0.partition < $1.partition }
  }

  /// The query's engine as it was committed, behind those whose windows it merges. Rows of joined tables are left out: they
  /// have no part in windows and time.
  private static func engine(_ plan: QueryPlan, _ topology: Topology, _ restored: RestoredState) throws -> QueryEngine {
    var base: QueryEngine?
    if let query = plan.rollUp?.query, let below = topology.plans.first(where: { $0.id == query }) {
      base = try engine(below, topology, restored)
    }
    let table = try plan.join.map { join throws(WindowsError) in try MaterialisedTable(join.table) }
    let stage = try SourceStage(source: plan.source, retention: 0)
    let engine = try QueryEngine(plan, stage: stage, base: base, table: table)
    for (key, value) in restored.entries {
      guard case .query(plan.id, let own) = StateOwner.parse(key) else { continue }
      try engine.restore(key: own, value: value)
    }
    return engine
  }
}
