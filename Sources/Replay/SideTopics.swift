import SQL

/// The names under which a replay works: nothing it writes to bears a name of the live application. Pure.
struct SideTopics {
  /// Also the side application, and with it the consumer group.
  let prefix: String
  /// Every topic that a live query writes.
  private let written: Set<String>

  init(_ plans: [QueryPlan], prefix: String) {
    self.prefix = prefix
    var written: Set<String> = []
    for plan in plans {
      written.formUnion([plan.sink.topic, plan.sink.lateTopic, plan.source.invalidTopic])
      if let table = plan.join?.table { written.insert(table.invalidTopic) }
    }
    self.written = written
  }

  /// The side's name of a topic: that of the source of everything stays as it is.
  func side(_ topic: String) -> String { written.contains(topic) ? "\(prefix).\(topic)" : topic }

  /// The live topic whose schema a side subject has: `<prefix>.candles.1m-value` → `candles.1m-value`.
  func live(subject: String) -> String {
    subject.hasPrefix("\(prefix).") ? String(subject.dropFirst(prefix.count + 1)) : subject
  }

  /// The query with the side's topics in all places it reads what queries write, and writes itself.
  func side(_ plan: QueryPlan) -> QueryPlan {
    var plan = plan
    plan.source.topic = side(plan.source.topic)
    plan.source.invalidTopic = side(plan.source.invalidTopic)
    plan.sink.topic = side(plan.sink.topic)
    plan.sink.lateTopic = side(plan.sink.lateTopic)
    if var join = plan.join {
      join.table.topic = side(join.table.topic)
      join.table.invalidTopic = side(join.table.invalidTopic)
      plan.join = join
    }
    return plan
  }
}
