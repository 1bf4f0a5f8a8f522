import Kafka
import SQL

/// Which topics an application needs beside its sources, and how they are to be made. Pure.
struct TopicPlan {
  /// Names of the topics the queries read and do not fill themselves, each once.
  let sources: [String]
  let application: String
  private let topology: Topology
  private let replication: Int
  private let auditTopic: String

  init(_ topology: Topology, _ configuration: StreamsConfiguration) {
    self.topology = topology
    application = configuration.application
    replication = configuration.replication
    auditTopic = configuration.auditTopic
    sources = topology.sources
  }

  static func changelog(application: String, source: String) -> String { "\(application)-\(source)-changelog" }

  /// Sources that do not exist and may be created, since their plan says with how many partitions.
  func missingSources(_ existing: [String: Int]) -> [TopicSpecification] {
    sources.compactMap { topic in
      guard existing[topic] == nil, let count = source(topic)?.partitions else { return nil }
      let isTable = topology.tables[topic] != nil
      return isTable ? specification(topic, count, Self.compacted) : specification(topic, count)
    }
  }

  private func source(_ topic: String) -> SourcePlan? {
    topology.plans.first { $0.source.topic == topic }?.source ?? topology.tables[topic]
  }

  /// Topics to create, given the partitions of those that exist (the sources among them).
  func missing(_ existing: [String: Int]) -> [TopicSpecification] {
    var wanted: [String: TopicSpecification] = [:]
    func count(_ topic: String) -> Int { existing[topic] ?? wanted[topic]?.partitions ?? source(topic)?.partitions ?? 1 }
    func want(_ specification: TopicSpecification) {
      if existing[specification.name] == nil, wanted[specification.name] == nil {
        wanted[specification.name] = specification
      }
    }
    // What fills a topic settles its partitions before those are asked for that read it.
    for topic in topology.waves.joined() {
      let changelog = Self.changelog(application: application, source: topic)
      if topology.tables[topic] != nil { want(specification(changelog, count(topic), Self.compacted)) }
      for plan in topology.plans where plan.source.topic == topic {
        let partitions = plan.sink.partitions ?? joinedTables(plan.sink.topic).map { count($0) }.first ?? count(topic)
        want(specification(plan.sink.topic, partitions))
        if plan.aggregation != nil { want(specification(plan.sink.lateTopic, count(topic))) }
        want(specification(plan.source.invalidTopic, count(topic)))
        want(specification(changelog, count(topic), Self.compacted))
      }
      if let table = topology.tables[topic] { want(specification(table.invalidTopic, count(topic))) }
    }
    // Kept for ever: a check of the whole history needs every row.
    want(specification(auditTopic, 1))
    return wanted.values.sorted { $0.name < $1.name }
  }

  /// The tables that the records of an inner topic are joined with: it has their partitions.
  private func joinedTables(_ topic: String) -> [String] {
    guard topology.inner.contains(topic) else { return [] }
    return topology.plans.filter { $0.source.topic == topic }.compactMap(\.join?.table.topic)
  }

  private static let compacted = ["cleanup.policy": "compact"]

  // Records carry event times, which may be years old: retention by time would delete a replay's results at once.
  private func specification(
    _ name: String, _ partitions: Int, _ settings: [String: String] = ["retention.ms": "-1"]
  ) -> TopicSpecification {
    TopicSpecification(name, partitions: partitions, replication: replication, settings: settings)
  }

  /// A changelog must have its source's partitions: state is found by partition number.
  func objection(_ existing: [String: Int]) -> StreamsError? {
    for source in topology.topics {
      let name = Self.changelog(application: application, source: source)
      guard let changelog = existing[name], let count = existing[source], changelog != count else { continue }
      return StreamsError(
        .inconsistent, "\(source) has \(count) partitions, but its state in \(name) has \(changelog)",
        advice: "Run under a new application id, or delete \(name) and the group \(application) to begin anew")
    }
    return nil
  }

  /// A record meets its row only where both are spread over as many partitions.
  func objection(toJoins existing: [String: Int]) -> StreamsError? {
    for plan in topology.plans where plan.rollUp == nil {
      guard let table = plan.join?.table, let left = existing[plan.source.topic], let right = existing[table.topic],
        left != right
      else { continue }
      return StreamsError(
        .badInput,
        "\(plan.id) cannot join: \(plan.source.topic) has \(left) partitions and \(table.topic), the table \(table.name), has "
          + "\(right)",
        advice: "Write the stream anew with WITH (PARTITIONS=\(right)) and PARTITION BY its key, and join that one")
    }
    return nil
  }
}
