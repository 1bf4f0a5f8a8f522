import Kafka
import SQL

/// Which topics an application needs beside its sources, and how they are to be made. Pure.
struct TopicPlan {
  /// Names of the topics the queries read, each once.
  let sources: [String]
  let application: String
  private let plans: [QueryPlan]
  private let replication: Int
  private let auditTopic: String

  init(_ plans: [QueryPlan], _ configuration: StreamsConfiguration) {
    self.plans = plans
    application = configuration.application
    replication = configuration.replication
    auditTopic = configuration.auditTopic
    sources = Array(Set(plans.map(\.source.topic))).sorted()
  }

  static func changelog(application: String, source: String) -> String { "\(application)-\(source)-changelog" }

  /// Sources that do not exist and may be created, since their plan says with how many partitions.
  func missingSources(_ existing: [String: Int]) -> [TopicSpecification] {
    sources.compactMap { topic in
      guard existing[topic] == nil, let count = plans.first(where: { $0.source.topic == topic })?.source.partitions
      else { return nil }
      return specification(topic, count)
    }
  }

  /// Topics to create, given the partitions of those that exist (the sources among them).
  func missing(_ existing: [String: Int]) -> [TopicSpecification] {
    var wanted: [String: TopicSpecification] = [:]
    func want(_ specification: TopicSpecification) {
      if existing[specification.name] == nil, wanted[specification.name] == nil {
        wanted[specification.name] = specification
      }
    }
    for plan in plans {
      let count = existing[plan.source.topic] ?? plan.source.partitions ?? 1
      want(specification(plan.sink.topic, plan.sink.partitions ?? count))
      if plan.aggregation != nil { want(specification(plan.sink.lateTopic, count)) }
      want(specification(plan.source.invalidTopic, count))
      let changelog = Self.changelog(application: application, source: plan.source.topic)
      want(specification(changelog, count, ["cleanup.policy": "compact"]))
    }
    // Kept for ever: a check of the whole history needs every row.
    want(specification(auditTopic, 1))
    return wanted.values.sorted { $0.name < $1.name }
  }

  // Records carry event times, which may be years old: retention by time would delete a replay's results at once.
  private func specification(
    _ name: String, _ partitions: Int, _ settings: [String: String] = ["retention.ms": "-1"]
  ) -> TopicSpecification {
    TopicSpecification(name, partitions: partitions, replication: replication, settings: settings)
  }

  /// A changelog must have its source's partitions: state is found by partition number.
  func objection(_ existing: [String: Int]) -> StreamsError? {
    for source in sources {
      let name = Self.changelog(application: application, source: source)
      guard let changelog = existing[name], let count = existing[source], changelog != count else { continue }
      return StreamsError(
        .inconsistent, "\(source) has \(count) partitions, but its state in \(name) has \(changelog)",
        advice: "Run under a new application id, or delete \(name) and the group \(application) to begin anew")
    }
    return nil
  }
}
