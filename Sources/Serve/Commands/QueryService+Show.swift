import JSON
import Kafka
import SQL

extension QueryService {
  /// SHOW and LIST. Blocks where the cluster has to be asked.
  func show(_ subject: ShowSubject, _ extended: Bool, _ text: String, _ values: SessionValues) throws -> Answer {
    let catalog = control.state.session.catalog
    switch subject {
    case .streams: return sources(catalog.streams, isTable: false, text)
    case .tables: return sources(catalog.tables, isTable: true, text)
    case .queries: return try queries(text)
    case .topics, .allTopics: return try topics(text, all: subject == .allTopics)
    case .functions: return functions(text)
    case .properties: return try properties(text, values)
    case .variables:
      let rows = values.variables.sorted { $0.key < $1.key }
      return Answer(
        "variables", statement: text,
        [.init("variables", .array(rows.map { ["name": .string($0.key), "value": .string($0.value)] }))],
        text: .table(header: ["Variable", "Value"], rows: rows.map { [$0.key, $0.value] }))
    }
  }

  private func sources(_ sources: [String: SourcePlan], isTable: Bool, _ text: String) -> Answer {
    let kind = isTable ? "TABLE" : "STREAM"
    let sorted = sources.values.sorted { $0.name < $1.name }
    let list = sorted.map { source -> JSONValue in
      [
        "type": .string(kind), "name": .string(source.name), "topic": .string(source.topic),
        "keyFormat": .string(source.keyFormat.rawValue), "valueFormat": .string(source.valueFormat.rawValue),
        "isWindowed": .bool(source.window != nil),
      ]
    }
    let rows = sorted.map { source in
      [
        source.name, source.topic, source.keyFormat.rawValue, source.valueFormat.rawValue,
        source.window == nil ? "false" : "true",
      ]
    }
    return Answer(
      isTable ? "tables" : "streams", statement: text, [.init(isTable ? "tables" : "streams", .array(list))],
      text: .table(
        header: ["\(isTable ? "Table" : "Stream") Name", "Kafka Topic", "Key Format", "Value Format", "Windowed"], rows: rows))
  }

  private func queries(_ text: String) throws -> Answer {
    let states = try queryStates()
    var list: [JSONValue] = []
    var rows: [[String]] = []
    for (query, state) in states {
      let sink = query.plan.sink
      list.append([
        "queryString": .string(query.text), "sinks": [.string(sink.name)], "sinkKafkaTopics": [.string(sink.topic)],
        "id": .string(query.id), "statusCount": .object([.init(state.rawValue, 1)]), "queryType": "PERSISTENT",
        "state": .string(state.rawValue),
      ])
      rows.append([query.id, "PERSISTENT", state.rawValue, sink.name, sink.topic, Self.oneLine(query.text)])
    }
    for query in registry.open where query.isPush {
      list.append([
        "queryString": .string(query.text), "sinks": [], "sinkKafkaTopics": [], "id": .string(query.id),
        "statusCount": ["RUNNING": 1], "queryType": "PUSH", "state": "RUNNING",
      ])
      rows.append([query.id, "PUSH", "RUNNING", "", "", Self.oneLine(query.text)])
    }
    return Answer(
      "queries", statement: text, [.init("queries", .array(list))],
      text: .table(header: ["Query ID", "Query Type", "Status", "Sink Name", "Sink Kafka Topic", "Query String"], rows: rows))
  }

  /// A statement on one line, cut where it is long.
  static func oneLine(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.count <= 60 ? line : line.prefix(59) + "…"
  }

  private func topics(_ text: String, all: Bool) throws -> Answer {
    let own = try topics().filter { all || !Self.isInternal($0.key, configuration) }.sorted { $0.key < $1.key }
    let list = own.map { name, partitions -> JSONValue in
      ["name": .string(name), "replicaInfo": .array(Array(repeating: 1, count: partitions))]
    }
    return Answer(
      "kafka_topics", statement: text, [.init("topics", .array(list))],
      text: .table(header: ["Kafka Topic", "Partitions"], rows: own.map { [$0.key, "\($0.value)"] }))
  }

  private static func isInternal(_ topic: String, _ configuration: ServeConfiguration) -> Bool {
    topic.hasPrefix("_") || topic == configuration.controlTopic || topic.hasSuffix("-changelog")
  }

  private func functions(_ text: String) -> Answer {
    let all = FunctionLibrary.all
    let list = all.map { function -> JSONValue in
      [
        "name": .string(function.name), "type": function.isAggregate ? "AGGREGATE" : "SCALAR",
        "category": .string(function.category.rawValue),
      ]
    }
    return Answer(
      "function_names", statement: text, [.init("functions", .array(list))],
      text: .table(
        header: ["Function Name", "Category", "Summary"], rows: all.map { [$0.name, $0.category.rawValue, $0.summary] }))
  }

  private func properties(_ text: String, _ values: SessionValues) throws -> Answer {
    let settings = try control.state.session(for: values).settings.all
    let list = settings.map { name, value -> JSONValue in
      ["name": .string(name), "scope": "KSQL", "value": .string(value), "editable": .bool(true), "level": "QUERY"]
    }
    let rows = settings.map { name, value in [name, values.properties[name] == nil ? "" : "SET", value] }
    return Answer(
      "properties", statement: text,
      [
        .init("properties", .array(list)),
        .init("overwrittenProperties", .array(values.properties.keys.sorted().map { .string($0) })),
        .init("defaultProperties", .array(settings.map(\.name).filter { values.properties[$0] == nil }.map { .string($0) })),
      ],
      text: .table(header: ["Property", "Override", "Value"], rows: rows))
  }
}
