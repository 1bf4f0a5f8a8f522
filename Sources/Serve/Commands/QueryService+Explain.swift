import Foundation
import JSON
import Kafka
import SQL
import Streams
import Values

extension QueryService {
  /// EXPLAIN. Blocks where a running query is asked about.
  func explain(_ statement: ExplainStatement, _ text: String) throws -> Answer {
    switch statement {
    case .plan(let plan): return description(plan, text, query: nil, extra: [], members: [])
    case .pull(let pull): return explain(pull, text)
    case .query(let id):
      let known = try queryStates().first { $0.0.id == id || $0.0.id == id.uppercased() }
      guard let (query, state) = known else {
        throw ServeError(.badStatement, "There is no query \(id); SHOW QUERIES lists them.")
      }
      let (parts, members) = try live(query)
      return description(
        query.plan, text, query: (query, state),
        extra: [.init(title: "State", body: .line(state.rawValue))] + parts, members: members)
    }
  }

  private func description(
    _ plan: QueryPlan, _ text: String, query: (ControlState.Query, QueryState)?, extra: [AnswerText.Part],
    members: [JSONValue.Member]
  ) -> Answer {
    let printed = PlanPrinter.text(plan)
    let description: [JSONValue.Member] =
      [
        .init("id", .string(query?.0.id ?? "")), .init("statementText", .string(query?.0.text ?? text)),
        .init("windowType", plan.sink.window.map { .string(Self.name($0)) } ?? .null),
        .init("fields", .array(plan.projection.map { Self.field($0.field) })),
        .init("sources", .array([.string(plan.source.name)] + (plan.join.map { [.string($0.table.name)] } ?? []))),
        .init("sinks", plan.sink.name.isEmpty ? [] : [.string(plan.sink.name)]), .init("topology", .string(printed)),
        .init("executionPlan", .string(printed)), .init("overriddenProperties", .object([])),
        .init("ksqlHostQueryStatus", .object(query.map { [.init("cluster", .string($0.1.rawValue))] } ?? [])),
        .init("queryType", query == nil ? "UNKNOWN" : "PERSISTENT"), .init("queryErrors", []), .init("tasksMetadata", []),
        .init("state", query.map { .string($0.1.rawValue) } ?? .null),
      ] + members
    return Answer(
      "queryDescription", statement: text, [.init("queryDescription", .object(description))],
      text: .parts([.init(title: "Plan", body: .line(printed))] + extra))
  }

  private func explain(_ pull: PullQuery, _ text: String) -> Answer {
    let kind = pull.source.isTable ? "TABLE" : "STREAM"
    var lines = ["pull query on \(kind) \(pull.source.name), topic \(pull.source.topic)"]
    if !pull.source.isTable {
      lines.append("  reads the stream to its present end")
    } else if let keys = pull.keys {
      lines.append("  looks up \(keys.count) key\(keys.count == 1 ? "" : "s")")
    } else {
      lines.append("  looks at every key")
    }
    if pull.windowStart != .min ... .max { lines.append("  windows that start in \(Self.range(pull.windowStart)) ms") }
    if pull.windowEnd != .min ... .max { lines.append("  windows that end in \(Self.range(pull.windowEnd)) ms") }
    if let limit = pull.limit { lines.append("  at most \(limit) rows") }
    let plan = lines.joined(separator: "\n")
    let description: JSONValue = [
      "id": "", "statementText": .string(text), "fields": .array(pull.projection.map { Self.field($0.field) }),
      "sources": [.string(pull.source.name)], "sinks": [], "topology": .string(plan), "executionPlan": .string(plan),
      "overriddenProperties": .object([]), "queryType": "PULL", "state": .null,
    ]
    return Answer(
      "queryDescription", statement: text, [.init("queryDescription", description)], text: .line(plan))
  }

  private static func range(_ range: ClosedRange<Int64>) -> String {
    let lower = range.lowerBound == .min ? "…" : "\(range.lowerBound)"
    return "\(lower) to \(range.upperBound == .max ? "…" : "\(range.upperBound)")"
  }

  static func name(_ window: KeyWindow) -> String {
    switch window {
    case .session: "SESSION"
    case .time(_, let isHopping): isHopping ? "HOPPING" : "TUMBLING"
    }
  }

  // MARK: What a running query is doing

  private func live(_ query: ControlState.Query) throws -> ([AnswerText.Part], [JSONValue.Member]) {
    let application = query.application(of: configuration.application)
    let together = control.state.queries.filter { $0.application(of: configuration.application) == application }
    let states = try StateInspector.states(
      of: query.id, among: together.map(\.plan), application: application, configuration.kafka)
    let totals = try audit.totals(
      application: application, query: query.id, timeout: configuration.requestTimeout)
    var parts: [AnswerText.Part] = []
    let rows = states.map { state in
      [
        "\(state.partition)", state.streamTime < 0 ? "none yet" : Self.time(state.streamTime), "\(state.openWindows)",
        state.next.map { "\($0)" } ?? "none yet",
      ]
    }
    parts.append(
      .init(title: "Progress", body: .table(header: ["Partition", "Stream Time", "Open Windows", "Next Offset"], rows: rows)))
    var members: [JSONValue.Member] = [
      .init(
        "partitions",
        .array(
          states.map { state in
            [
              "partition": .string("\(state.partition)"),
              "streamTime": state.streamTime < 0 ? .null : .int(state.streamTime / 1000),
              "openWindows": .int(state.openWindows), "nextOffset": state.next.map { .int($0) } ?? .null,
            ]
          }))
    ]
    if let totals {
      let counts = AuditDecoder.countNames.map { ($0, totals.counts[$0] ?? 0) }
      parts.append(
        .init(title: "Records", body: .table(header: ["Count", "Records"], rows: counts.map { [$0.0, "\($0.1)"] })))
      members.append(.init("counts", .object(counts.map { .init($0.0, .int($0.1)) })))
    }
    if query.plan.aggregation?.window.reach ?? 0 > 0 {
      let (part, member) = try lateness(query.plan, totals)
      parts.append(part)
      members.append(member)
    }
    return (parts, members)
  }

  private func lateness(
    _ plan: QueryPlan, _ totals: AuditWatch.Totals?
  ) throws -> (AnswerText.Part, JSONValue.Member) {
    let counts = totals?.counts ?? [:]
    let report = LatenessReport(
      counted: (counts["aggregated"] ?? 0) + (counts["late"] ?? 0), lateness: try lateness(of: plan),
      grace: Self.grace(plan) / 1000)
    let histogram = report.histogram
    var rows = histogram.map { [LatenessReport.label($0.bound), "\($0.count)"] }
    let advice: String
    switch report.graceKeeping() {
    case nil: advice = "no record yet"
    case report.grace?: advice = "the present one, \(LatenessReport.duration(report.grace)), keeps 99.9 % of the records"
    case let grace?: advice = "\(LatenessReport.duration((grace + 999) / 1000 * 1000)) would have kept 99.9 % of the records"
    }
    rows.append(["GRACE", advice])
    let json: JSONValue = [
      "histogram": .array(histogram.map { ["upTo": $0.bound == .max ? .null : .int($0.bound), "records": .int($0.count)] }),
      "grace": .int(report.grace), "graceFor99.9": report.graceKeeping().map { .int($0) } ?? .null,
    ]
    return (
      .init(title: "Lateness", body: .table(header: ["Behind Stream Time", "Late Records"], rows: rows)),
      .init("lateness", json)
    )
  }

  private static func grace(_ plan: QueryPlan) -> Int64 {
    switch plan.aggregation?.window {
    case .time(let window): window.grace
    case .session(let session): session.grace
    case .unbounded, nil: 0
    }
  }

  /// Microseconds as ISO-8601.
  static func time(_ micros: Int64) -> String { (Value.timestamp(micros).text(as: .timestamp) ?? "") + "Z" }
}
