import Foundation
import JSON
import Kafka
import SQL
import Values

extension QueryService {
  /// DESCRIBE. Blocks where the cluster has to be asked.
  func describe(_ statement: DescribeStatement, _ text: String) throws -> [Answer] {
    let catalog = control.state.session.catalog
    switch statement {
    case .source(let source, let extended): return [try describe(source, extended, text)]
    case .function(let name): return [try describe(function: name, text)]
    case .allStreams(let extended):
      return try catalog.streams.values.sorted { $0.name < $1.name }.map { try describe($0, extended, text) }
    case .allTables(let extended):
      return try catalog.tables.values.sorted { $0.name < $1.name }.map { try describe($0, extended, text) }
    }
  }

  static func field(_ field: Field, isTable: Bool = true) -> JSONValue {
    var members: [JSONValue.Member] = [.init("name", .string(field.name)), .init("schema", field.type.schemaJSON)]
    if field.isKey { members.append(.init("type", "KEY")) }
    return .object(members)
  }

  private func describe(_ source: SourcePlan, _ extended: Bool, _ text: String) throws -> Answer {
    let catalog = control.state.session.catalog
    let readers = catalog.queries.filter { $0.reads(source.name) }
    let writers = catalog.queries.filter { $0.sink.name == source.name }
    let keys = source.window == nil || !source.isTable ? [] : ["WINDOWSTART", "WINDOWEND"]
    let statistics = extended ? try self.statistics(source, writers.map(\.id)) : []
    let partitions = extended ? try topics()[source.topic] ?? 0 : 0
    let made = control.state.statements[source.name] ?? ""
    let description: JSONValue = [
      "name": .string(source.name), "windowType": source.window.map { .string(Self.name($0)) } ?? .null,
      "readQueries": .array(try readers.map { try query($0.id, extended) }),
      "writeQueries": .array(try writers.map { try query($0.id, extended) }),
      "fields": .array(source.columns.map { Self.field($0) }), "type": source.isTable ? "TABLE" : "STREAM",
      "timestamp": .string(source.timestampColumn.map { source.columns[$0].name } ?? ""),
      "statistics": .string(statistics.map { "\($0[0]): \($0[1])" }.joined(separator: "\n")), "errorStats": "",
      "extended": .bool(extended), "keyFormat": .string(source.keyFormat.rawValue),
      "valueFormat": .string(source.valueFormat.rawValue), "topic": .string(source.topic), "partitions": .int(partitions),
      "replication": 0, "statement": .string(made), "queryOffsetSummaries": [], "sourceConstraints": [],
    ]
    var rows = source.columns.filter(\.isKey).map { [$0.name, "\($0.type)", source.isTable ? "(primary key)" : "(key)"] }
    rows += keys.map { [$0, "BIGINT", "(window)"] }
    rows += source.columns.filter { !$0.isKey }.map { [$0.name, "\($0.type)", ""] }
    var parts: [AnswerText.Part] = [
      .init(
        title: "\(source.isTable ? "Table" : "Stream") \(source.name)", body: .table(header: ["Field", "Type", ""], rows: rows))
    ]
    if extended {
      let facts = [
        ["Topic", "\(source.topic) (\(partitions) partitions)"],
        ["Formats", "key \(source.keyFormat.rawValue), value \(source.valueFormat.rawValue)"],
        ["Read by", readers.map(\.id).joined(separator: ", ")], ["Written by", writers.map(\.id).joined(separator: ", ")],
      ]
      parts.append(.init(title: "Facts", body: .table(header: ["What", ""], rows: facts)))
      parts.append(.init(title: "Live", body: .table(header: ["Count", ""], rows: statistics)))
      if !made.isEmpty { parts.append(.init(title: "Statement", body: .line(made))) }
    }
    return Answer(
      "sourceDescription", statement: text, [.init("sourceDescription", description)], text: .parts(parts))
  }

  private func query(_ id: String, _ extended: Bool) throws -> JSONValue {
    let state = extended ? try queryStates().first { $0.0.id == id } : nil
    let query = state?.0 ?? control.state.queries.first { $0.id == id }
    return [
      "queryString": .string(query?.text ?? ""), "sinks": .array(query.map { [.string($0.plan.sink.name)] } ?? []),
      "sinkKafkaTopics": .array(query.map { [.string($0.plan.sink.topic)] } ?? []), "id": .string(id),
      "queryType": "PERSISTENT", "state": state.map { .string($0.1.rawValue) } ?? .null,
    ]
  }

  /// What is in the topic now, and what the queries that write it have done.
  private func statistics(_ source: SourcePlan, _ writers: [String]) throws -> [[String]] {
    var rows: [[String]] = []
    let partitions = try withAdmin { try $0.partitions(of: source.topic) } ?? []
    if partitions.isEmpty {
      rows.append(["topic", "does not exist yet"])
    } else {
      let consumer = try Consumer(configuration.kafka)
      // Asked and gone: nothing is lost by a close that fails.
      defer { try? consumer.close(leavingGroup: false) }
      let (first, end) = (try consumer.offsets(.earliest, of: partitions), try consumer.offsets(.end, of: partitions))
      let count = partitions.reduce(0) { $0 + (end[$1] ?? 0) - (first[$1] ?? 0) }
      rows.append(["offsets in the topic", "\(count)"])
    }
    if let watch = tables.known(source.name), watch.isReady == true {
      rows.append(["rows of the table", "\(watch.counts.rows)"])
      if watch.counts.refused > 0 { rows.append(["records that are no rows", "\(watch.counts.refused)"]) }
    }
    for id in writers {
      guard let query = control.state.queries.first(where: { $0.id == id }) else { continue }
      let totals = try audit.totals(
        application: query.application(of: configuration.application), query: id, timeout: configuration.requestTimeout)
      guard let totals else {
        rows.append([id, "has committed nothing yet"])
        continue
      }
      for name in ["consumed", "emitted", "late", "undecodable", "overflow"] {
        rows.append(["\(id) \(name)", "\(totals.counts[name] ?? 0)"])
      }
      rows.append(["\(id) commits", "\(totals.commits)"])
      if let rate = Self.rate(totals, now: Int64(Date().timeIntervalSince1970 * 1_000_000)) {
        rows.append(["\(id) records per second, last minute", rate])
      }
      if let last = totals.lastCommit { rows.append(["\(id) last commit", Self.time(last)]) }
    }
    return rows
  }

  /// Records of the last minute before `now`, per second.
  static func rate(_ totals: AuditWatch.Totals, now: Int64) -> String? {
    let minute: Int64 = 60_000_000
    let recent = totals.recent.filter { $0.time > now - minute }
    let tenths = recent.reduce(0) { $0 + $1.records } * 10 / 60
    return "\(tenths / 10).\(tenths % 10)"
  }

  private func describe(function name: String, _ text: String) throws -> Answer {
    guard let function = FunctionLibrary.function(named: name) else {
      throw ServeError(.badStatement, "There is no function \(name); SHOW FUNCTIONS lists them.")
    }
    let ways = function.signatures.map { signature -> JSONValue in
      [
        "arguments": .array(
          signature.parameters.map { parameter in
            [
              "name": .string(parameter.name), "type": .string("\(parameter.type)"), "description": "",
              "isVariadic": .bool(parameter.isVariadic),
            ]
          }), "returnType": .string(Self.result(of: signature)), "description": "", "text": .string(signature.text),
      ]
    }
    var lines = ["\(function.name): \(function.summary)"] + function.signatures.map { "  \(function.name)\($0.text)" }
    lines += function.examples.map { "  \($0.expression) = \($0.result)" }
    return Answer(
      "describe_function", statement: text,
      [
        .init("name", .string(function.name)), .init("description", .string(function.summary)), .init("author", "wick"),
        .init("version", .string(configuration.version)), .init("path", "internal"), .init("functions", .array(ways)),
        .init("type", function.isAggregate ? "AGGREGATE" : "SCALAR"),
      ], text: .line(lines.joined(separator: "\n")))
  }

  /// What stands behind the closing parenthesis of the arguments.
  private static func result(of signature: FunctionSignature) -> String {
    signature.text.split(separator: ")").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
  }
}
