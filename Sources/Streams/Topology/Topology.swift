import SQL

/// How the queries of an application hang together: what each topic is to them, and which topics must be read to their ends before
/// the ends of others are known. Pure.
///
/// A query that repartitions is cut into steps, each a plan of its own over one topic: one that forwards records to an inner topic
/// under their new key, and the rest, which reads them there.
struct Topology: Sendable {
  /// Every step of every query; queries whose windows others merge stand before those.
  private(set) var plans: [QueryPlan] = []
  /// Topics between steps.
  private(set) var inner: Set<String> = []
  /// By topic: tables that streams are joined with.
  private(set) var tables: [String: SourcePlan] = [:]
  /// How long identities of a source's records are to be remembered, microseconds of event time.
  private(set) var retention: [String: Int64] = [:]

  /// - Throws: `badInput` for queries that contradict each other or cannot be run on a cluster.
  init(_ queries: [QueryPlan], application: String) throws(StreamsError) {
    for plan in queries {
      let reach = max(plan.source.deduplicateWithin, plan.aggregation?.window.reach ?? 0)
      retention[plan.source.topic] = max(retention[plan.source.topic] ?? 0, reach)
      if plan.rollUp == nil { take(QuerySteps(plan, application: application)) }
    }
    try takeRollUps(queries.filter { $0.rollUp != nil })
    try checkSources()
    try takeTables()
  }

  private mutating func take(_ steps: QuerySteps) {
    plans += steps.plans
    inner.formUnion(steps.topics)
  }

  /// A roll-up reads what the query reads whose windows it merges, in the same place.
  private mutating func takeRollUps(_ rollUps: [QueryPlan]) throws(StreamsError) {
    var rest = rollUps
    while !rest.isEmpty {
      let ready = rest.filter { plan in plans.contains { $0.id == plan.rollUp?.query } }
      guard !ready.isEmpty else {
        let (plan, rollUp) = (rest[0], rest[0].rollUp)
        throw StreamsError(
          .badInput, "\(plan.id) merges the windows of \(rollUp?.table ?? ""), whose query is not among those that run",
          advice: "Run \(rollUp?.query ?? "it") in the same application")
      }
      for var plan in ready {
        try refuseScattered(plan)
        guard let base = plans.first(where: { $0.id == plan.rollUp?.query }) else { continue }
        (plan.source, plan.join) = (base.source, base.join)
        plans.append(plan)
      }
      rest.removeAll { plan in ready.contains { $0.id == plan.id } }
    }
  }

  private func refuseScattered(_ plan: QueryPlan) throws(StreamsError) {
    guard plan.filter == nil else {
      throw StreamsError(
        .badInput, "\(plan.id) has a WHERE over the windows that it merges, which cannot be run on a cluster yet",
        advice: "Filter in the query that fills \(plan.rollUp?.table ?? "the table"), or use HAVING")
    }
    guard let aggregation = plan.aggregation else { return }
    let keys = plan.join.map { [$0.key] } ?? plan.source.keyColumns.map { .column($0, plan.source.columns[$0].type) }
    let isSpread = plans.contains { $0.id == plan.rollUp?.query && inner.contains($0.source.topic) }
    guard !isSpread, plan.source.partitions != 1, !keys.allSatisfy(aggregation.groupBy.contains) else { return }
    throw StreamsError(
      .badInput, "\(plan.id) merges windows of several partitions, since it is not grouped by the key of \(plan.source.name)",
      advice: "Group by that key too, or read the stream \(plan.source.name) instead of \(plan.rollUp?.table ?? "the table")")
  }

  private func checkSources() throws(StreamsError) {
    var sources: [String: SourcePlan] = [:]
    for plan in plans {
      guard sources[plan.source.topic, default: plan.source] == plan.source else {
        throw StreamsError(
          .badInput, "Two streams over \(plan.source.topic) are declared differently",
          advice: "Declare the stream once, and let all queries read it")
      }
      sources[plan.source.topic] = plan.source
    }
  }

  private mutating func takeTables() throws(StreamsError) {
    for plan in plans {
      guard let join = plan.join, plan.rollUp == nil else { continue }
      let (source, table) = (plan.source, join.table)
      guard tables[table.topic, default: table] == table else {
        throw StreamsError(
          .badInput, "Two tables over \(table.topic) are declared differently",
          advice: "Declare the table once, and let all queries join with it")
      }
      guard !plans.contains(where: { $0.source.topic == table.topic }) else {
        throw StreamsError(
          .badInput, "\(table.topic) is read by a query and joined with by another, which cannot be done in one application",
          advice: "Run one of these queries under another application id")
      }
      guard table.keyFormat != .avro || table.partitions == 1 else {
        throw StreamsError(
          .badInput,
          "\(table.name) has AVRO keys, whose bytes hold the number of a schema, so that equal keys may lie in different partitions",
          advice: "Write the table anew with KEY_FORMAT = 'KAFKA' or 'JSON', and join with that")
      }
      guard inner.contains(source.topic) || source.keyFormat == table.keyFormat || table.partitions == 1 else {
        throw StreamsError(
          .badInput,
          "\(source.name) has \(source.keyFormat.rawValue) keys and \(table.name) \(table.keyFormat.rawValue) keys, so that "
            + "equal keys may lie in different partitions",
          advice: "Write one of them anew with the other's KEY_FORMAT, and join that")
      }
      tables[table.topic] = table
    }
  }

  /// All topics that are read.
  var topics: [String] { Set(plans.map(\.source.topic)).union(tables.keys).sorted() }

  /// Topics that are read and that no query of these fills.
  var sources: [String] {
    let filled = Set(plans.map(\.sink.topic))
    return topics.filter { !filled.contains($0) }
  }

  /// The topics that are read, in groups: what the ends of a group's topics are is known when all groups before have been read.
  ///
  /// A stream and the tables that it is joined with are in one group. Queries that feed each other in a circle have no order, and
  /// are one group.
  var waves: [[String]] {
    var wave = Dictionary(uniqueKeysWithValues: topics.map { ($0, 0) })
    for round in 0...wave.count {
      var hasChanged = false
      func raise(_ topic: String, to number: Int) {
        guard let present = wave[topic], present < number else { return }
        wave[topic] = number
        hasChanged = true
      }
      for plan in plans {
        let read = [plan.source.topic] + (plan.join.map { [$0.table.topic] } ?? [])
        let number = read.compactMap { wave[$0] }.max() ?? 0
        for topic in read { raise(topic, to: number) }
        raise(plan.sink.topic, to: number + 1)
      }
      if !hasChanged { break }
      if round == wave.count { return [topics] }
    }
    return Dictionary(grouping: topics, by: { wave[$0] ?? 0 }).sorted { $0.key < $1.key }.map(\.value)
  }
}
