import JSON
import Kafka
import SQL
import Streams

extension QueryService {
  /// Carries out statements that answer at once, one after the other. Blocks.
  ///
  /// - Parameter values: what SET and DEFINE have left behind and leave behind.
  /// - Returns: the answers, also of statements before one that failed: that one is the error.
  public func execute(
    _ text: String, _ values: inout SessionValues, answer: (Answer) -> Void
  ) throws(ServeError) {
    do {
      var changed = values
      defer { values = changed }
      var session = try control.state.session(for: values)
      try session.execute(SQLFile(name: "statement", text: text)) { read in
        for one in try self.carryOut(read, &changed) { answer(one) }
      }
    } catch {
      throw ServeError.wrapping(error)
    }
  }

  private func carryOut(_ read: ReadStatement, _ values: inout SessionValues) throws -> [Answer] {
    switch read.statement {
    case .declare, .query, .alter, .drop, .control: return [try change(read, values)]
    case .unchanged(let name):
      return [.done(read.text, "Nothing to do about \(name).", command: "source/`\(name)`/unchanged")]
    case .insert(let insert):
      try checkWritable()
      try self.insert(insert)
      return []
    case .set(let name, let value):
      values.properties[name] = value
      return [session(read, "set_property", "\(name) is \(value).")]
    case .unset(let name):
      values.properties[name] = nil
      return [session(read, "unset_property", "\(name) is as it was.")]
    case .define(let name, let value):
      values.variables[name] = value
      return [session(read, "define_variable", "\(name) is \(value).")]
    case .undefine(let name):
      values.variables[name] = nil
      return [session(read, "undefine_variable", "\(name) is forgotten.")]
    case .show(let subject, let extended): return [try show(subject, extended, read.text, values)]
    case .describe(let statement): return try describe(statement, read.text)
    case .explain(let statement): return [try explain(statement, read.text)]
    case .pull, .push, .print:
      throw ServeError(.wrongResource, "This statement answers with rows; send it to /query-stream or /query.")
    case .assert:
      throw ServeError(.badStatement, "ASSERT is for case files: put it into one and run wick test.")
    }
  }

  private func session(_ read: ReadStatement, _ type: String, _ message: String) -> Answer {
    Answer(type, statement: read.text, [.init("message", .string(message))], text: .line(message))
  }

  func checkWritable() throws(ServeError) {
    guard !configuration.isReadOnly else {
      throw ServeError(.badStatement, "This server only reads; statements that change something are not taken.")
    }
  }

  // MARK: What the workers take up

  private func change(_ read: ReadStatement, _ values: SessionValues) throws -> Answer {
    try checkWritable()
    switch read.statement {
    case .declare(let source, _): try prepareTopic(of: source)
    case .query(let plan, _): try checkRunnable(plan)
    default: break
    }
    let sequence = try control.submit(read.text, values, timeout: configuration.requestTimeout)
    let state = control.state
    tables.keep(only: Set(state.session.catalog.tables.keys))
    switch read.statement {
    case .declare(let source, _):
      let kind = source.isTable ? "Table" : "Stream"
      return .done(
        read.text, "\(kind) created", command: "\(kind.lowercased())/`\(source.name)`/create", sequence: sequence)
    case .query(let plan, _):
      let kind = plan.sink.isTable ? "table" : "stream"
      return .done(
        read.text, "Created query with ID \(plan.id)", command: "\(kind)/`\(plan.sink.name)`/create", query: plan.id,
        sequence: sequence)
    case .alter(let source):
      return .done(read.text, "\(source.name) has the columns now", command: "source/`\(source.name)`/alter", sequence: sequence)
    case .drop(let drop): return try dropped(drop, read, sequence)
    case .control(let verb, let query):
      let what = query ?? "all queries"
      return .done(
        read.text, "\(verb.rawValue) of \(what) is given to the workers; SHOW QUERIES says when it is done",
        command: "\(verb.rawValue.lowercased())/\(query ?? "all")/execute", sequence: sequence)
    default: throw ServeError(.failed, "a statement without an effect was taken as one")
    }
  }

  private func dropped(_ drop: DropStatement, _ read: ReadStatement, _ sequence: Int64) throws -> Answer {
    var message = "Source `\(drop.source.name)` (topic: \(drop.source.topic)) was dropped."
    if drop.deletesTopic {
      try withAdmin { try $0.delete(topics: [drop.source.topic]) }
      message = "Source `\(drop.source.name)` and its topic \(drop.source.topic) were dropped."
    }
    let kind = drop.source.isTable ? "table" : "stream"
    return .done(read.text, message, command: "\(kind)/`\(drop.source.name)`/drop", sequence: sequence)
  }

  /// As in ksqlDB a topic that does not exist is made where the statement says how large, and refused where it does not.
  private func prepareTopic(of source: SourcePlan) throws {
    try withAdmin { admin in
      guard try admin.topics()[source.topic] == nil else { return }
      guard let partitions = source.partitions else {
        throw ServeError(
          .badStatement, "The topic \(source.topic) does not exist; create it, or say PARTITIONS so that it is created.")
      }
      try admin.create([
        TopicSpecification(
          source.topic, partitions: partitions, replication: source.replicas ?? configuration.replication,
          settings: source.isTable ? ["cleanup.policy": "compact"] : [:])
      ])
    }
  }

  /// What a worker would refuse is refused here, while somebody is there to read why.
  private func checkRunnable(_ plan: QueryPlan) throws {
    guard plan.rollUp == nil else {
      throw ServeError(
        .badStatement,
        "\(plan.id) merges the windows of another query and runs with it: put it into the file where that one stands.")
    }
    _ = try StreamsApplication(StreamsConfiguration(kafka: configuration.kafka), plans: [plan], schemas: schemas.store)
  }
}
